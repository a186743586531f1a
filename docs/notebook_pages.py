"""Notebooks as pages of the site: nothing is run, what is stored is shown."""

import base64
import json
import re

# What terminals understand, and pages do not.
_COLORS = re.compile(r"\x1b\[[0-9;]*m")


def page(text, name):
    """A notebook as Markdown, and the pictures that it shows.

    Args:
        text: Of the .ipynb file.
        name: Of the notebook; the pictures' names begin with it.

    Returns:
        The Markdown, and `{file name: bytes}`.
    """
    parts, pictures = [], {}
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            # As links in the repository are on the site.
            parts.append(source.replace("](../../docs/", "](../"))
            continue
        parts.append(_block(source, "python"))
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                file = f"{name}_{len(pictures) + 1}.png"
                png = "".join(data["image/png"])
                pictures[file] = base64.b64decode(png)
                parts.append(f"![Output of the code above]({file})")
            elif "text/markdown" in data:
                parts.append(_lower("".join(data["text/markdown"])))
            else:
                shown = output.get("text") or data.get("text/plain", "")
                parts.append(_block(_COLORS.sub("", "".join(shown)), "text"))
    return "\n\n".join(parts) + "\n", pictures


def _block(text, language):
    return f"```{language}\n{text.rstrip()}\n```"


def _lower(text):
    """Markdown whose headings are below those of the notebook."""
    return re.sub(r"^(#+ )", r"##\1", text, flags=re.MULTILINE)
