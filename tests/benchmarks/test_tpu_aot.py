"""The ImageNet study's programs compile for a TPU, at a small size."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

pytest.importorskip("libtpu", reason="needs the extra tpu-aot: make test-tpu")

pytestmark = pytest.mark.slow
ROOT = pathlib.Path(__file__).parents[2]
ATTACKS = ("fast_training", "attack_linf", "attack_l2")
PROGRAMS = ("train", "train_tensorflow", "evaluate", *ATTACKS)


def compile_programs(folder, experiments, programs, *options):
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.tpu_aot",
            f"--experiments={experiments}",
            f"--programs={','.join(programs)}",
            "--topologies=v5e:2x2",
            "--preset=smoke",
            f"--output={folder}",
            *options,
        ],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )


def load(folder):
    return {
        file.stem: json.loads(file.read_text())
        for file in folder.glob("*.json")
    }


def test_every_program_compiles(tmp_path):
    process = compile_programs(tmp_path, "resnet50_ceb_3", PROGRAMS)
    assert process.returncode == 0, process.stderr[-2000:]
    results = load(tmp_path)
    assert set(results) == {f"resnet50_ceb_3.{name}" for name in PROGRAMS}
    for name, result in results.items():
        row = result["figures"]
        assert row["chips"] == 4 and result["settings"]["batch_size"] == 4
        attacks = name.removeprefix("resnet50_ceb_3.") in ATTACKS
        assert ("radii" in result["settings"]) == attacks
        assert row["per_chip"]["flops"] > 0
        assert row["per_chip"]["bytes"] > 0
    # The same step on either backend.
    one, other = (
        results[f"resnet50_ceb_3.{name}"]["figures"]["per_chip"]["flops"]
        for name in ("train", "train_tensorflow")
    )
    assert abs(one / other - 1) < 0.1
    # One more forward and backward pass, without the gradient of the weights;
    # at this size the random numbers of the start count as well.
    fast = results["resnet50_ceb_3.fast_training"]["figures"]["per_chip"]
    assert 1.5 < fast["flops"] / one < 2.5


def test_every_objective_compiles(tmp_path):
    names = ("resnet152x2_xent", "resnet152x2_ceb_1", "resnet152x2_cceb_1")
    process = compile_programs(tmp_path, ",".join(names), ["train"])
    assert process.returncode == 0, process.stderr[-2000:]
    assert set(load(tmp_path)) == {f"{name}.train" for name in names}


@pytest.mark.parametrize(
    "options, text",
    [
        (["--topologies=v5e:3x3"], "`topology` must be one of v5e:2x2"),
        (["--batch_size=6"], "`batch_size` must be divisible.*4 on v5e:2x2"),
        (["--programs=serve"], "`programs` must be of train.*'serve'"),
        (["--experiments=resnet50_ceb"], "`experiment` must be NETWORK"),
    ],
)
def test_bad_arguments(tmp_path, options, text):
    process = compile_programs(tmp_path, "resnet50_ceb_3", ["train"], *options)
    assert process.returncode != 0
    message = process.stderr + process.stdout
    assert re.search(text, message), message[-2000:]
