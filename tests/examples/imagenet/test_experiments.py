"""The 86 models are those that the paper counts."""

import collections
import json

import pytest

from examples.imagenet import experiments
from examples.imagenet.experiments import EXPERIMENTS
from examples.imagenet.experiments import NETWORKS


def test_86_experiments():
    methods = collections.Counter(e.method for e in EXPERIMENTS.values())
    assert methods == {"xent": 6, "ceb": 60, "cceb": 20}
    assert len(EXPERIMENTS) == 86
    for name, experiment in EXPERIMENTS.items():
        assert experiments.experiment(name) is experiment
        assert name == experiment.name


def test_every_network_has_ten_values_of_rho():
    for network, settings in NETWORKS.items():
        rhos = collections.defaultdict(list)
        for experiment in EXPERIMENTS.values():
            if experiment.network == network:
                rhos[experiment.method].append(experiment.rho)
        assert rhos.pop("xent") == [None]
        assert rhos.pop("ceb") == list(range(1, 11))
        wide = settings.width == 2
        assert rhos == ({"cceb": list(range(1, 11))} if wide else {})


def test_the_networks():
    # Section 3.2: each depth without AutoAugment, with it, and twice as wide.
    found = [(n.depth, n.width, n.autoaugment) for n in NETWORKS.values()]
    assert sorted(found) == [
        (depth, *rest)
        for depth in (50, 152)
        for rest in ((1, False), (1, True), (2, True))
    ]


def test_the_settings_of_the_paper():
    paper = experiments.preset("paper")
    # Appendix A.2 and section 3.2.
    assert paper.image_size == 224 and paper.batch_size == 8192
    assert paper.learning_rate == 1.6 and paper.epochs == 270
    assert paper.drops == (90, 180, 240) and paper.anneal_steps == 12_000
    # "The first learning rate drop occurs a bit after 14,000 steps."
    assert 14_000 < 90 * (1_281_167 // paper.batch_size) < 14_100
    assert paper.attack_steps == 20
    assert 255 * paper.linf == pytest.approx(16)
    assert 255 * paper.linf_step == pytest.approx(2)
    assert (paper.l2, paper.l2_step) == (16, 2)


def test_names_that_are_none():
    with pytest.raises(ValueError, match="`experiment`.*resnet50_noaa.*'x'"):
        experiments.experiment("x")
    with pytest.raises(ValueError, match="'resnet50_cceb_3'"):
        experiments.experiment("resnet50_cceb_3")
    with pytest.raises(ValueError, match="`preset`.*imagenette.*'x'"):
        experiments.preset("x")


def test_presets_survive_json():
    for preset in experiments.PRESETS.values():
        text = json.dumps(preset.__dict__)
        again = experiments.Preset(**json.loads(text))
        assert dict(again.depths) == dict(preset.depths)
        assert again.batch_size == preset.batch_size
