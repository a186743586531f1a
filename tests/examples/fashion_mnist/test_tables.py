import pytest

from examples.common import provenance
from examples.common import study
from examples.common import study_tables
from examples.fashion_mnist import summary
from examples.fashion_mnist import tables
from tests.examples.fashion_mnist import made_up


@pytest.fixture
def folder(tmp_path):
    for seed in (0, 1, 2):
        made_up.write(tmp_path, "baseline", seed, "1111", "1000")
    # Its accuracies are 1/4, 1/2, 3/4, 3/4, 1/2, 1/2: the rule selects 2.
    for rho, right in enumerate(
        ("1000", "1100", "1110", "0111", "1010", "0101")
    ):
        made_up.write(tmp_path, f"ceb_{rho}", 0, right, "1111", float(rho))
    made_up.write(tmp_path, "ceb_2", 1, "1111", "1100", 2.0)
    made_up.write(tmp_path, "dropout", 0, "1111", "0000")
    return tmp_path


def lines(table):
    """The rows of a table by the name in their first cell."""
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    return {row.split(" | ")[0].lstrip("| "): row for row in rows[2:]}


def test_the_rule_selects_the_main_rows(folder):
    found = summary.load(folder)
    assert summary.selected_rho(found) == 2.0
    assert list(summary.main_rows(found)) == ["baseline", "ceb_2"]
    further = ["dropout", "ceb_0", "ceb_1", "ceb_3", "ceb_4", "ceb_5"]
    assert list(summary.further_rows(found)) == further


def test_before_all_are_there_nothing_is_selected(tmp_path):
    made_up.write(tmp_path, "ceb_2", 0, "1111", "1100", 2.0)
    found = summary.load(tmp_path)
    assert summary.selected_rho(found) is None
    assert list(summary.main_rows(found)) == ["ceb_2"]
    assert "nothing is selected yet" in tables.main(tmp_path)


def test_main_rows_say_which_seeds_they_lack(folder):
    table = tables.main(folder)
    rows = lines(table)
    assert rows["baseline"] == (
        "| baseline | 3 | 1.000 (1.000 to 1.000) | 0.250 (0.250 to 0.250) "
        "| 0.750 | none |"
    )
    assert rows["ceb_2"].startswith("| ceb_2 | 2 of 3 | 0.875 (0.750 to 1.000)")
    assert "selects rho = 2" in table
    # Eleven models of 3600 s each.
    assert "cost so far: 11.0 core-hours" in table


def test_further_rows_have_one_seed(folder):
    rows = lines(tables.further(folder))
    assert rows["dropout"].startswith("| dropout | 1 | 1.000 | 0.000 |")
    assert rows["ceb_0"].endswith("| a check |")


def test_calibration(folder):
    rows = lines(tables.calibration(folder))
    assert rows["baseline"].endswith(
        "| 1.50 | 0.250 (0.250 to 0.250) | infinite |"
    )
    assert rows["ceb_2"].endswith("| 1.50 |")


def test_other_images(folder):
    table = tables.outside(folder)
    assert "| model | score | noise |" in table
    assert "| ceb_2 | energy | 0.700 (0.700 to 0.700) |" in table


def test_models_are_compared_on_the_same_images_and_seeds(folder):
    found = study_tables.against(summary.load(folder), "ceb_2", "baseline")
    # Seed 0 loses one of four images, seed 1 none.
    difference, p_images, p_seeds = found["clean"]
    assert difference == pytest.approx(-1 / 8)
    # One image alone differs: z = 1.
    assert p_images == pytest.approx(0.3173, abs=1e-4)
    # Differences -1/4 and 0: t = 1 with one degree of freedom, p = 1/2.
    assert p_seeds == pytest.approx(0.5, abs=1e-6)
    assert found["autoattack linf 0.1"][0] == pytest.approx(1 / 2)
    table = tables.tests(folder)
    assert "| ceb_2 | baseline | AutoAttack linf 0.1 | +50.00 |" in table


def test_the_plan_says_what_is_left(folder):
    rows = lines(tables.plan(folder))
    # Three seeds of four models, five more rhos, VIB and dropout. Training
    # took 3590 s, the three measures with a cost 15 s.
    assert rows["plain"].startswith("| plain | 19 | 11 | 59.8 | 0.2")
    assert rows["`TRADES`"] == "| `TRADES` | 2 | 0 |  |  |"
    assert rows["`FastTraining`"].startswith("| `FastTraining` | 12 | 0 |")
    assert "takes 19.0 core-hours, without" in tables.plan(folder)


def test_results_before_the_class_means_were_mended_are_refused(
    tmp_path, monkeypatch
):
    made_up.write(tmp_path, "baseline", 0, "1", "1", commit="a" * 40)
    asked = []

    def contains(commit, ancestor):
        asked.append((commit, ancestor))
        return False

    monkeypatch.setattr(provenance, "contains", contains)
    with pytest.raises(ValueError, match="whole gradient.*of commit aaaaaaa"):
        tables.main(tmp_path)
    assert asked == [("a" * 40, study.CLASS_MEANS)]


def test_results_of_two_presets_are_refused(tmp_path):
    made_up.write(tmp_path, "baseline", 0, "1", "1")
    made_up.write(tmp_path, "ceb_2", 0, "1", "1", 2.0, preset="smoke")
    with pytest.raises(ValueError, match="one preset.*with full, smoke"):
        summary.load(tmp_path)
    with pytest.raises(ValueError, match="with no result"):
        summary.load(tmp_path / "none")
