"""What is printed while attacks run, with a clock of the test."""

import io
import sys

import pytest

from keras_ceb._src.robustness import attack_progress
from keras_ceb._src.robustness.attack_progress import AttackProgress
from keras_ceb._src.robustness.attack_progress import OverallProgress
from keras_ceb._src.robustness.attack_progress import Work
from keras_ceb._src.robustness.attack_progress import cost_of
from keras_ceb._src.robustness.attack_progress import title_of
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


class Terminal(io.StringIO):
    def isatty(self):
        return True


RUN = Run(PGD("linf", 0.1, steps=10))


def attack(clock, work, title="PGD"):
    """20 images in two parts, 10 steps each, with 4 left after 5 steps."""
    progress = AttackProgress(title, 10.0, work, clock)
    for _ in range(2):
        progress.hold(10, 10)
        tell = progress.of_run("PGD", RUN, 0)
        tell(10, 0)
        clock.now += 30
        tell(4, 5)
        clock.now += 30
        progress.release()
    progress.end(0.25, 20)


def test_plain_lines(clock, capsys):
    # As much again is to follow, and half of all was restored.
    work = Work(left=800.0)
    work.add(400, is_restored=True)
    attack(clock, work)
    assert capsys.readouterr().out.splitlines() == [
        "PGD",
        # 50 of 400 steps took 30 seconds: 350 take 210.
        "PGD, 40.0% left, 3:30 to go",
        "PGD, 100.0% left, 3:00 to go",
        "PGD, 40.0% left, 2:30 to go",
        "PGD: accuracy 0.2500 on 20 images, 2:00",
    ]
    assert (work.left, work.done) == (200, 200)


def test_lines_that_come_soon_are_left_out(clock, capsys, monkeypatch):
    monkeypatch.setattr(attack_progress, "_PAUSE", 100.0)
    attack(clock, None)
    assert capsys.readouterr().out.splitlines() == [
        "PGD",
        "PGD: accuracy 0.2500 on 20 images, 2:00",
    ]


def test_a_terminal_shows_one_line(clock, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    attack(clock, Work(200.0))
    lines = terminal.getvalue().split("\r")
    assert [line.rstrip() for line in lines if line.strip()] == [
        "PGD, 100.0% left",
        "PGD, 40.0% left, 1:30 to go",
        "PGD, 100.0% left, 1:00 to go",
        "PGD, 40.0% left, 0:30 to go",
        "PGD: accuracy 0.2500 on 20 images, 2:00",
    ]
    assert terminal.getvalue().endswith("\n")


def test_parts_of_an_ensemble_are_named(clock, capsys):
    progress = AttackProgress("AutoAttack, L2 0.5", 1.0, None, clock)
    progress.hold(50, 40)
    clock.now = 60
    progress.of_run("APGD-T", RUN, 20)(27, 10)
    assert "AutoAttack, L2 0.5, APGD-T 54.0% left\n" in capsys.readouterr().out


def test_titles():
    title = title_of([AutoAttack("linf", 8.0)], (0, 255), None, 3, 14)
    assert title == "attack 3 of 14: AutoAttack (standard), L-infinity 8/255"
    assert title_of([PGD("linf", 0.1)], (0, 1)) == "PGD-20, L-infinity 0.1"
    assert title_of([PGD("l2", 127.5)], (0, 255), "a") == "a, L2 0.5"
    assert title_of([PGD("linf", 0.0)], (0, 1)) == "PGD-20, L-infinity 0"
    growing = [PGD("linf", eps) for eps in (1.0, 2.0, 16.0)]
    title = title_of(growing, (0, 255))
    assert title == "PGD-20, L-infinity 1/255 to 16/255"


def test_costs_and_times():
    runs = [Run(PGD("linf", 0.1, steps=7)), Run(APGD("linf", 0.1, samples=3))]
    assert cost_of(runs) == 7 + 3 * 100
    assert attack_progress._time(3671.4) == "1:01:11"
    assert attack_progress._time(59.6) == "1:00"


def test_all_attacks_of_an_evaluation(capsys):
    curve = [PGD("linf", eps, steps=10) for eps in (0.1, 0.2)]
    groups = [[PGD("l2", 0.5, steps=20)], curve]
    progress = OverallProgress(groups, (0, 1), num_images=5, num_classes=3)
    # 20 steps, and 10 at each of two radii, on 5 images.
    assert progress._work.left == 200
    progress.begin(groups[0], "mine").skip(5)
    assert progress._work.left == 100
    progress.begin(curve)
    assert capsys.readouterr().out.splitlines() == [
        "attack 1 of 2: mine, L2 0.5",
        "attack 2 of 2: PGD-10, L-infinity 0.1 to 0.2",
    ]
