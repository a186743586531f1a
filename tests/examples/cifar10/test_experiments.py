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
