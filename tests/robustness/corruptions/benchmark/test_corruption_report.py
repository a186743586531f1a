import json

import pytest

from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import ALEXNET
from keras_ceb._src.robustness.corruptions.images.names import (
    COMMON_CORRUPTIONS,
)


def make(names=COMMON_CORRUPTIONS, severities=(1, 2, 3, 4, 5), **options):
    options.setdefault("normalizer", ALEXNET)
    return CorruptionReport(
        variant="imagenet-c",
        errors={name: {s: 0.1 * s for s in severities} for name in names},
        clean_error=0.05,
        num_images=100,
        **options,
    )


def test_complete():
    report = make()
    assert report.complete
    assert report.coverage == "15 of 15 corruptions"
    assert report.average == pytest.approx(0.3)
    text = report.to_markdown()
    assert "| fog | 10.0 | 20.0 | 30.0 | 40.0 | 50.0 | 30.0 |" in text
    assert "| avg |  |  |  |  |  | 30.0 |" in text
    assert f"| mCE (alexnet) |  |  |  |  |  | {100 * report.mce:.1f} |" in text
    assert "incomplete" not in text


def test_without_frost_the_summaries_are_marked():
    names = [n for n in COMMON_CORRUPTIONS if n != "frost"]
    report = make(names, left_out={"frost": "No photographs."})
    assert not report.complete
    assert report.coverage == "14 of 15 corruptions, without frost"
    text = report.to_markdown()
    assert "| avg, incomplete |" in text
    assert "| mCE (alexnet), incomplete |" in text
    assert "Left out: frost. No photographs." in text


def test_synthetic_frost_and_extras_are_part_of_no_summary():
    report = make(["fog"])
    expected = (report.average, report.mce, report.relative_mce)
    for extra in ("frost (synthetic)", "spatter"):
        report.errors[extra] = {s: 1.0 for s in range(1, 6)}
    assert (report.average, report.mce, report.relative_mce) == expected
    assert "| frost (synthetic) | 100.0" in report.to_markdown()


def test_some_severities_are_marked():
    report = make(severities=(3, 5))
    assert not report.complete
    assert report.coverage == "15 of 15 corruptions, severities 3, 5 only"


def test_without_a_normalizer_there_is_an_average_only():
    report = make(normalizer=None)
    assert report.mce is None
    assert report.relative_mce is None
    assert "mCE (" not in report.to_markdown()
    assert make(["spatter"], normalizer=None).average is None


def test_dict_survives_json():
    report = make(["fog"])
    content = json.loads(json.dumps(report.to_dict()))
    assert content["errors"]["fog"]["5"] == pytest.approx(0.5)
    assert content["mce"] == pytest.approx(report.mce)
    assert content["complete"] is False
    assert content["normalizer"] == "alexnet"


def test_html_holds_the_table_and_the_figure():
    page = make(["fog"], left_out={"frost": "No <photographs>."}).to_html()
    assert "fog" in page
    assert "50.0" in page
    assert "No &lt;photographs&gt;." in page
    assert "data:image/png;base64," in page


def test_a_report_that_was_a_file():
    report = make()
    content = json.loads(json.dumps(report.to_dict()))
    again = CorruptionReport(
        variant=content["variant"],
        errors=content["errors"],
        clean_error=content["clean_error"],
        num_images=content["num_images"],
        normalizer=content["normalizer"],
        left_out=content["left_out"],
        source=content["source"],
    )
    assert again.to_dict() == report.to_dict()
    assert again.complete and again.mce == report.mce
    assert again.to_markdown() == report.to_markdown()


@pytest.mark.parametrize(
    "options,message",
    [
        ({"errors": {"fog": {0: 0.1}}}, "`errors` of 'fog'.*0"),
        ({"errors": {"fog": {1: 40.0}}}, "`errors.*Divide percentages"),
        ({"clean_error": 7.6}, "`clean_error` must be an error rate"),
        ({"variant": "cifar"}, "`variant`"),
        ({"normalizer": "resnet"}, "`normalizer`"),
    ],
)
def test_numbers_that_are_no_errors(options, message):
    options = {
        "variant": "cifar10-c",
        "errors": {},
        "clean_error": None,
        "num_images": 1,
        **options,
    }
    with pytest.raises(ValueError, match=message):
        CorruptionReport(**options)
