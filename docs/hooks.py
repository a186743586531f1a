"""Brings pages of the repository that live outside of docs/ into the site."""

import pathlib

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).parents[1]
PAGES = {
    "changelog.md": ROOT / "CHANGELOG.md",
    "contributing.md": ROOT / "CONTRIBUTING.md",
}
# The result files, and the tables and figures that are rendered from them.
RESULTS = (".json", ".md", ".png", ".svg")


def on_files(files, config):
    """Adds them to the files of the site, at the places that links name."""
    pages = dict(PAGES)
    for path in sorted((ROOT / "results").rglob("*")):
        if path.suffix in RESULTS:
            pages[path.relative_to(ROOT).as_posix()] = path
    for uri, path in pages.items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files
