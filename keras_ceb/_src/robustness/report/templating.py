"""Templates of HTML pages, in which every value is escaped."""

from typing import Any

from keras_ceb._src.optional import optional_module

_FOLDER = "_src/robustness/report/templates"


def render(template: str, **values: Any) -> str:
    """HTML from a template.

    Args:
        template: Name of a file in `templates/`.
        **values: Values of the template. Everything is escaped except a
            `Table`, which escapes its cells itself.

    Returns:
        The HTML.

    Raises:
        ImportError: If Jinja2 is not installed.
    """
    return str(environment().get_template(template).render(values))


def text_of(template: str) -> Any:
    """The text of a file in `templates/`, to be inserted as it is."""
    jinja2 = optional_module("jinja2", "A report in HTML")
    markup = optional_module("markupsafe", "A report in HTML")
    loader = jinja2.PackageLoader("keras_ceb", _FOLDER)
    text, *_ = loader.get_source(environment(), template)
    return markup.Markup(text)


def environment() -> Any:
    """The Jinja2 environment of the templates."""
    jinja2 = optional_module("jinja2", "A report in HTML")
    return jinja2.Environment(
        autoescape=True,
        loader=jinja2.PackageLoader("keras_ceb", _FOLDER),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
