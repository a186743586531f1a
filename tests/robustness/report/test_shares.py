import pytest

from keras_ceb._src.robustness.report import shares
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_result


def test_a_share_and_its_interval():
    share = shares.Share(3, 4)
    assert (str(share), share.range) == ("75.0 %", "30.1 to 95.4 %")


def test_the_strongest_attack_per_image_and_radius():
    report = make_report()
    report.attacks = [make_result(0.1, (1, 0, 1, 1))]
    report.curves = {
        "linf": [
            make_result(0.1, (1, 1, 0, 1), seed=1),
            make_result(0.2, (1, 1, 1, 0)),
        ]
    }
    found = shares.strongest(report, "linf")
    assert list(found) == pytest.approx([0.1, 0.2])
    assert [share.count for share in found.values()] == [2, 1]
