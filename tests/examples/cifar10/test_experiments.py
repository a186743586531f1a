import numpy as np
import pytest

from examples.cifar10 import experiments


def test_the_papers_26_models():
    assert len(experiments.EXPERIMENTS) == 26
    rhos = [e.rho for e in experiments.EXPERIMENTS.values()]
    assert rhos[0] is None
    np.testing.assert_allclose(rhos[1:], np.linspace(-1, 5, 25))
    for name, experiment in list(experiments.EXPERIMENTS.items())[1:]:
        assert name == f"ceb_{experiment.rho:g}"


def test_the_papers_settings():
    paper = experiments.preset("paper")
    assert (paper.depth, paper.width, paper.epochs) == (28, 10, 1500)
    assert paper.learning_rate == 1e-3
    drops = [round(drop * paper.epochs) for drop in paper.drops]
    assert drops == [500, 1000, 1250]
    assert (paper.warmup_epochs, paper.anneal_epochs) == (2, 1)
    assert paper.policy == "cifar10"
    assert 8 / 255 in paper.linf


@pytest.mark.parametrize(
    "name, objective, rho, classifier, adversary",
    [
        ("madry", "xent", None, "linear", "madry"),
        ("fast_baseline", "xent", None, "linear", "fast"),
        ("fast_ceb_-0.75", "ceb", -0.75, "linear", "fast"),
        ("fast_cceb_4", "ceb", 4.0, "consistent", "fast"),
        ("trades_baseline", "xent", None, "linear", "trades"),
        ("trades_ceb_-1", "ceb", -1.0, "linear", "trades"),
        ("ceb_4", "ceb", 4.0, "linear", None),
    ],
)
def test_what_is_trained_on_attacks(
    name, objective, rho, classifier, adversary
):
    found = experiments.experiment(name)
    assert (found.objective, found.rho) == (objective, rho)
    assert (found.classifier, found.adversary) == (classifier, adversary)
    assert found.jump_start and found.norm is None
    assert found.backbone == "wide_resnet"


@pytest.mark.parametrize(
    "adversary, number", [("madry", 1), ("fast", 1 + 2 * 25), ("trades", 26)]
)
def test_every_rho_is_trained_on_attacks(adversary, number):
    found = [
        experiment
        for experiment in experiments.VARIANTS.values()
        if experiment.adversary == adversary
    ]
    assert len(found) == number


@pytest.mark.parametrize("name", experiments.PRESETS)
def test_attacks_in_training_are_of_a_measured_size(name):
    preset = experiments.preset(name)
    expected = 4 / 255 if name in ("cpu", "few") else 8 / 255
    assert preset.train_eps == expected
    if preset.autoattack:
        assert preset.train_eps in preset.autoattack
        assert preset.train_eps in preset.linf


@pytest.mark.parametrize("name", experiments.PRESETS)
def test_the_last_epoch_is_validated(name):
    preset = experiments.preset(name)
    assert preset.epochs % preset.validation_freq == 0


@pytest.mark.parametrize("kind", ["experiment", "preset"])
def test_unknown_names_list_the_known_ones(kind):
    known = {"experiment": "ceb_-0.75", "preset": "smoke"}[kind]
    with pytest.raises(ValueError, match=f"`{kind}`.*{known}.*'other'"):
        getattr(experiments, kind)("other")


def test_radii_are_fractions_or_decimals():
    assert experiments.radii(["1/255", "0.5", "2"]) == [1 / 255, 0.5, 2.0]


@pytest.mark.parametrize("text", ["one", "1/0", ""])
def test_what_is_no_radius(text):
    with pytest.raises(ValueError, match="`autoattack` must be radii such as"):
        experiments.radii(["1/255", text])
