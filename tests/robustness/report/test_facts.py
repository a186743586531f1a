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
    report.certificates = {"smoothing": {"accuracy": 0.25}}
    assert facts.certified(report) == [
        {"name": "smoothing", "rows": [("accuracy", "0.25")]}
    ]
