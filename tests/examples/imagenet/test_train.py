"""The commands of the study as a user runs them, at a smoke size."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import keras_ceb  # noqa: F401 - registers what a saved model is made of
from tests.data import photographs
from tests.results.schema import check_schema

# Each command is a process that imports TensorFlow and traces a ResNet.
pytestmark = [pytest.mark.slow, pytest.mark.tf_only]
ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    photographs.write_folder(folder, "train", 16)
    photographs.write_folder(folder, "val", 8)
    return folder


def start(module, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", f"examples.imagenet.{module}", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def finish(process, error=None):
    """What a process printed; it must end well, or with this error."""
    output, errors = process.communicate(timeout=1200)
    if error is None:
        assert process.returncode == 0, errors[-3000:]
    else:
        assert process.returncode != 0 and error in errors, errors[-3000:]
    return output


def run(module, *arguments, error=None, **environment):
    return finish(start(module, *arguments, **environment), error)


def flags(images, folder, name="resnet50x2_cceb_3", **options):
    options = {
        "experiment": name,
        "preset": "smoke",
        "data": images,
        "workdir": folder,
        "verbose": 0,
        **options,
    }
    return [f"--{key}={value}" for key, value in options.items()]


def weights(folder):
    model = keras.models.load_model(folder / "model.keras", compile=False)
    return model.get_weights()


def assert_same(one, other, **tolerance):
    for a, b in zip(weights(one), weights(other), strict=True):
        np.testing.assert_allclose(a, b, **{"rtol": 0, **tolerance})


def test_the_whole_study(images, tmp_path):
    names = ("resnet50x2_xent", "resnet50x2_ceb_3")
    folders = [tmp_path / name for name in names]
    for name, folder in zip(names, folders, strict=True):
        run("train", *flags(images, folder, name, tensorboard=True))
        trained = json.loads((folder / "train.json").read_text())
        assert len(trained["figures"]["epochs"]) == 2
        assert trained["settings"]["training"]["replicas"] == 1
        assert list((folder / "tensorboard").rglob("events*"))
    # It is done; and its folder is no other experiment's.
    again = flags(images, folders[0], names[0])
    assert "trained already" in run("train", *again)
    other = flags(images, folders[0], names[1])
    run("train", *other, error="`workdir` holds another experiment")

    results = tmp_path / "results"
    run(
        "evaluate",
        f"--workdir={folders[0]},{folders[1]}",
        f"--data={images}",
        f"--results={results}",
        "--verbose=0",
    )
    result = json.loads((folders[1] / "evaluation.json").read_text())
    check_schema(result)
    counts = result["figures"]["counts"]
    attacks = ["pgd_l2", "pgd_l2_margin", "pgd_linf", "pgd_linf_margin"]
    assert sorted(counts) == ["clean", "corruptions", *attacks]
    for attack in attacks:
        wrong, count = counts[attack]["all"]
        # Those that are wrong without an attack stay wrong.
        assert counts["clean"]["all"][0] <= wrong <= count == 4
    table = run("table1", f"--results={results}")
    assert "| error, % | ResNet50x2 CEB | ResNet50x2 XEnt |" in table
    assert "The paper's own" not in table
    assert "ResNet50x2 CEB" in run("select_rho", f"--results={results}")
    run("figures", f"--results={results}", f"--output={tmp_path}")
    assert (tmp_path / "figure3.png").stat().st_size > 10_000
    assert not (tmp_path / "figure4.png").exists()


def test_killed_at_any_step_it_ends_with_the_same_weights(images, tmp_path):
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    run("train", *flags(images, straight, epochs=5))
    rng = np.random.default_rng()
    for epoch in (1, 3):
        process = start("train", *flags(images, killed, epochs=5))
        wanted = killed / "checkpoints" / f"epoch_{epoch:05d}.weights.h5"
        deadline = time.time() + 600
        while not wanted.exists():
            assert process.poll() is None, process.stderr.read()[-3000:]
            assert time.time() < deadline, "no checkpoint was written"
            time.sleep(0.01)
        # Anywhere in the next epoch, or while the next file is written.
        time.sleep(rng.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (killed / "train.json").exists(), "it was over too early"
    run("train", *flags(images, killed, epochs=5))
    assert_same(straight, killed, atol=0)
    rows = [
        json.loads((folder / "train.json").read_text())["figures"]["epochs"]
        for folder in (straight, killed)
    ]
    for one, other in zip(*rows, strict=True):
        assert one["loss"] == other["loss"]


def test_two_workers_train_one_model(images, tmp_path):
    from tests.test_distribution import free_ports

    folder = tmp_path / "run"
    addresses = [f"localhost:{port}" for port in free_ports(2)]
    workers = [
        start(
            "train",
            *flags(images, folder, strategy="multiworker"),
            TF_CONFIG=json.dumps(
                {
                    "cluster": {"worker": addresses},
                    "task": {"type": "worker", "index": index},
                }
            ),
        )
        for index in range(2)
    ]
    for worker in workers:
        finish(worker)
    trained = json.loads((folder / "train.json").read_text())
    rows = trained["figures"]["epochs"]
    assert trained["settings"]["training"]["replicas"] == 2 and len(rows) == 2
    assert np.isfinite([row["val_loss"] for row in rows]).all()
    # Each measures its half of the images; the last one adds them up.
    for index in range(2):
        run(
            "evaluate",
            f"--workdir={folder}",
            f"--data={images}",
            "--strategy=multiworker",
            "--verbose=0",
            TF_CONFIG=json.dumps(
                {
                    "cluster": {"worker": addresses},
                    "task": {"type": "worker", "index": index},
                }
            ),
        )
        assert (folder / "evaluation.json").exists() == bool(index)
    result = json.loads((folder / "evaluation.json").read_text())
    assert result["settings"]["measurement"]["processes"] == 2
    assert result["figures"]["counts"]["clean"]["all"][1] == 4


def test_jax_on_several_devices(images, tmp_path):
    pytest.importorskip("jax")
    folder = tmp_path / "run"
    run(
        "train",
        *flags(images, folder, strategy="jax"),
        KERAS_BACKEND="jax",
        XLA_FLAGS="--xla_force_host_platform_device_count=4",
    )
    trained = json.loads((folder / "train.json").read_text())
    assert trained["settings"]["training"]["replicas"] == 4
    assert trained["provenance"][0]["backend"] == "jax"
    rows = trained["figures"]["epochs"]
    assert np.isfinite([row["loss"] for row in rows]).all()
    run(
        "evaluate",
        f"--workdir={folder}",
        f"--data={images}",
        "--strategy=jax",
        "--verbose=0",
        KERAS_BACKEND="jax",
        XLA_FLAGS="--xla_force_host_platform_device_count=4",
    )
    assert (folder / "evaluation.json").exists()


def test_what_is_wrong_is_said_before_training(images, tmp_path):
    (tmp_path / "file").write_text("")
    run(
        "train",
        *flags(images, tmp_path / "file" / "run"),
        error="`workdir` must be a folder that can be written to",
    )
    run(
        "train",
        *flags(images, tmp_path / "run", strategy="tpu"),
        error="`strategy='tpu'` found no TPU",
    )
    run(
        "train",
        *flags(tmp_path, tmp_path / "run"),
        error="ILSVRC2012_img_train.tar",
    )
