import pytest

from examples.cifar10_fast import experiments


def test_rows_compare_what_the_study_is_about():
    found = [experiments.experiment(name) for name, _ in experiments.ROWS]
    assert len(set(found)) == len(found)
    assert found[0].objective == "xent" and found[0].norm == "batch"
    assert len({e.rho for e in found if e.rho is not None}) >= 2
    assert {e.classifier for e in found} == {"linear", "consistent"}
    assert {e.norm for e in found} == {"batch", None}


def test_what_is_norm_free_is_otherwise_the_same():
    one, other = (
        experiments.experiment(name) for name in ("cceb_2", "normfree_cceb_2")
    )
    assert (one.norm, other.norm) == ("batch", None)
    assert (one.rho, one.classifier) == (other.rho, other.classifier)


def test_settings_hold_the_experiment_and_the_preset():
    found = experiments.CATALOG.settings("normfree_ceb_2", "fast")
    assert found["norm"] is None and found["epochs"] > 1
    assert "evaluation" not in found
    assert found["rho"] == 2.0 and found["preset"] == "fast"


@pytest.mark.parametrize("kind", ["experiment", "preset"])
def test_unknown_names_are_refused(kind):
    with pytest.raises(ValueError, match=f"`{kind}` must be one of .*'other'"):
        getattr(experiments, kind)("other")
