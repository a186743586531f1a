import pytest

from examples.fashion_mnist import experiments


def test_rows_that_may_be_main_rows():
    assert experiments.may_be_main("fast_cceb_4")
    for name in ("dropout", "vib_2", "pgd_baseline", "fast_vib_0"):
        assert not experiments.may_be_main(name)


def test_further_rows_hold_no_main_row_and_all_else():
    rows = experiments.further_rows(3.0)
    assert not set(rows) & set(experiments.main_rows(3.0))
    found = {experiments.experiment(name) for name in rows}
    assert len(found) == len(rows) == 5 + 1 + 1 + 4
    assert {row.adversary for row in found} == {None, "madry", "trades"}
    assert {row.rho for row in found if row.objective == "vib"} == {3.0}


def test_settings_hold_the_experiment_and_the_preset():
    found = experiments.CATALOG.settings("trades_ceb_2", "full")
    assert found["adversary"] == "trades" and found["epochs"] > 1
    assert "evaluation" not in found
    assert found["rho"] == 2.0 and found["preset"] == "full"


@pytest.mark.parametrize("kind", ["experiment", "preset"])
def test_unknown_names_are_refused(kind):
    with pytest.raises(ValueError, match=f"`{kind}` must be one of .*'other'"):
        getattr(experiments, kind)("other")
