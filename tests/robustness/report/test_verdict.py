import pytest

from keras_ceb._src.robustness.report.verdict import plain_text
from keras_ceb._src.robustness.report.verdict import verdict
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_result


def test_the_sentences_of_a_small_report():
    report = make_report()
    report.attacks = []
    report.curves["linf"] = [
        make_result(1 / 255, (1, 1, 1, 0)),
        make_result(4 / 255, (0, 0, 0, 0)),
    ]
    report.audit.checks.clear()
    text = plain_text(verdict(report))
    assert "Without an attack, all 4 images are classified correctly." in text
    expected = "3 of 4 images keep their class at 1/255; at 4/255, none does"
    assert f"{expected} (L-infinity)." in text
    assert "The audit found nothing suspicious." in text
    assert "AutoAttack was not run" in text


@pytest.mark.parametrize(
    "accuracy,confidence,text",
    [
        (0.5, 0.68, "The confidence is 18 points too high."),
        (0.8, 0.7, "The confidence is 10 points too low."),
        (0.5, 0.51, "The confidence agrees with the accuracy."),
    ],
)
def test_the_confidence(accuracy, confidence, text):
    report = make_report()
    report.clean.update(
        num_images=1000, accuracy=accuracy, confidence=confidence
    )
    assert text in plain_text(verdict(report))


def test_what_the_audit_flags():
    text = plain_text(verdict(make_report()))
    assert "The audit flags 1 of 1 check (gradients)" in text
    report = make_report()
    report.audit = None
    assert "No audit was made." in plain_text(verdict(report))


@pytest.mark.parametrize(
    "robust,tone",
    [((1, 1, 1, 1), "plain"), ((1, 1, 1, 0), "plain"), ((0, 0, 0, 0), "bad")],
)
def test_one_radius_is_compared_with_no_attack(robust, tone):
    report = make_report()
    report.attacks, report.curves = [make_result(8 / 255, robust)], {}
    (found,) = (s for s in verdict(report) if "8/255" in s.text)
    assert found.tone == tone
