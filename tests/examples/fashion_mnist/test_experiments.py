import pytest

from examples.fashion_mnist import experiments


def test_main_rows_are_four_models_trained_plainly_and_fast():
    rows = experiments.main_rows(3.0)
    assert rows[:4] == ("baseline", "smoothed", "ceb_3", "cceb_3")
    assert rows[4:] == tuple(f"fast_{name}" for name in rows[:4])
    adversaries = [experiments.experiment(name).adversary for name in rows]
    assert adversaries == 4 * [None] + 4 * ["fast"]


def test_further_rows_hold_no_main_row_and_all_else():
    rows = experiments.further_rows(3.0)
    assert not set(rows) & set(experiments.main_rows(3.0))
    found = {experiments.experiment(name) for name in rows}
    assert len(found) == len(rows) == 5 + 1 + 1 + 4
    assert {row.adversary for row in found} == {None, "madry", "trades"}
    assert {row.rho for row in found if row.objective == "vib"} == {3.0}


def test_names_say_what_the_models_are():
    smoothed = experiments.experiment("fast_smoothed")
    assert (smoothed.objective, smoothed.smoothing) == ("xent", 0.1)
    consistent = experiments.experiment("cceb_0")
    assert (consistent.rho, consistent.classifier) == (0.0, "consistent")


def test_settings_hold_the_experiment_and_the_preset():
    found = experiments.settings("trades_ceb_2", "full")
    assert found["adversary"] == "trades" and found["epochs"] > 1
    assert found["rho"] == 2.0 and found["preset"] == "full"


@pytest.mark.parametrize("kind", ["experiment", "preset"])
def test_unknown_names_are_refused(kind):
    with pytest.raises(ValueError, match=f"`{kind}` must be one of .*'other'"):
        getattr(experiments, kind)("other")
