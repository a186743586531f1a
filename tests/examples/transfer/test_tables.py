from examples.common import results
from examples.transfer import tables
from tests.examples.fashion_mnist import made_up


def test_rows_say_how_many_seeds_their_preset_wants(tmp_path):
    more = {"train_images": 1000, "size": 128, "train_eps": 1 / 255}
    for name in ("baseline", "ceb_3", "fast_baseline"):
        made_up.write(tmp_path, name, 0, "1111", "1100", preset="few", **more)
    table = tables.models(tmp_path)
    assert "| baseline | 1 of 3 | 1.000 |" in table
    assert "| fast_baseline | 1 | 1.000 |" in table
    assert "on 1,000 images of Imagenette, enlarged to 128 pixels" in table
    assert "`FastTraining` at 1/255" in table
    assert "severities of cifar10-c" in tables.calibration(tmp_path)
    assert "| ceb_3 | baseline | clean | +0.00 | 1 |" in tables.tests(tmp_path)
    assert "| baseline | energy | 0.700 |" in tables.outside(tmp_path)


def test_the_network_before_any_training(tmp_path):
    run = {
        "step": "measurement",
        "command": "python -m examples.transfer.zero_shot",
        "commit": "0" * 40,
        "hardware": "1 of 2 cores",
        "backend": "jax",
        "versions": {"keras": "3", "jax": "1", "numpy": "2"},
        "date": "2026-01-01",
        "seconds": 9,
    }
    file = tmp_path / "zero_shot.json"
    figures = {"96": {"all": 0.25, "ten": 0.5}, "224": {"all": 0.5, "ten": 1}}
    results.write(file, {"images": 3925}, [run], figures)
    table = tables.zero_shot(file)
    assert "| 96 | 0.250 | 0.500 |" in table
    assert "| 224 | 0.500 | 1.000 |" in table
    assert "3,925 photographs" in table and "commit 0000000" in table
