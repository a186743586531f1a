import json

import matplotlib
import pytest
from scipy import stats

from keras_ceb._src.robustness.report.comparison import mcnemar
from keras_ceb.robustness import Comparison
from tests.robustness.report.test_report import ROWS
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_report_of_one_name

matplotlib.use("agg")


@pytest.mark.parametrize("a,b", [(0, 0), (3, 9), (10, 10), (700, 800)])
def test_mcnemar_equals_the_binomial_test(a, b):
    expected = stats.binomtest(a, a + b).pvalue if a + b else 1.0
    assert mcnemar(a, b) == pytest.approx(expected, rel=1e-6)


def test_pairs_image_by_image(tmp_path):
    first = make_report("a", robust=(1, 0, 1, 1))
    second = make_report("b", robust=(0, 1, 1, 0))
    comparison = Comparison([first, second])
    pair = comparison.pairs()[0]
    assert (pair.first, pair.second) == ("a", "b")
    assert (pair.only_first, pair.only_second) == (2, 1)
    assert pair.difference == pytest.approx(-0.25)
    text = comparison.to_markdown()
    assert "| PGD-20, linf, eps 0.1 | 0.7500 | 0.5000 |" in text
    content = json.loads(comparison.to_json(tmp_path / "c.json"))
    assert content["pairs"][0]["only_first"] == 2
    page = comparison.to_html(tmp_path / "c.html")
    assert "Image by image" in page
    assert len(comparison.plot().axes[0].get_lines()) == 2


def test_only_the_same_images_compare():
    with pytest.raises(ValueError, match="same images"):
        Comparison([make_report(), make_report(fingerprint="other")])
    with pytest.raises(ValueError, match="at least two"):
        Comparison([make_report()])


def test_attacks_of_one_name_keep_their_rows():
    first = make_report_of_one_name("a")
    second = make_report_of_one_name("b", robust=(0, 0, 0, 1))
    comparison = Comparison([first, second])
    labels = [f"{name}, linf, eps 0.1" for name, _ in ROWS]
    labels.append("PGD-20, l2, eps 0.1")
    pairs = comparison.pairs()
    assert [pair.attack for pair in pairs] == labels
    assert [pair.difference for pair in pairs] == [0.0, -0.5, 0.0, 0.0]
    text = comparison.to_markdown()
    assert f"| {labels[0]} | 0.7500 | 0.7500 |" in text
    assert f"| {labels[1]} | 0.7500 | 0.2500 |" in text
    assert f"| {labels[2]} | 0.2500 | 0.2500 |" in text
    content = json.loads(comparison.to_json())
    assert [pair["attack"] for pair in content["pairs"]] == labels
    page = comparison.to_html()
    assert all(f"<td>{label}</td>" in page for label in labels)


def test_bad_arguments(tmp_path, monkeypatch):
    with pytest.raises(TypeError, match="`reports` must be.*Received"):
        Comparison([make_report(), {}])
    with pytest.raises(ValueError, match="at least two"):
        Comparison(make_report())
    comparison = Comparison([make_report("a"), make_report("b")])
    monkeypatch.setattr(Comparison, "pairs", None)
    for write in (comparison.to_json, comparison.to_html):
        with pytest.raises(ValueError, match="`path` must be.*is a folder"):
            write(tmp_path)
