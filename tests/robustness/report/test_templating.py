import pytest

from keras_ceb._src.robustness.report.templating import environment
from keras_ceb._src.robustness.report.templating import render
from keras_ceb._src.robustness.report.templating import text_of
from keras_ceb.robustness import Table


def test_values_are_escaped_and_tables_are_not():
    template = environment().from_string("<pre>{{ text }}</pre>")
    assert template.render(text='<a href="x">\'&') == (
        "<pre>&lt;a href=&#34;x&#34;&gt;&#39;&amp;</pre>"
    )
    table = Table(["<a>"], [["<b>"]])
    text = template.render(text=table)
    assert text == f"<pre>{table.to_html()}</pre>"
    assert "<th>&lt;a&gt;</th>" in text and "<td>&lt;b&gt;</td>" in text


def test_a_value_that_is_missing_is_an_error():
    jinja2 = pytest.importorskip("jinja2")
    with pytest.raises(jinja2.UndefinedError, match="'text' is undefined"):
        environment().from_string("{{ text }}").render()


def test_files_of_the_package():
    assert "color-scheme: light dark" in render("style.html.j2")
    assert "color-scheme: light dark" in text_of("style.html.j2")
