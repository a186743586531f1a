import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[3]


def commands(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "examples.cifar10.sweep", "--list", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def test_one_independent_command_a_model(tmp_path):
    lines = commands(f"--results={tmp_path}", f"--runs={tmp_path}")
    assert len(lines) == 2 * 26
    # Every model of the first seed before any of the second.
    assert all("--seed=0" in line for line in lines[:26])
    assert len({line.split("--workdir=")[1].split()[0] for line in lines}) == 52
    for line in lines:
        train, evaluate = line.split(" && ")
        assert "examples.cifar10.train" in train
        assert "examples.cifar10.evaluate" in evaluate


def test_presets_keep_their_results_apart(tmp_path):
    for preset in ("cpu", "few"):
        (line,) = commands(
            f"--preset={preset}",
            f"--runs={tmp_path}",
            "--experiments=ceb_1",
            "--seeds=0",
        )
        assert f"--results={tmp_path}/{preset}/results" in line


def test_what_has_a_result_is_left_out(tmp_path):
    (tmp_path / "ceb_1-seed0.json").write_text("{}")
    options = (f"--results={tmp_path}", "--experiments=ceb_1,ceb_2")
    lines = commands(*options, "--seeds=0,1")
    assert len(lines) == 3
    assert not any(
        "--experiment=ceb_1 --preset=cpu --seed=0" in s for s in lines
    )
