import json

import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.ood.ood_report import OODReport
from keras_ceb._src.robustness.ood.separation import Separation
from keras_ceb._src.robustness.report import html as report_html
from keras_ceb._src.robustness.report import saved
from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb._src.robustness.selective.selective_report import (
    selective_report,
)
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_saved_certificates import make_certified


def full_report():
    """A report with every part."""
    report = make_report()
    report.corruptions = CorruptionReport(
        "cifar10-c",
        {"fog": {1: 0.25, 2: 0.5}},
        0.125,
        4,
        left_out={"frost": "no photographs"},
    )
    scores = {"energy": np.array([0.1, 0.4, 0.2, 0.3])}
    report.selective = selective_report(scores, np.array([1, 0, 1, 1], bool))
    some = (0.25, 0.75)
    separation = Separation(0.5, some, 0.7, some, 0.5, some, 4, 3)
    report.ood = OODReport({"noise": {"energy": separation}})
    report.certificates = {"smoothing": make_certified()}
    report.class_names = ["cat", "dog"]
    return report


def test_a_full_report_comes_back(tmp_path):
    report = full_report()
    text = report.to_json(tmp_path / "r.json")
    for source in (text, tmp_path / "r.json", str(tmp_path / "r.json")):
        back = RobustnessReport.from_json(source)
        assert back == report and back.to_json() == text
    (mine,), (theirs,) = report.attacks, back.attacks
    assert theirs.attack == mine.attack
    np.testing.assert_array_equal(theirs.clean, mine.clean)
    np.testing.assert_array_equal(theirs.robust, mine.robust)
    np.testing.assert_array_equal(
        theirs.examples[0].adversarial, mine.examples[0].adversarial
    )
    assert back.corruptions == report.corruptions
    assert back.audit == report.audit and back.ood == report.ood
    curves = back.selective.curves, report.selective.curves
    np.testing.assert_array_equal(curves[0]["energy"], curves[1]["energy"])
    assert back.to_markdown() == report.to_markdown()


def test_reports_that_differ():
    report = full_report()
    other = full_report()
    assert report == other
    other.attacks[0].robust = np.array([1, 0, 0, 1], bool)
    assert report != other and report != "report"


def test_the_page_of_a_report_that_was_read():
    report = full_report()
    back = RobustnessReport.from_json(report.to_json())
    assert report_html.page([back]).count("<img") == (
        report_html.page([report]).count("<img")
    )


def test_parts_that_a_file_may_lack():
    content = json.loads(full_report().to_json())
    del content["selective"], content["ood"], content["certificates"]
    back = RobustnessReport.from_json(json.dumps(content))
    assert back.selective is None and back.ood is None
    assert back.certificates == {}


def test_other_versions_and_other_files(tmp_path):
    content = json.loads(make_report().to_json())
    content["schema"] = saved.SCHEMA + 1
    with pytest.raises(ValueError, match="of schema version 1, .*version 2"):
        RobustnessReport.from_json(json.dumps(content))
    del content["schema"]
    with pytest.raises(ValueError, match="Received: JSON text of schema.*None"):
        RobustnessReport.from_json(json.dumps(content))
    (tmp_path / "a.json").write_bytes(b"\xff\x00")
    (tmp_path / "b.json").write_text("[" * 100_000)
    for name in ("a.json", "b.json"):
        with pytest.raises(ValueError, match=f"{name}', which is something"):
            RobustnessReport.from_json(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        RobustnessReport.from_json(tmp_path / "none.json")
    with pytest.raises(TypeError, match="`source` must be the path"):
        RobustnessReport.from_json(3)


def places(value, path=()):
    """The path to every value within a JSON document."""
    yield path
    inner = []
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, part in inner:
        yield from places(part, (*path, key))


STRANGE = (None, True, -1, 10**400, 0.5, float("nan"), "", "zz", [], [0], {})


def test_mutated_files_are_read_or_refused_in_a_line():
    """Whatever is changed: a `ValueError`, or a report that can be shown."""
    rng = np.random.default_rng(0)
    text = full_report().to_json()
    paths = [path for path in places(json.loads(text)) if path]
    for number in range(500):
        content = json.loads(text)
        *parents, last = paths[number % len(paths)]
        place = content
        for key in parents:
            place = place[key]
        if rng.random() < 0.2:
            del place[last]
        else:
            place[last] = STRANGE[rng.integers(len(STRANGE))]
        try:
            report = RobustnessReport.from_json(json.dumps(content))
        except ValueError as error:
            message = str(error)
            assert "\n" not in message and "Received" in message, message
            continue
        report.to_json()
        report.to_markdown()


def test_cut_and_garbled_files_are_refused():
    rng = np.random.default_rng(1)
    text = make_report().to_json()
    for _ in range(100):
        cut = text[: rng.integers(1, len(text) - 1)]
        with pytest.raises(ValueError, match="`source` must be"):
            RobustnessReport.from_json(cut)
