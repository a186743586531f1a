import pytest

from examples.common import sweep

ROWS = [("ceb_0", 0), ("baseline", 1)]


def todo(folder, steps):
    results = folder / "found"
    return sweep.todo("study", ROWS, steps, "full", "x.npz", folder, results)


def test_a_line_per_model_in_order(tmp_path):
    found = todo(tmp_path, ["train", "evaluate"])
    runs = tmp_path / "full"
    assert list(found) == [
        runs / "ceb_0" / "seed_0.log",
        runs / "baseline" / "seed_1.log",
    ]
    train, evaluate = list(found.values())[1].split(" && ")
    assert " -m study.train --experiment=baseline --preset=full --seed=1 " in (
        train
    )
    assert " -m study.evaluate --results=" in evaluate
    for line in (train, evaluate):
        assert f"--workdir={runs}/baseline/seed_1 --data=x.npz" in line


@pytest.mark.parametrize(
    ("steps", "file", "left"),
    [
        (["train"], "full/ceb_0/seed_0/train.json", None),
        (["train", "evaluate"], "full/ceb_0/seed_0/train.json", "evaluate"),
        (["evaluate"], "found/ceb_0-seed0.json", None),
    ],
)
def test_what_is_done_is_left_out(tmp_path, steps, file, left):
    done = tmp_path / file
    done.parent.mkdir(parents=True)
    done.touch()
    line = todo(tmp_path, steps).get(tmp_path / "full/ceb_0/seed_0.log")
    if left is None:
        assert line is None
    else:
        assert f" -m study.{left} " in line and " && " not in line


def test_more_is_asked_for_until_nothing_is_new(tmp_path):
    marks = [tmp_path / name for name in "ab"]

    def left():
        # The second mark is asked for when the first is there.
        known = marks[: 1 + marks[0].exists()]
        return {
            mark.with_suffix(".log"): f"touch {mark}"
            for mark in known
            if not mark.exists()
        }

    sweep.run(left, 1, only_list=False)
    assert all(mark.exists() for mark in marks)


def test_listing_runs_nothing(tmp_path, capsys):
    mark = tmp_path / "a"
    sweep.run(lambda: {tmp_path / "log": f"touch {mark}"}, 1, only_list=True)
    assert capsys.readouterr().out == f"touch {mark}\n"
    assert not mark.exists()
