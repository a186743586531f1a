"""Verdicts against findings and scores made by hand."""

import math
import pathlib

import numpy as np
import pytest

from results.claims import findings
from results.claims import listed
from results.claims import measured
from results.claims import page
from results.claims import scores
from results.claims import studies
from results.claims.findings import Finding

ROOT = pathlib.Path(__file__).parents[2]


def found(direction, decides=True):
    return Finding("a study", "a file", "figures", direction, decides)


@pytest.mark.parametrize(
    ("directions", "verdict"),
    [
        ([1], "confirmed"),
        ([1, 0], "confirmed"),
        ([-1, 0], "contradicted"),
        ([1, -1, 0], "mixed"),
        ([0], "not confirmed"),
        ([], "not tested at that scale"),
    ],
)
def test_verdicts(directions, verdict):
    decisive = [found(direction) for direction in directions]
    # What is too small to decide changes nothing.
    others = [found(1, decides=False), found(-1, decides=False)]
    assert findings.verdict([*decisive, *others]) == verdict


def test_nothing_decides_about_imagenet():
    claim = listed.Claim("x", findings=lambda: [found(1), None], imagenet=True)
    assert claim.verdict() == "not tested at that scale"
    assert len(claim.found()) == 1


def test_a_difference_of_other_images():
    ours = {0: scores.Score(0.6, 100), 1: scores.Score(1.0, 7)}
    theirs = {0: scores.Score(0.5, 100), 2: scores.Score(0.0, 7)}
    found = findings.difference(ours, theirs)
    # Only seed 0 is shared: z = 0.1 / sqrt(0.0024 + 0.0025).
    z = 0.1 / math.sqrt(0.0049)
    assert found.p == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert found.points == pytest.approx(10) and found.seeds == 1
    assert found.sign == 0
    assert findings.difference(ours, {2: theirs[2]}) is None
    # Ten times the images: the same difference is more than chance.
    many = [{0: scores.Score(a, 1000)} for a in (0.6, 0.5)]
    assert findings.difference(*many).sign == 1
    assert findings.difference(*many[::-1]).sign == -1


def test_a_difference_of_the_same_images():
    ours = np.array([True] * 60)
    theirs = np.array([True] * 54 + [False] * 6)
    found = findings.difference(
        {0: scores.Score(1.0, 60, ours)}, {0: scores.Score(0.9, 60, theirs)}
    )
    # Six images differ, all one way: z = 6 / sqrt(6).
    assert found.p == pytest.approx(math.erfc(math.sqrt(6) / math.sqrt(2)))
    assert found.sign == 1


def test_no_difference_at_all():
    none = {0: scores.Score(0.0, 10)}
    assert findings.difference(none, none).p == 1
    assert findings.difference({0: scores.Score(1.0, 10)}, none).p == 0


def test_scores_of_measures():
    measures = {
        "clean": {"accuracy": 0.5, "images": 2, "right": "10"},
        "corruptions": {"average": 0.25, "num_images": 4},
    }
    result = {
        "provenance": [{"seeds": [3]}],
        "figures": {"measures": measures},
    }
    (clean,) = scores.of_measures([result], "clean").values()
    assert (clean.accuracy, clean.images) == (0.5, 2)
    np.testing.assert_array_equal(clean.flags, [True, False])
    assert scores.of_measures([result], "corruptions") == {
        3: scores.Score(0.75, 4)
    }
    assert scores.of_measures([result], "autoattack 8/255") == {}


def test_words_for_models_and_attacks():
    assert studies.label("ceb_4") == "CEB at rho 4"
    assert studies.label("smoothed") == "label smoothing"
    assert studies.label("fast_baseline") == "cross-entropy, trained on attacks"
    assert studies.label("trades_ceb_3") == "CEB at rho 3, trained with TRADES"
    assert studies.label("vib_3") == "VIB at rho 3"
    assert studies.label("dropout") == "dropout"
    title = studies.attack_title
    assert title(f"autoattack linf {1 / 255}") == "AutoAttack L-infinity 1/255"
    # The names of measures have six digits.
    assert (
        title("autoattack linf 0.00196078") == "AutoAttack L-infinity 0.5/255"
    )
    assert title("autoattack linf 0.1") == "AutoAttack L-infinity 0.1"
    assert title("pgd l2 0.5") == "PGD-20 L2 0.5"


def test_the_rule_of_the_paper_takes_the_lower_rho_of_equals():
    def model(accuracy):
        clean = {"accuracy": accuracy, "images": 10}
        return [
            {
                "provenance": [{"seeds": [0]}],
                "figures": {"measures": {"clean": clean}},
            }
        ]

    models = {"baseline": model(0.95), "ceb_1": model(0.8)}
    models |= {"ceb_3": model(0.9), "ceb_2": model(0.9), "cceb_9": model(1.0)}
    models["pgd_ceb_5"] = model(1.0)
    study = studies.Study("x", "y", models, "autoattack 1/255")
    assert study.decides
    assert study.ceb() == "ceb_2" and study.ceb("fast_") is None
    assert study.ceb("pgd_") == "pgd_ceb_5"
    assert not studies.Study(
        "x", "y", {"baseline": model(0.85)}, "autoattack 1/255"
    ).decides


def test_models_with_and_without_normalization():
    models = {"baseline": 1, "normfree_baseline": 2, "ceb_3": 3}
    assert studies.by_norm(models, "normfree_") == (
        {"baseline": 1, "ceb_3": 3},
        {"baseline": 2},
    )


def of_scores(seed, ece, nll, **aurocs):
    sets = {
        name: {"marginal": {"auroc": density}, "energy": {"auroc": energy}}
        for name, (density, energy) in aurocs.items()
    }
    clean = {"accuracy": 0.95, "images": 10, "ece": ece, "nll": nll}
    return {
        "provenance": [{"seeds": [seed]}],
        "figures": {"measures": {"clean": clean, "ood": {"sets": sets}}},
    }


@pytest.mark.parametrize(
    ("digits", "direction"), [((0.9, 0.6), 1), ((0.6, 0.6), 0)]
)
def test_measures_over_the_seeds_of_both(monkeypatch, digits, direction):
    both = {"noise": (0.8, 0.6), "digits": digits}
    models = {
        "ceb_3": [of_scores(0, 0.25, 0.5, **both)],
        # The seed that CEB lacks would turn every comparison.
        "baseline": [
            of_scores(0, 0.5, 0.25, **both),
            of_scores(1, 0.0, 9.0, noise=(1, 1), digits=(1, 1)),
        ],
    }
    study = studies.Study("x", "y", models, "autoattack 1/255")
    # One without these measures is left out.
    bare = {name: [{"figures": {}}] for name in models}
    bare = studies.Study("x", "y", bare, "autoattack 1/255")
    bare.ceb = lambda: "ceb_3"
    monkeypatch.setattr(studies, "every", lambda: [study, bare])
    (found,) = measured.calibration()
    # Better in one of the two.
    assert found.direction == 0
    assert found.text == (
        "CEB at rho 3: ECE 0.250, NLL 0.50; cross-entropy 0.500, 0.25 "
        "(one seed)"
    )
    (found,) = measured.out_of_distribution()
    assert found.direction == direction
    assert found.text == (
        "CEB at rho 3 against cross-entropy: noise 0.800 against 0.600, "
        f"digits {digits[0]:.3f} against 0.600 (one seed)"
    )


def test_every_verdict_is_one_and_every_file_is_there():
    for name, claim in listed.EVERY.items():
        assert claim.verdict() in findings.VERDICTS, name
        for finding in claim.found():
            assert (ROOT / "results" / finding.file).exists(), name
    assert sum(map(page.counted, findings.VERDICTS)) == len(listed.PAPER)


def test_the_sentences_of_the_pages_hold():
    # docs/claims.md says that our verdicts agree with those of 2021, and the
    # README that PGD has an advantage that AutoAttack does not confirm.
    against = (findings.CONTRADICTED, findings.NO_DIFFERENCE)
    assert listed.EVERY["autoattack"].verdict() in against
    preact = studies.gpu()[0]
    pgd, auto = (
        studies.ahead(preact, "ceb_4", "baseline", measure)
        for measure in ("pgd 1/255", "autoattack 1/255")
    )
    assert pgd.direction == 1 and auto.direction < 1
