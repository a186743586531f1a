"""Models and image folders that are changed at random.

Whatever is changed, the command ends with a right result or an error of one
line, and runs nothing that a file says.
"""

import base64
import json
import os
import pickle
import shutil
import zipfile

import keras
import numpy as np
import pytest

from keras_ceb_cli import main

OPTIONS = ["--attacks", "--no-audit", "--no-curves", "--bounds", "0", "1"]
OPTIONS += ["--quiet", "--overwrite", "--output"]
STRANGE = [None, True, -1, 0, 3.5, 1e9, "", "x\ny", [], [None], {}, {"a": 1}]
# How many of 500 the normal suite tries.
FEW = 5
NUMBERS = [
    range(FEW),
    pytest.param(range(FEW, 500), marks=pytest.mark.slow),
]


class Pickled:
    """What creates a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def evaluate(tmp_path, capsys):
    """Evaluates a model on images; its report, or `None` after an error."""

    def call(model, images, number):
        output = tmp_path / "out"
        shutil.rmtree(output, ignore_errors=True)
        options = [*OPTIONS, str(output)]
        code = main(["evaluate", str(model), "--data", str(images), *options])
        error = capsys.readouterr().err
        assert code in (0, 1), number
        assert "Traceback" not in error, number
        # Kinds of errors that nobody foresaw.
        assert "--debug" not in error, (number, error)
        assert not (tmp_path / "executed").exists(), number
        if code == 1:
            assert error.startswith("keras-ceb: "), (number, error)
            last = error.splitlines()[-1]
            assert not last.startswith("keras-ceb: warning"), (number, error)
            assert len(last) < 2000, (number, error)
            for line in error.splitlines():
                assert line.startswith("keras-ceb: "), (number, error)
            return None
        return json.loads((output / "report.json").read_text())

    return call


def places(value, path=()):
    """The paths of all values in JSON."""
    yield path
    items = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield from places(inner, (*path, key))


def gadgets(path):
    """Configurations that would create the folder `path`."""
    lambda_ = keras.layers.Lambda(lambda x: x).get_config()["function"]
    pickled = base64.b64encode(pickle.dumps(Pickled(str(path)))).decode()

    def part(module, name, config):
        return {"module": module, "class_name": name, "config": config}

    def call(module, name):
        return part("builtins", "function", {"module": module, "name": name})

    return [
        part("os", "mkdir", {"path": str(path)}),
        part("os", "mkdir", str(path)),
        part("pathlib", "Path", {"path": str(path)}),
        part("keras.utils", "get_file", {"fname": "a", "origin": "file:/"}),
        part("keras.layers", "Lambda", {"function": lambda_}),
        part(
            "keras.layers",
            "Lambda",
            {
                "function": call("os", "mkdir"),
                "arguments": {"path": str(path)},
            },
        ),
        part(
            "keras.layers",
            "Lambda",
            {
                "function": part("keras.utils", "function", "get_file"),
                "arguments": {"origin": "file:/etc/hostname"},
            },
        ),
        part("keras.layers", "TorchModuleWrapper", {"module": pickled}),
        part("builtins", "exec", f"import os; os.mkdir({str(path)!r})"),
        {"class_name": "__lambda__", "config": {"value": pickled}},
    ]


def mutated_model(rng, file, path, evil):
    """Writes a copy of a .keras file with one change."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    kind = rng.integers(6)
    name = str(rng.choice(list(members)))
    if kind == 0:
        content = bytearray(file.read_bytes())
        for place in rng.integers(len(content), size=rng.integers(1, 5)):
            content[place] = rng.integers(256)
        return path.write_bytes(content)
    if kind == 1:
        content = file.read_bytes()
        return path.write_bytes(content[: rng.integers(len(content))])
    if kind == 2:
        del members[name]
        if rng.random() < 0.5:
            members["../executed"] = b"x"
    elif kind == 3:
        # Without the check sum of the archive that betrays it.
        content = bytearray(members[name])
        for place in rng.integers(len(content), size=3):
            content[place] = rng.integers(256)
        members[name] = bytes(content)
    else:
        config = json.loads(members["config.json"])
        found = [at for at in places(config) if at]
        *parents, last = found[rng.integers(len(found))]
        place = config
        for key in parents:
            place = place[key]
        options = STRANGE if kind == 4 else evil
        place[last] = options[rng.integers(len(options))]
        members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return None


@pytest.mark.parametrize("numbers", NUMBERS, ids=["few", "all"])
def test_models(files, evaluate, tmp_path, numbers):
    path = tmp_path / "mutated.keras"
    evil = gadgets(tmp_path / "executed")
    with np.load(files / "data.npz") as arrays:
        x, y = arrays["x"] / np.float32(255), arrays["y"]
    results = 0
    for number in numbers:
        rng = np.random.default_rng(number)
        mutated_model(rng, files / "model.keras", path, evil)
        report = evaluate(path, files / "data.npz", number)
        if report is None:
            continue
        results += 1
        model = keras.saving.load_model(path, compile=False)
        right = model.predict(x, verbose=0).argmax(axis=1) == y
        accuracy = report["clean"]["accuracy"]
        np.testing.assert_allclose(accuracy, right.mean(), err_msg=str(number))
    # Most changes make a file that is no model, others change nothing.
    assert 0 < results < len(numbers)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, files):
    """A folder of eight pictures of four classes, which the model knows."""
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("pictures") / "all"
    with np.load(files / "data.npz") as arrays:
        for i, (x, y) in enumerate(
            zip(arrays["x"][:8], arrays["y"], strict=False)
        ):
            place = folder / f"class {y}"
            place.mkdir(parents=True, exist_ok=True)
            ending = ("png", "jpg", "bmp", "gif")[i % 3]
            image.fromarray(x).save(place / f"{i}.{ending}")
    return folder


def mutated_file(rng, path):
    """Changes an image file."""
    content = bytearray(path.read_bytes())
    kind = rng.integers(8)
    if kind == 0:
        for place in rng.integers(len(content), size=rng.integers(1, 9)):
            content[place] = rng.integers(256)
    elif kind == 1:
        content = content[: rng.integers(len(content))]
    elif kind == 2:
        content = rng.bytes(rng.integers(200))
    elif kind == 3:
        # The size in the header: 2^31 pixels and more.
        content[16:24] = rng.bytes(8)
    if kind < 4:
        path.write_bytes(content)
        return
    path.unlink()
    if kind == 4:
        path.mkdir()
    elif kind == 5:
        path.symlink_to(path)
    elif kind == 6:
        os.mkfifo(path)
    else:
        path.with_name("new\nline \N{SNOWMAN}.png").write_bytes(content)


def mutated_folder(rng, source, folder):
    """Writes a copy of a folder with some changes."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    paths = sorted(folder.glob("*/*"))
    for i in rng.permutation(len(paths))[: rng.integers(1, 9)]:
        mutated_file(rng, paths[i])
    classes = sorted(folder.iterdir())
    kind = rng.integers(8)
    if kind == 0:
        shutil.rmtree(classes[rng.integers(4)])
    elif kind == 1:
        (folder / "further").mkdir()
    elif kind == 2:
        (folder / "loose.png").write_bytes(b"no image")
    elif kind == 3:
        (classes[0] / "deeper").symlink_to(folder)


@pytest.mark.parametrize("numbers", NUMBERS, ids=["few", "all"])
def test_folders(files, pictures, evaluate, tmp_path, numbers):
    folder = tmp_path / "images"
    results = 0
    for number in numbers:
        rng = np.random.default_rng(number)
        mutated_folder(rng, pictures, folder)
        report = evaluate(files / "model.keras", folder, number)
        if report is None:
            continue
        results += 1
        clean = report["clean"]
        assert 1 <= clean["num_images"] <= 8, number
        assert 0 <= clean["accuracy"] <= 1, number
    assert 0 < results <= len(numbers)
