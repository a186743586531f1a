import pytest

from keras_ceb._src.cli.bars import audit_code
from keras_ceb._src.cli.bars import exit_code
from keras_ceb._src.cli.bars import unmeasured
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_result


@pytest.fixture
def report():
    """0.75 at 0.1 under the stronger of two attacks, 1.0 without attack."""
    report = make_report(robust=(1, 0, 1, 1))
    report.attacks.append(make_result(0.1, (1, 1, 1, 1), loss="dlr"))
    report.audit = None
    return report


def test_the_weakest_result_counts(report, capsys):
    assert exit_code(report, [("linf", 0.1, 0.75), ("", 0.0, 1.0)]) == 0
    assert exit_code(report, []) == 0
    assert capsys.readouterr().err == ""
    assert exit_code(report, [("linf", 0.1, 0.8), ("", 0.0, 1.0)]) == 2
    assert capsys.readouterr().err == (
        "keras-ceb: model is below the bar linf:0.1=0.8: accuracy 0.7500 (95% "
        "interval 0.3006 to 0.9544)\n"
    )
    report.clean["accuracy"] = 0.5
    assert exit_code(report, [("", 0.0, 0.6)]) == 2
    assert "clean=0.6: accuracy 0.5000\n" in capsys.readouterr().err


def test_radii_are_those_of_images_in_0_to_1(report):
    for result in report.attacks:
        result.attack.update(eps=25.5, bounds=(0.0, 255.0))
    assert exit_code(report, [("linf", 0.1, 0.8)]) == 2
    with pytest.raises(ValueError, match="Received: linf:25.5; there are"):
        exit_code(report, [("linf", 25.5, 0.8)])


def test_flags_of_the_audit(report, capsys):
    report = make_report()
    assert audit_code(None) == 0
    assert audit_code(report.audit) == 3
    assert "flagged by the audit: gradients" in capsys.readouterr().err
    assert exit_code(report, []) == 3
    # Below a bar is the worse news.
    assert exit_code(report, [("linf", 0.1, 0.8)]) == 2


def test_bars_that_need_an_attack_of_their_own():
    bars = [("linf", 4 / 255, 0.3), ("", 0, 0.9), ("l2", 0.5, 0.1)]
    assert unmeasured(bars, [("linf", 4 / 255 + 1e-12)]) == [("l2", 0.5)]
    assert unmeasured(2 * bars, []) == [("linf", 4 / 255), ("l2", 0.5)]
