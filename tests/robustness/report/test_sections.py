import numpy as np

from keras_ceb._src.robustness.report import sections
from keras_ceb.robustness.corruptions import CorruptionReport
from tests.robustness.report.test_report import make_report


def test_classes_come_weakest_first():
    report = make_report(robust=(1, 0, 1, 1))
    report.labels, report.class_names = np.array([0, 1, 1, 0]), ["cat", "dog"]
    rows = sections.class_rows(report)["weakest"]
    assert [(row["name"], row["number"]) for row in rows] == [
        ("dog", 2),
        ("cat", 2),
    ]
    assert rows[0]["robust"]["accuracy"] == "50.0 %"
    report.labels = None
    assert sections.class_rows(report) is None


def test_the_heat_map_shows_accuracies():
    errors = {"fog": {1: 0.25, 2: 1.0}, "snow": {1: 0.0}}
    heat = sections.heat_map(CorruptionReport("cifar10-c", errors, 0.1, 9))
    fog, snow = heat["rows"]
    assert [cell["text"] for cell in fog["cells"]] == ["75", "0"]
    assert [cell["step"] for cell in fog["cells"]] == [5, 0]
    assert snow["cells"][1] is None and snow["mean"]["step"] == 6


def test_bins_become_marks_with_a_diagonal():
    report = make_report()
    bins = [{"count": 4, "confidence": 0.9, "accuracy": 0.75}]
    report.clean.update(confidence=0.9, calibration=bins)
    chart = sections.calibration(report.clean)["chart"]
    (mark,) = chart["series"][0]["marks"]
    assert chart["diagonal"] and mark["y"] == chart["frame"].y(0.75)
    assert mark["tip"].startswith("4 images")
