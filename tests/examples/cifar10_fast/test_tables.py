import pytest

from examples.cifar10_fast import tables
from examples.common import provenance
from tests.examples.cifar10_fast import made_up


@pytest.fixture
def folder(tmp_path):
    for prefix in ("", "normfree_"):
        made_up.write(tmp_path, f"{prefix}baseline", 0, "1111", "1000")
        made_up.write(tmp_path, f"{prefix}ceb_3", 0, "1110", "1100", 3.0)
    return tmp_path


def test_models(folder):
    table = tables.models(folder)
    assert "| AutoAttack linf 1/255 | PGD-20 linf 1/255 |" in table
    assert "| baseline | 1 | 1.000 | 0.250 | 0.750 | none |" in table
    # Two epochs of 1800 s; four models, and 15 s for each one's measures.
    assert "At most 60 minutes of one core" in table
    assert "cost so far: 4.0 core-hours" in table
    assert "Not measured yet: cceb_3, ceb_1, smoothed." in table


def test_models_are_compared_with_those_of_their_normalization(folder):
    rows = [line.split(" | ")[:4] for line in tables.tests(folder).splitlines()]
    assert rows[2:6] == [
        ["| ceb_3", "baseline", "clean", "-25.00"],
        ["| ceb_3", "baseline", "AutoAttack linf 1/255", "+25.00"],
        ["| normfree_ceb_3", "normfree_baseline", "clean", "-25.00"],
        [
            "| normfree_ceb_3",
            "normfree_baseline",
            "AutoAttack linf 1/255",
            "+25.00",
        ],
    ]


def test_accuracy_by_epoch(folder):
    table = tables.training(folder)
    assert "| model | seed | 1 | 2 |" in table
    assert "| ceb_3 | 0 | 0.500 | 0.750 |" in table


def test_other_tables_have_all_models(folder):
    assert "| ceb_3 | 1 | 0.100 | 0.050 |" in tables.calibration(folder)
    assert "| ceb_3 | energy | 0.700 |" in tables.outside(folder)


def test_results_before_the_class_means_were_mended_are_refused(
    folder, monkeypatch
):
    made_up.write(folder, "cceb_3", 0, "1", "1", 3.0, commit="a" * 40)
    monkeypatch.setattr(
        provenance, "contains", lambda commit, _: commit != "a" * 40
    )
    for table in (tables.models, tables.tests, tables.training):
        with pytest.raises(ValueError, match="gradient.*of commit aaaaaaa"):
            table(folder)


def test_a_study_without_results_says_so(tmp_path):
    assert tables.models(tmp_path) == "Not measured yet."
