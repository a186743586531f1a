from html.parser import HTMLParser

import matplotlib

from keras_ceb.robustness import report_html
from tests.robustness.test_report import make_report

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
