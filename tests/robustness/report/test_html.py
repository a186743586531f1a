from html.parser import HTMLParser

import matplotlib

from keras_ceb._src.robustness.audit.check import Check
from keras_ceb.robustness import AuditReport
from keras_ceb.robustness import Comparison
from keras_ceb.robustness.corruptions import CorruptionReport
from tests.robustness.report.test_report import ROWS
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_report_of_one_name

matplotlib.use("agg")


class Collector(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sources, self.links, self.open = [], [], []
        self.tags, self.text = set(), ""

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        if "src" in attrs:
            self.sources.append(attrs["src"])
        if "href" in attrs:
            self.links.append(attrs["href"])
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_data(self, data):
        self.text += data

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
    assert "<td><strong>flag</strong></td>" in text


OURS = set(
    "html head meta title style body h1 h2 h3 img table tr th td strong p "
    "pre".split()
)


def hostile(field, start="<span class='ok'>"):
    """A name that would add a tag named after its field to the page."""
    return f"{start}<{field} onclick='x'>&\"</{field}>"


def make_hostile_report(name, corruptions):
    report = make_report(name)
    for number, result in enumerate(report.attacks):
        result.attack["name"] = hostile(f"attack{number}")
    for result in report.curves["linf"]:
        result.attack["name"] = hostile("curve")
    check = Check(
        hostile("check"),
        {hostile("figure"): {hostile("key"): [hostile("value")]}},
        True,
        hostile("why"),
        hostile("source"),
    )
    report.audit = AuditReport([check], 4, "linf", 0.1)
    report.corruptions = corruptions
    report.notes = [hostile("note")]
    report.clean["residual_information"] = {hostile("answers"): 1.0}
    report.class_names = [hostile("class0"), hostile("class1")]
    return report


def test_nothing_that_others_name_is_markup():
    corruptions = CorruptionReport(
        "imagenet-c",
        {"fog": {1: 0.1}},
        0.05,
        9,
        left_out={hostile("leftout"): hostile("reason")},
        source=hostile("origin"),
    )
    first = make_hostile_report(hostile("first"), corruptions)
    second = make_hostile_report(hostile("second"), hostile("other"))
    page = Comparison([first, second]).to_html()
    collector = Collector()
    collector.feed(page)
    assert collector.open == []
    assert collector.tags <= OURS
    fields = (
        "first second attack0 curve check figure key value why source note "
        "answers leftout reason origin other"
    ).split()
    # Shown as what it is.
    assert [f for f in fields if hostile(f) not in collector.text] == []
    alone = first.to_html()
    collector = Collector()
    collector.feed(alone)
    assert collector.tags <= OURS and hostile("first") in collector.text


def test_attacks_of_one_name_keep_their_rows():
    text = make_report_of_one_name().to_html()
    for name, accuracy in ROWS:
        assert (
            f"<td>{name}</td><td>linf</td><td>0.1</td><td>{accuracy:.4f}"
            in text
        )
        assert text.count(f"<h3>Misclassified under {name}</h3>") == 1
    # The point of the curve is the first attack.
    assert text.count(f"<td>{ROWS[0][0]}</td>") == 2
    assert text.count("<td>PGD-20</td><td>l2</td>") == 1
