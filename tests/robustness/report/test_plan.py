import numpy as np
import pytest

from keras_ceb._src.robustness.report.plan import default_attacks
from keras_ceb._src.robustness.report.plan import make_plan
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Curve


def test_default_attacks_scale_with_the_range():
    attacks = default_attacks((0.0, 255.0))
    assert [a.name for a in attacks] == ["AutoAttack (fast)", "PGD-20"] * 2
    assert attacks[0].eps == pytest.approx(8)
    assert attacks[2].eps == pytest.approx(127.5)


def test_curves_are_taken_out_of_the_attacks(linear):
    classifier = Classifier(linear(np.ones((2, 2))), (0, 2))
    attacks = [Curve("l2", [2, 1]), PGD(), Curve("linf", 0.5)]
    plan = make_plan(classifier, attacks, None, None, False)
    assert plan.attacks == [PGD()]
    radii = {n: [a.eps for a in growing] for n, growing in plan.curves.items()}
    assert radii == {"l2": [1.0, 2.0], "linf": [0.5]}
    assert plan.audited is None and plan.suite is None and plan.ood == {}


def test_by_default_both_curves(linear):
    classifier = Classifier(linear(np.ones((2, 2))))
    plan = make_plan(classifier, None, False, {"a": np.ones((1, 2))}, True)
    assert plan.attacks == default_attacks((0, 1))
    assert [*plan.curves] == ["linf", "l2"]
    assert plan.audited == plan.attacks[0] and [*plan.ood] == ["a"]


def test_an_audit_without_attacks_is_in_the_default_ball(linear):
    classifier = Classifier(linear(np.ones((2, 2))))
    plan = make_plan(classifier, [], None, None, True)
    assert plan.attacks == [] and plan.curves == {}
    assert plan.audited.eps == pytest.approx(8 / 255)
