"""A page in headless Chromium: what it shows and what it complains about."""

import html
import shutil
import subprocess

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update "
    "--disable-sync --enable-logging=stderr --virtual-time-budget=5000 "
    "--dump-dom"
).split()
# The window is no narrower than 500 pixels; a frame can be.
FRAME = """<!doctype html>
<iframe width="{width}" height="2000" srcdoc="{page}"></iframe>
<pre></pre>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const inside = frame.contentDocument;
  const root = inside.documentElement;
  inside.querySelector(".point").dispatchEvent(new Event("pointerenter"));
  document.querySelector("pre").textContent = JSON.stringify({{
    excess: root.scrollWidth - root.clientWidth,
    tip: inside.getElementById("tip").textContent,
    loaded: [...inside.images].every((image) => image.naturalWidth > 0),
  }});
  frame.remove();
}};
</script>
"""


def look(page, folder, width=400):
    """The JSON of the script above, and the lines of the console.

    Args:
        page: HTML text.
        folder: An empty folder.
        width: Of the window, in pixels.
    """
    file = folder / "frame.html"
    file.write_text(FRAME.format(width=width, page=html.escape(page)))
    user = f"--user-data-dir={folder / 'user'}"
    result = subprocess.run(
        [CHROMIUM, *FLAGS, user, file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = html.unescape(
        result.stdout.partition("<pre>")[2].partition("</pre>")[0]
    )
    lines = result.stderr.splitlines()
    return found, [line for line in lines if "CONSOLE" in line]
