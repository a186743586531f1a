import numpy as np

from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.report import facts
from tests.robustness.report.test_report import make_report


def test_what_a_reader_sees_of_a_run():
    report = make_report()
    report.run = {
        "date": "2026-01-02T03:04:05+00:00",
        "data": "photos",
        "seconds": {"attacks": 12.34, "audit": 0.0},
    }
    assert facts.line(report) == "2026-01-02 · 4 images · data: photos"
    found = dict(facts.facts(report))
    assert found["times"] == "attacks 12.3 s" and "command" not in found


def test_certificates_are_shown_apart():
    report = make_report()
    assert facts.certified(report) == []
    certificate = {"space": "input", "bounds": (0.0, 1.0)}
    found = CertifiedRadii(
        certificate,
        np.array([0, 1, -1, 1]),
        np.array([0, 1, 0, 0]),
        np.array([0.5, 0.25, 0.0, 1.0]),
        table_radii=(0.0, 0.3),
    )
    report.certificates = {"smoothing": found}
    (shown,) = facts.certified(report)
    rows = dict(shown["rows"])
    assert rows["at an L2 radius of 0"].startswith("50.0 % (95% interval")
    assert rows["at an L2 radius of 0.3"].startswith("25.0 %")
    assert rows["images without a certificate"] == "25.0 %"
    assert "Certified accuracy" in report.to_html()
