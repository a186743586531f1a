import json

import matplotlib
import pytest
from scipy import stats

from keras_ceb._src.robustness.report.comparison import holm
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
    clean, pair, *_ = comparison.pairs()
    assert (clean.attack, clean.difference) == ("no attack", 0.0)
    assert (pair.first, pair.second) == ("a", "b")
    assert (pair.only_first, pair.only_second) == (2, 1)
    assert pair.difference == pytest.approx(-0.25)
    text = comparison.to_markdown()
    assert "| PGD-20, L-infinity 0.1 | 0.7500 | 0.5000 |" in text
    content = json.loads(comparison.to_json(tmp_path / "c.json"))
    assert content["pairs"][1]["only_first"] == 2
    page = comparison.to_html(tmp_path / "c.html")
    assert "Image by image" in page
    assert len(comparison.plot().axes[0].get_lines()) == 2


def test_holm_against_a_table_of_its_steps():
    # Smallest first: 3 x 0.01, 2 x 0.02, then 0.03, which may not be smaller.
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_summary_names_the_winner():
    first = make_report("a", robust=[1] * 20 + [0] * 12)
    second = make_report("b", robust=[1] * 32)
    for report in (first, second):
        report.curves = {}
    comparison = Comparison([first, second])
    clean, attacked = comparison.pairs()
    assert attacked.p_value == pytest.approx(2 / 2**12)
    assert attacked.adjusted == pytest.approx(4 / 2**12)
    assert (clean.winner, attacked.winner) == (None, "b")
    text = comparison.summary()
    assert "L-infinity 0.1: b is better by 37.5 points (p = 0.00098)." in text
    assert "no attack: neither a nor b is shown to be better" in text
    assert "exact McNemar test, after Holm's correction for 2 comp" in text
    assert text in comparison.to_markdown()
    assert "(by 37.5 points, p = 0.00098)" in comparison.to_html()


def test_different_images_are_not_paired():
    comparison = Comparison([make_report(), make_report(fingerprint="other")])
    assert not comparison.paired and comparison.pairs() == []
    text = comparison.to_markdown()
    assert "the paired statistics are left out" in text
    assert "only first" not in text and "| 0.7500 | 0.7500 |" in text
    assert "Image by image" not in comparison.to_html()
    with pytest.raises(ValueError, match="at least two"):
        Comparison([make_report()])


def test_different_classes_are_an_error():
    first, second = make_report("a"), make_report("b")
    first.class_names, second.class_names = ["cat", "dog"], ["cat", "fox"]
    with pytest.raises(ValueError, match="in 'a': dog; only in 'b': fox"):
        Comparison([first, second])
    second.class_names = ["dog", "cat"]
    with pytest.raises(ValueError, match="classes in different orders"):
        Comparison([first, second])
    second.class_names = None
    assert Comparison([first, second]).paired
    first.clean["num_classes"], second.clean["num_classes"] = 10, 4
    with pytest.raises(ValueError, match="10 classes of 'a' and 4 of 'b'"):
        Comparison([first, second])


def test_json_and_back(tmp_path):
    comparison = Comparison([make_report("a"), make_report("b", (0, 0, 0, 1))])
    text = comparison.to_json(tmp_path / "c.json")
    for source in (text, tmp_path / "c.json"):
        assert Comparison.from_json(source).to_json() == text
    with pytest.raises(ValueError, match="`source` must be a comparison"):
        Comparison.from_json("{}")
    with pytest.raises(ValueError, match="a damaged one .KeyError"):
        Comparison.from_json(make_report().to_json())


def test_attacks_of_one_name_keep_their_rows():
    first = make_report_of_one_name("a")
    second = make_report_of_one_name("b", robust=(0, 0, 0, 1))
    comparison = Comparison([first, second])
    labels = [f"{name}, L-infinity 0.1" for name, _ in ROWS]
    labels.append("PGD-20, L2 0.1")
    pairs = comparison.pairs()
    labels = ["no attack", *labels]
    assert [pair.attack for pair in pairs] == labels
    assert [pair.difference for pair in pairs] == [0.0, 0.0, -0.5, 0.0, 0.0]
    text = comparison.to_markdown()
    assert f"| {labels[1]} | 0.7500 | 0.7500 |" in text
    assert f"| {labels[2]} | 0.7500 | 0.2500 |" in text
    assert f"| {labels[3]} | 0.2500 | 0.2500 |" in text
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
