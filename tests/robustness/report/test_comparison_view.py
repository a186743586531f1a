from keras_ceb._src.robustness.report.comparison_view import view
from keras_ceb.robustness import Comparison
from tests.robustness.report.test_report import make_report


def test_rows_side_by_side_and_who_is_better():
    first = make_report("a", robust=[1] * 20 + [0] * 12)
    second = make_report("b", robust=[1] * 32)
    for report in (first, second):
        report.curves = {}
        report.clean["num_images"] = 32
    shown = view(Comparison([first, second]))
    clean, attacked = shown["rows"]
    values = [share["value"] for share in attacked["shares"]]
    assert values == ["62.5 %", "100.0 %"]
    assert attacked["better"][0]["winner"] == "b"
    assert clean["better"][0]["winner"] is None
    won, open_ = shown["verdict"]
    assert "b is better in 1 of 2 comparisons" in won.text
    assert open_.text == "No difference is shown: no attack."
