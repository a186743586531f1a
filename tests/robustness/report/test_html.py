from html.parser import HTMLParser

import matplotlib

from keras_ceb._src.robustness.report import html as report_html
from tests.robustness.report.test_report import ROWS
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_report_of_one_name

matplotlib.use("agg")


class Collector(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sources, self.links, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "src" in attrs:
            self.sources.append(attrs["src"])
        if "href" in attrs:
            self.links.append(attrs["href"])
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_is_well_formed_and_self_contained(tmp_path):
    report = make_report("<model>")
    text = report.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == text
    collector = Collector()
    collector.feed(text)
    assert collector.open == [] and collector.links == []
    # The curves and the fooled images.
    assert len(collector.sources) == 2
    assert all(s.startswith("data:image/png") for s in collector.sources)
    assert "&lt;model&gt;" in text and "why &lt;b&gt;" in text
    assert "<span class='flag'>flag</span>" in text


def test_table_escapes_cells():
    assert "<td>&lt;i&gt;</td>" in report_html.table(("a",), [("<i>",)])
    assert "<td>0.5000</td>" in report_html.table(("a",), [(0.5,)])


def test_attacks_of_one_name_keep_their_rows():
    text = make_report_of_one_name().to_html()
    for name, accuracy in ROWS:
        assert (
            f"<td>{name}</td><td>linf</td><td>0.1</td><td>{accuracy:.4f}"
            in text
        )
        assert text.count(f"<h3>Fooled by {name}</h3>") == 1
    # The point of the curve is the first attack.
    assert text.count(f"<td>{ROWS[0][0]}</td>") == 2
    assert text.count("<td>PGD-20</td><td>l2</td>") == 1
