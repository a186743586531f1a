import json

import keras
import numpy as np
import pytest

from keras_ceb._src.cli.compare import rescaled
from keras_ceb.robustness import RobustnessReport
from keras_ceb_cli import main
from tests.cli.command import FAST
from tests.robustness.report.test_report import make_report


@pytest.fixture(scope="module")
def models(files, tmp_path_factory):
    """Two models of one name, for inputs in 0..255 and in -1..1."""
    folder = tmp_path_factory.mktemp("models")
    model = keras.saving.load_model(files / "model.keras")
    for name in ("old", "new"):
        (folder / name).mkdir()
    pixels = keras.layers.Rescaling(1 / 255)
    keras.Sequential([keras.Input((6, 6, 3)), pixels, model]).save(
        folder / "old" / "model.keras"
    )
    worse = keras.Sequential(
        [keras.Input((6, 6, 3)), keras.layers.Rescaling(0.5, 0.5), model]
    )
    weights = model.get_weights()
    # Red images are taken for green ones, which is certain.
    weights[0][:, 0] = weights[0][:, 1] - 1
    worse.set_weights(weights)
    worse.save(folder / "new" / "model.keras")
    fewer = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
    )
    fewer.save(folder / "fewer.keras")
    return folder


def compare(files, models, output, *extra):
    paths = (str(models / name / "model.keras") for name in ("old", "new"))
    command = ["compare", *paths, "--output", str(output), *FAST]
    return main([*command, "--data", str(files / "data.npz"), *extra])


@pytest.mark.filterwarnings("default:`bounds`")
def test_models_of_different_ranges_see_the_same_images(
    files, models, tmp_path, capsys
):
    assert compare(files, models, tmp_path, "--eps", "0.001") == 0
    content = json.loads((tmp_path / "comparison.json").read_text())
    names = [report["name"] for report in content["reports"]]
    assert names == ["old/model", "new/model"]
    assert content["paired"]
    clean, attacked = content["pairs"]
    assert (clean["only_first"], clean["only_second"]) == (10, 0)
    assert clean["winner"] == attacked["winner"] == names[0]
    printed = capsys.readouterr().out
    assert "no attack: old/model is better by 25.0 points" in printed
    assert "<!doctype html>" in (tmp_path / "comparison.html").read_text()
    # The bar is for the second model.
    output = tmp_path / "bar"
    options = "--attacks", "--fail-under", "clean=0.8"
    assert compare(files, models, output, *options) == 2
    error = capsys.readouterr().err
    assert "new/model is below the bar clean=0.8: accuracy 0.7500" in error


def test_a_model_in_another_range():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    changed = rescaled(model, (0.0, 255.0), (-1.0, 1.0))
    x = np.array([[0, 255], [51, 127.5]], "float32")
    np.testing.assert_allclose(
        changed.predict(x, verbose=0),
        model.predict(x / 127.5 - 1, verbose=0),
        atol=1e-6,
    )
    assert rescaled(model, (0.0, 1.0), (0.0, 1.0)) is model


def test_reports_need_neither_data_nor_models(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_report("a").to_json("old.json")
    report = make_report("b", (0, 0, 0, 1))
    report.audit = None
    report.to_json("new.json")
    command = ["compare", "old.json", "new.json"]
    assert main([*command, "--fail-under", "linf:0.1=0.2", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert [r["name"] for r in content["reports"]] == ["a", "b"]
    assert (tmp_path / "old-vs-new" / "comparison.json").exists()
    assert main([*command, "--overwrite", "--fail-under", "linf:0.1=0.3"]) == 2
    assert main([*command, "--overwrite", "--fail-under", "linf:0.3=0.3"]) == 1
    error = capsys.readouterr().err
    assert "must name a norm and a radius that were measured" in error
    # Of different images: side by side.
    make_report("b", fingerprint="other").to_json("new.json")
    assert main([*command, "--overwrite"]) == 3
    assert "paired statistics are left out" in capsys.readouterr().out


def test_what_cannot_be_compared(files, models, tmp_path, capsys):
    model, fewer = str(files / "model.keras"), str(models / "fewer.keras")
    data = ["--data", str(files / "data.npz")]
    (tmp_path / "bad.json").write_text("{}")
    report = make_report("a")
    for number in (5, 6):
        report.clean["num_classes"] = number
        report.to_json(tmp_path / f"{number}.json")
    five, six = (str(tmp_path / name) for name in ("5.json", "6.json"))
    for arguments, expected in [
        ([model, fewer, *data], f"4 classes of '{model}' and 3 classes of"),
        ([model, fewer], "`--data` must be given to compare models"),
        ([str(tmp_path / "bad.json"), fewer, *data], "that `to_json` wrote"),
        ([model, "none.keras", *data], "No such model file"),
        ([five, model, *data], f"5 classes of '{five}' and 4 classes of"),
        ([five, six], f"5 classes of '{five}' and 6 classes of '{six}'"),
    ]:
        output = ["--output", str(tmp_path / "out")]
        assert main(["compare", *arguments, *output]) == 1
        error = capsys.readouterr().err
        assert expected in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_no_image_can_be_read(files, models, tmp_path, capsys):
    pytest.importorskip("PIL.Image")
    for name in "abcd":
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "images" / name / "1.png").write_bytes(b"no image")
    paths = [str(models / name / "model.keras") for name in ("old", "new")]
    options = ["--data", str(tmp_path / "images"), *FAST]
    output = ["--output", str(tmp_path / "out")]
    assert main(["compare", *paths, *options, *output]) == 1
    error = capsys.readouterr().err
    assert "must hold images that can be read" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out" / "comparison.json").exists()


def test_a_report_against_a_model(files, models, tmp_path):
    """What was measured once is not measured again."""
    options = ["--data", str(files / "data.npz"), *FAST, "--bounds", "0", "1"]
    command = ["evaluate", str(files / "model.keras"), *options]
    assert main([*command, "--output", str(tmp_path / "a")]) == 0
    report = RobustnessReport.from_json(tmp_path / "a" / "report.json")
    report.name = "before"
    report.to_json(tmp_path / "old.json")
    command = ["compare", str(tmp_path / "old.json")]
    command += [str(files / "model.keras"), *options]
    assert main([*command, "--output", str(tmp_path / "b")]) == 0
    content = json.loads((tmp_path / "b" / "comparison.json").read_text())
    assert [pair["difference"] for pair in content["pairs"]] == [0, 0]
