"""Takes the pictures of a report and a comparison with headless Chromium.

```bash
python docs/screenshots.py old/report.json new/report.json docs/images
```
"""

import pathlib
import subprocess
import sys
import tempfile

import PIL.Image

from keras_ceb.robustness import Comparison
from keras_ceb.robustness import RobustnessReport

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update "
    "--disable-sync --hide-scrollbars --window-size=1000,1100"
).split()
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"


def main(first: str, second: str, folder: str) -> None:
    """Writes `report-*.png` and `comparison-*.png`."""
    reports = [RobustnessReport.from_json(path) for path in (first, second)]
    pages = {
        "report": reports[1].to_html(),
        "comparison": Comparison(reports).to_html(),
    }
    target = pathlib.Path(folder).absolute()
    target.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        for colors, flag in (("light", LIGHT), ("dark", DARK)):
            with tempfile.TemporaryDirectory() as place:
                page = pathlib.Path(place) / "page.html"
                page.write_text(text, encoding="utf-8")
                picture = target / f"{name}-{colors}.png"
                subprocess.run(
                    [
                        "chromium",
                        *FLAGS,
                        flag,
                        f"--user-data-dir={place}/user",
                        f"--screenshot={picture}",
                        page.as_uri(),
                    ],
                    check=True,
                    timeout=120,
                )
                # Flat colors, of which a palette makes a quarter of the size.
                with PIL.Image.open(picture) as image:
                    small = image.convert("RGB").quantize(128)
                small.save(picture, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
