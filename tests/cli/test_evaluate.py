import json

import keras
import numpy as np
import pytest
from PIL import Image

from keras_ceb._src.cli import evaluate
from keras_ceb_cli import main
from tests.cli.command import FAST
from tests.cli.command import run


def test_writes_html_and_json(files, tmp_path, capsys):
    assert run(files, tmp_path, "--limit", "20") == 0
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["name"] == "model"
    assert content["clean"]["num_images"] == 20
    assert content["clean"]["accuracy"] == 1.0
    config = content["attacks"][0]["attack"]
    assert config["eps"] == pytest.approx(8 / 255)
    assert "<!doctype html>" in (tmp_path / "report.html").read_text()
    assert "PGD-20" in capsys.readouterr().out


def test_options_reach_the_attack(files, tmp_path):
    assert run(files, tmp_path, "--eps", "0.9", "--batch-size", "7") == 0
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["attacks"][0]["attack"]["eps"] == 0.9
    assert content["attacks"][0]["accuracy"] == 0.0


def test_folder_of_images_counts_files_that_fail(files, tmp_path, capsys):
    with np.load(files / "data.npz") as file:
        for i, (image, label) in enumerate(
            zip(file["x"], file["y"], strict=True)
        ):
            folder = tmp_path / "images" / f"class{label}"
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(folder / f"{i}.png")
    (tmp_path / "images" / "class1" / "broken.png").write_bytes(b"no image")
    code = run(files, tmp_path / "out", data=tmp_path / "images")
    assert code == 0
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert content["clean"]["num_images"] == 40
    assert content["clean"]["accuracy"] == 1.0
    (note,) = content["notes"]
    assert note.startswith("1 files could not be read")
    assert "broken.png" in note


def test_bad_files(files, tmp_path, capsys):
    def error_of(code):
        assert code == 1
        return capsys.readouterr().err

    (tmp_path / "empty" / "class").mkdir(parents=True)
    assert "no image in 1 folders" in error_of(
        run(files, tmp_path, data=tmp_path / "empty")
    )
    (tmp_path / "bad" / "class").mkdir(parents=True)
    (tmp_path / "bad" / "class" / "a.png").write_bytes(b"no image")
    assert "a.png" in error_of(run(files, tmp_path, data=tmp_path / "bad"))
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    assert "must hold arrays named" in error_of(
        run(files, tmp_path, data=tmp_path / "other.npz")
    )
    arguments = ["evaluate", "missing.keras", "--data", "x.npz"]
    assert "No such model file" in error_of(main(arguments))
    assert "one radius for each norm" in error_of(
        run(files, tmp_path, "--eps", "0.1", "0.2")
    )


@pytest.mark.filterwarnings("default:`bounds`")
def test_the_natural_command_finds_the_range(files, tmp_path, capsys):
    """A model that expects 0..255, with and without telling."""
    model = keras.saving.load_model(files / "model.keras")
    pixels = keras.Sequential(
        [keras.Input((6, 6, 3)), keras.layers.Rescaling(1 / 255), model]
    )
    pixels.save(tmp_path / "model.keras")
    arguments = [
        "evaluate", str(tmp_path / "model.keras"), *FAST,
        "--data", str(files / "data.npz"), "--output", str(tmp_path / "out"),
    ]  # fmt: skip
    assert main(arguments) == 0
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert content["clean"]["accuracy"] == 1.0
    assert content["attacks"][0]["attack"]["eps"] == pytest.approx(8)
    printed = capsys.readouterr().out
    assert "inputs 0..255 (the first layers of the model" in printed
    clean = printed.index("Without attack: accuracy 1.0000 on 40 images")
    assert clean < printed.index("PGD-20")
    # The range that used to be the default is told to be another.
    assert main([*arguments, "--bounds", "0", "1", "--overwrite"]) == 1
    printed = capsys.readouterr()
    assert "warning: `--bounds` should be the range" in printed.err
    assert "every image is classified as class 3" in printed.err
    assert "first layers of the model expect 0..255" in printed.err
    assert "`--allow-chance`" in printed.err and "PGD-20" not in printed.out
    again = [*arguments, "--bounds", "0", "1", "--allow-chance"]
    assert main(again) == 1
    assert "which holds report.json" in capsys.readouterr().err
    assert main([*again, "--overwrite"]) == 0


def test_wrong_options_are_refused_in_a_line(files, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for options, expected in [
        (["--batch-size", "0"], "--batch-size: must be a positive integer"),
        (["--limit", "-5"], "--limit: must be a positive integer"),
        (["--limit", "0"], "--limit: must be a positive integer"),
        (["--eps", "-1"], "--eps: must be a finite number, at least 0"),
        (["--eps", "nan"], "--eps: must be a finite number, at least 0"),
        (["--eps", "0.1", "0.2"], "`--eps` must give one radius for each"),
        (["--eps", "2"], "`--eps` must not be larger than the range"),
        (["--eps", "0.1", "--attacks"], "`--eps` must be used with"),
        (["--bounds", "1", "0"], "`--bounds` must be two finite numbers"),
        (["--corruptions", "rain"], "`--corruptions` must be one of"),
        (["--output", str(tmp_path / "file")], "`--output` must be a folder"),
        (["--output", str(tmp_path / "file" / "a")], "`--output` must be"),
    ]:
        assert run(files, tmp_path / "out", *options) == 1
        error = capsys.readouterr().err
        assert error.startswith("keras-ceb: ") and error.count("\n") == 1
        assert expected in error, options
    assert not (tmp_path / "out").exists()


def test_mistyped_names(files, tmp_path, capsys):
    for name, expected in [
        ("missing.npz", "does not exist"),
        ("missing", "o file or folder"),
    ]:
        assert run(files, tmp_path / "out", data=tmp_path / name) == 1
        error = capsys.readouterr().err
        assert expected in error and error.count("\n") == 1


def test_a_model_with_code_is_not_loaded(files, tmp_path, capsys):
    model = keras.Sequential(
        [keras.Input((6, 6, 3)), keras.layers.Lambda(lambda x: x[:, 0, 0])]
    )
    model.save(tmp_path / "code.keras")
    arguments = ["evaluate", str(tmp_path / "code.keras"), "--data", "x.npz"]
    assert main(arguments) == 1
    assert "holds code" in capsys.readouterr().err


@pytest.mark.tf_only
def test_tensorflow_datasets_by_name(files, tmp_path):
    import tensorflow_datasets as tfds

    with tfds.testing.mock_data(num_examples=12):
        options = "--split", "train", "--download", "--allow-chance"
        code = run(files, tmp_path, *options, data="cats_vs_dogs")
    assert code == 0
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["clean"]["num_images"] == 12


def test_out_of_distribution_data(files, tmp_path, capsys):
    """Other colors: their labels are no classes of the model."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, (30, 6, 6, 3)).astype("uint8")
    np.savez(tmp_path / "noise.npz", x=x, y=np.full(30, 7))
    extra = ["--attacks", "--ood", str(tmp_path / "noise.npz")]
    assert run(files, tmp_path / "out", *extra) == 0
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [*content["ood"]] == ["noise"]
    found = content["ood"]["noise"]["energy"]
    assert found["num_outside"] == 30 and found["num_inside"] == 40
    assert [*content["selective"]] == ["max_softmax", "energy", "max_logit"]
    assert run(files, tmp_path / "b", *extra, extra[-1]) == 1
    assert "`--ood` must name each data set once" in capsys.readouterr().err
    np.savez(tmp_path / "wide.npz", x=np.zeros((2, 6, 7, 3)), y=[0, 0])
    extra[-1] = str(tmp_path / "wide.npz")
    assert run(files, tmp_path / "b", *extra) == 1
    assert "Received: x.shape=(2, 6, 7, 3)" in capsys.readouterr().err


def test_json_is_all_that_is_printed(files, tmp_path, capsys):
    assert run(files, tmp_path, "--attacks", "--json") == 0
    content = json.loads(capsys.readouterr().out)
    assert content == json.loads((tmp_path / "report.json").read_text())
    assert run(files, tmp_path, "--attacks", "--quiet") == 0
    assert capsys.readouterr().out == ""


def test_bars_end_with_their_exit_code(files, tmp_path, capsys, monkeypatch):
    """A radius that nothing else measures is attacked for its bar."""
    monkeypatch.chdir(tmp_path)
    command = ["evaluate", str(files / "model.keras"), *FAST, "--attacks"]
    command += ["--data", str(files / "data.npz"), "--bounds", "0", "1"]
    bars = ["--fail-under", "clean=1", "--fail-under"]
    assert main([*command, *bars, "linf:9/10=0"]) == 0
    content = json.loads(
        (tmp_path / "model-robustness/report.json").read_text()
    )
    (attack,) = content["attacks"]
    assert attack["attack"]["eps"] == 0.9 and attack["accuracy"] == 0
    assert main([*command, *bars, "linf:9/10=0.01", "--overwrite"]) == 2
    assert "is below the bar linf:0.9=0.01" in capsys.readouterr().err


def test_versions_of_autoattack_by_name():
    known = [(kind, "linf", 0.1) for kind in evaluate.ATTACKS]
    names = [attack.name for attack in evaluate.scaled(known, (0.0, 1.0))]
    assert names == ["AutoAttack (fast)", "AutoAttack (standard)", "PGD-20"]


def test_quick_says_what_it_leaves_out(files, tmp_path):
    command = ["evaluate", str(files / "model.keras"), "--quick"]
    command += ["--data", str(files / "data.npz"), "--bounds", "0", "1"]
    assert main([*command, "--output", str(tmp_path), "--norm", "linf"]) == 0
    content = json.loads((tmp_path / "report.json").read_text())
    names = [attack["attack"]["name"] for attack in content["attacks"]]
    assert names == ["PGD-20"]
    assert not content["audit"] and not content["curves"]
    (note,) = content["notes"]
    assert "on 40 images: AutoAttack, the audit and the curves were" in note


def test_names_of_classes(files, tmp_path, capsys):
    """A folder of two of the four classes, which stand elsewhere in names."""
    with np.load(files / "data.npz") as file:
        for i in np.flatnonzero(file["y"] % 2):
            name = "green" if file["y"][i] == 1 else "gray"
            path = tmp_path / "images" / name / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(file["x"][i]).save(path)
    images = tmp_path / "images"
    names = ["--class-names", "red", "green", "blue", "gray"]
    assert run(files, tmp_path, "--attacks", *names, data=images) == 0
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["class_names"] == names[1:]
    assert content["clean"]["accuracy"] == 1.0
    assert content["notes"] == []
    for given, expected in [
        (names[:-1], "must name the 4 classes"),
        ([*names[:-1], "black"], "must hold the classes of `--data`"),
    ]:
        output = tmp_path / "other"
        assert run(files, output, *given, data=images) == 1
        assert expected in capsys.readouterr().err


def test_image_size(files, tmp_path, capsys):
    for size, expected in [
        (["5"], "must be the input size of the model, 6 6. Received: 5 5"),
        (["6", "6", "6"], "must be two numbers"),
    ]:
        folder = tmp_path / "images" / "a"
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9)).save(folder / "a.png")
        options = ["--image-size", *size]
        output = tmp_path / "out"
        assert run(files, output, *options, data=tmp_path / "images") == 1
        assert expected in capsys.readouterr().err
