import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from keras_ceb._src.robustness.audit.check import Check
from keras_ceb._src.robustness.report.templating import text_of
from keras_ceb._src.robustness.result import Example
from keras_ceb.robustness import AuditReport
from keras_ceb.robustness import Comparison
from keras_ceb.robustness.corruptions import CorruptionReport
from tests.robustness.report import browser
from tests.robustness.report.test_report import ROWS
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_report_of_one_name

EMPTY = ("meta", "img", "link", "br")


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
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

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
    assert collector.open == []
    # Footnotes and the empty icon: nothing of a network.
    assert set(collector.links) == {"#source-1", "data:,"}
    # The fooled image, attacked, and the difference.
    assert len(collector.sources) == 3
    assert all(s.startswith("data:image/png") for s in collector.sources)
    assert "&lt;model&gt;" in text and "why &lt;b&gt;" in text
    assert '<span class="flag">flag</span>' in text
    assert len(text) < 100_000


def test_the_figures_are_those_of_the_report():
    text = make_report().to_html()
    # 3 of 4, and its Wilson interval (z = 1.96).
    assert "75.0 %" in text and "30.1 to 95.4 %" in text
    assert "3 of 4" in text and "All 4 images keep their class at" in text


OURS = set(
    "html head meta link title style script body h1 h2 h3 img table tr th td "
    "strong p pre div span ul ol li dl dt dd details summary figure "
    "figcaption svg g line text circle rect path polygon polyline sup a "
    "br".split()
)


def hostile(field, start="<span class='ok'>"):
    """A name that would add a tag named after its field to the page."""
    return f"{start}<{field} onclick='x'>&\"</{field}>"


def make_hostile_report(name, corruptions):
    report = make_report(name)
    for number, result in enumerate(report.attacks):
        result.attack["name"] = hostile(f"attack{number}")
        result.examples[0].file = hostile("file")
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
    report.run = {"command": hostile("command")}
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
        "answers leftout reason origin other file command class0"
    ).split()
    # Shown as what it is.
    assert [f for f in fields if hostile(f) not in collector.text] == []


def test_attacks_of_one_name_keep_their_rows():
    text = make_report_of_one_name().to_html()
    for name, accuracy in ROWS:
        row = rf"<td>{re.escape(name)}</td>.*L-infinity 0.1.*{accuracy:.1%}"
        assert len(re.findall(row.replace("%", " %"), text)) == 1
        assert text.count(f"Images that {name} fooled") == 1


def luminance(color):
    """Relative luminance of `#rrggbb` (WCAG 2.1)."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in parts
    ]
    return sum(
        w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_the_contrast_is_that_of_level_aa(dark):
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    light_block, dark_block, *_ = re.findall(
        r":root \{(.*?)\}", str(text_of("style.html.j2")), re.DOTALL
    )
    pairs = dict(re.findall(r"--(\w+): (#\w{6})", light_block))
    if dark:
        pairs.update(re.findall(r"--(\w+): (#\w{6})", dark_block))
    for ground in ("page", "card"):
        for name in ("text", "muted", "good", "bad", "link"):
            assert contrast(pairs[name], pairs[ground]) >= 4.5, name
    for number in range(6):
        assert contrast(pairs[f"s{number}"], pairs["page"]) >= 3
    for step in range(7):
        assert contrast(pairs[f"on{step}"], pairs[f"heat{step}"]) >= 4.5


@pytest.mark.slow
@pytest.mark.skipif(browser.CHROMIUM is None, reason="needs chromium")
@pytest.mark.parametrize("several", [False, True])
def test_in_a_browser(several, tmp_path):
    """At 400 px: no scroll to the side, no error, no request refused."""
    corruptions = CorruptionReport("imagenet-c", {"fog": {1: 0.1}}, 0.05, 9)
    report = make_hostile_report("a" * 40, corruptions)
    if several:
        report = Comparison([make_report("b"), report])
    found, console = browser.look(report.to_html(), tmp_path)
    # The policy of the page would refuse a request, and say so there.
    assert console == []
    assert json.loads(found)["excess"] <= 0
    assert json.loads(found)["loaded"]
    assert "95 % interval" in json.loads(found)["tip"]


def test_a_page_of_a_thousand_images_is_small():
    rng = np.random.default_rng(0)
    images = rng.random((6, 96, 96, 3)).astype("float32")
    examples = [
        Example(k, k, image, 1 - image, 0.5, predicted=k + 1, confidence=0.5)
        for k, image in enumerate(images)
    ]
    report = make_report("a")
    robust = rng.random(1000) < 0.5
    for result in [*report.attacks, *sum(report.curves.values(), [])]:
        result.clean, result.robust = np.ones(1000, bool), robust
        result.examples = examples
    report.clean["num_images"] = 1000
    report.labels = rng.integers(1000, size=1000)
    # Four attacks with pictures, and a comparison of two models.
    assert len(Comparison([report, report]).to_html()) < 3_000_000 / 2
