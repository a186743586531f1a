import importlib.util
import json
import tracemalloc

import keras
import numpy as np
import pytest

import keras_ceb_cli
from keras_ceb._src.robustness import data
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import corruptions
from keras_ceb.robustness import evaluate_robustness
from tests.robustness.corruptions.benchmark.judge import brightness_judge
from tests.robustness.corruptions.benchmark.judge import dark_and_bright

SUITE = corruptions.CorruptionSuite(
    ["brightness", "contrast"], severities=[1, 5], variant="imagenet-c"
)


def test_counts_the_errors_of_each_corruption():
    x, y = dark_and_bright()
    classifier = Classifier(brightness_judge(), batch_size=8)
    report = corruptions.evaluate_corruptions(classifier, (x, y), SUITE)
    assert report.num_images == 20
    assert report.clean_error == 0
    # Contrast keeps the mean; 0.5 of brightness turns the dark ones bright.
    assert report.errors["contrast"] == {1: 0.0, 5: 0.0}
    assert report.errors["brightness"][1] == 0.0
    for severity in (1, 5):
        images = corruptions.corrupt(
            np.rint(x * 255).astype("uint8"), "brightness", severity
        )
        said = images.mean(axis=(1, 2, 3)) / 255 > 0.35
        assert report.errors["brightness"][severity] == np.mean(said != y)
    assert report.errors["brightness"][5] == 0.5


def test_results_do_not_depend_on_batches_or_their_form():
    x, y = dark_and_bright()
    model = brightness_judge()
    suite = corruptions.CorruptionSuite(
        ["gaussian_noise", "fog"], severities=[5], variant="imagenet-c"
    )
    whole = Classifier(model, batch_size=20)
    first = corruptions.evaluate_corruptions(whole, (x, y), suite)
    batches = ((x[i : i + 7], y[i : i + 7]) for i in range(0, 20, 7))
    second = corruptions.evaluate_corruptions(
        Classifier(model, batch_size=6), batches, suite
    )
    assert first.to_dict() == second.to_dict()
    levels = np.rint(x * 255).astype("uint8")
    third = corruptions.evaluate_corruptions(whole, (levels, y), suite)
    assert first.to_dict() == third.to_dict()


def test_other_bounds():
    x, y = dark_and_bright()
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            keras.layers.Rescaling(0.5, 0.5),
            brightness_judge(),
        ]
    )
    wide = corruptions.evaluate_corruptions(
        Classifier(model, bounds=(-1, 1)), (2 * x - 1, y), SUITE
    )
    unit = corruptions.evaluate_corruptions(brightness_judge(), (x, y), SUITE)
    assert wide.errors == unit.errors
    with pytest.raises(ValueError, match="`bounds"):
        corruptions.evaluate_corruptions(model, (2 * x - 1, y), SUITE)


def test_frost_without_photographs_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    suite = corruptions.CorruptionSuite(["frost", "contrast"], severities=[1])
    report = corruptions.evaluate_corruptions(
        brightness_judge(), dark_and_bright(), suite
    )
    assert set(report.errors) == {"contrast"}
    assert "photographs" in report.left_out["frost"]
    assert "frost is left out" in capsys.readouterr().out
    assert "incomplete" in report.to_markdown()


def test_synthetic_frost_is_kept_apart():
    suite = corruptions.CorruptionSuite(
        ["frost", "contrast"], severities=[1], textures="synthetic"
    )
    report = corruptions.evaluate_corruptions(
        brightness_judge(), dark_and_bright(), suite
    )
    assert set(report.errors) == {"frost (synthetic)", "contrast"}
    assert set(report.common) == {"contrast"}
    assert "synthetic texture" in report.left_out["frost"]


def test_frost_textures_of_the_user():
    texture = np.full((40, 40, 3), 250, "uint8")
    suite = corruptions.CorruptionSuite(
        ["frost"], severities=[5], variant="imagenet-c", textures=[texture]
    )
    report = corruptions.evaluate_corruptions(
        brightness_judge(), dark_and_bright(), suite
    )
    # 0.75 of white: every image is bright.
    assert report.errors == {"frost": {5: 0.5}}


def test_a_generator_is_read_once_and_memory_stays_flat():
    classifier = Classifier(brightness_judge(), batch_size=32)

    def stream(batches):
        for _ in range(batches):
            x, y = dark_and_bright(32)
            yield x, y

    def peak(batches):
        suite = corruptions.CorruptionSuite(["contrast"], severities=[1])
        tracemalloc.start()
        report = corruptions.evaluate_corruptions(
            classifier, stream(batches), suite
        )
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.num_images == 32 * batches
        return highest

    peak(2)
    # Forty batches more would be 4 MB more, were they kept.
    assert peak(45) < peak(5) + 500_000


@pytest.mark.slow
def test_the_table_of_a_32_pixel_color_set():
    """All 15, as in the report, on a small sample."""
    # Compiled for the same number of images elsewhere.
    suite = corruptions.CorruptionSuite(severities=[3], textures="synthetic")
    x, y = dark_and_bright(4, 32)
    report = corruptions.evaluate_corruptions(
        Classifier(brightness_judge(32), batch_size=5),
        (x, y),
        suite,
        verbose=0,
    )
    assert len(report.errors) == 15
    assert report.variant == "cifar10-c"
    text = report.to_markdown()
    for name in corruptions.COMMON_CORRUPTIONS:
        assert f"| {name} " in text


def test_the_table_of_the_digits():
    """Gray images of 8 x 8 pixels."""
    datasets = pytest.importorskip("sklearn.datasets")
    x = (datasets.load_digits().images[:4, ..., None] / 16).astype("float32")
    names = ["shot_noise", "defocus_blur", "zoom_blur", "jpeg_compression"]
    suite = corruptions.CorruptionSuite(names, severities=[3])
    classifier = Classifier(brightness_judge(8, 1), batch_size=4)
    report = corruptions.evaluate_corruptions(
        classifier, (x, np.zeros(4, "int32")), suite
    )
    assert list(report.errors) == names


def test_bad_input():
    x, y = dark_and_bright()
    with pytest.raises(ValueError, match="cifar10-c"):
        corruptions.evaluate_corruptions(brightness_judge(), (x, y), "rain")
    with pytest.raises(ValueError, match="3 channels for saturate"):
        corruptions.evaluate_corruptions(
            brightness_judge(16, 1), (x[..., :1], y), "saturate"
        )


def test_part_of_the_robustness_report():
    x, y = dark_and_bright()
    report = evaluate_robustness(
        brightness_judge(),
        (x, y),
        attacks=[],
        audit=False,
        corruptions=SUITE,
        verbose=0,
    )
    assert report.corruptions.errors["brightness"][5] == 0.5
    assert "| contrast | 0.0 | 0.0 | 0.0 |" in report.to_markdown()
    errors = json.loads(report.to_json())["corruptions"]["errors"]
    assert errors["brightness"]["5"] == 0.5
    assert "Common corruptions" in report.to_html()


def test_from_the_shell(tmp_path, capsys):
    x, y = dark_and_bright()
    brightness_judge().save(tmp_path / "model.keras")
    levels = np.rint(x * 255).astype("uint8")
    np.savez(tmp_path / "data.npz", x=levels, y=y)
    command = ["evaluate", str(tmp_path / "model.keras")]
    command += ["--data", str(tmp_path / "data.npz"), "--attacks"]
    command += ["--no-audit", "--no-curves", "--bounds", "0", "1"]
    command += ["--output", str(tmp_path / "out")]
    assert (
        keras_ceb_cli.main([*command, "--corruptions", "cifar10-c", "contrast"])
        == 0
    )
    written = json.loads((tmp_path / "out/report.json").read_text())
    assert written["corruptions"]["variant"] == "cifar10-c"
    assert list(written["corruptions"]["errors"]) == ["contrast"]
    assert keras_ceb_cli.main([*command, "--corruptions", "rain"]) == 1
    assert "gaussian_noise" in capsys.readouterr().err


@pytest.mark.parametrize(
    "names,error,message",
    [
        ("rain", ValueError, "`corruptions` must be"),
        (["fog", "fog"], ValueError, "`names` must not repeat"),
        (["fog", "saturate"], ValueError, "3 channels for saturate"),
        (False, TypeError, "`corruptions` must be"),
    ],
)
def test_refused_before_an_image_is_read(monkeypatch, names, error, message):
    model = brightness_judge(16, 1)
    x, y = dark_and_bright()
    monkeypatch.setattr(ModelFunction, "logits", None)
    monkeypatch.setattr(data, "batches", None)
    with pytest.raises(error, match=message):
        corruptions.evaluate_corruptions(model, (x[..., :1], y), names)


def test_all_corruptions_must_fit_before_the_first_runs(monkeypatch):
    x, y = dark_and_bright(side=2)
    stream = iter([(x, y)])
    monkeypatch.setattr(ModelFunction, "logits", None)
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="at least 3 pixels"):
        corruptions.evaluate_corruptions(model, stream, ["fog", "zoom_blur"])
