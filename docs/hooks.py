"""Brings pages of the repository that live outside of docs/ into the site."""

import importlib.util
import pathlib

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).parents[1]
PAGES = {
    "changelog.md": ROOT / "CHANGELOG.md",
    "contributing.md": ROOT / "CONTRIBUTING.md",
}
# The result files, and the tables and figures that are rendered from them.
RESULTS = (".json", ".md", ".png", ".svg")
NOTEBOOKS = ROOT / "examples" / "notebooks"


def _module(name):
    """A module beside this file, which is in no package."""
    file = ROOT / "docs" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def on_files(files, config):
    """Adds them to the files of the site, at the places that links name."""
    pages = dict(PAGES)
    for path in sorted((ROOT / "results").rglob("*")):
        if path.suffix in RESULTS:
            pages[path.relative_to(ROOT).as_posix()] = path
    for uri, path in pages.items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    for uri, content in {**_notebooks(), **_reports()}.items():
        files.append(File.generated(config, uri, content=content))
    return files


def _notebooks():
    """{place in the site: content} of the notebooks and their pictures."""
    found = {}
    for file in sorted(NOTEBOOKS.glob("*.ipynb")):
        text, pictures = _module("notebook_pages").page(
            file.read_text(), file.stem
        )
        found[f"notebooks/{file.stem}.md"] = text
        for name, content in pictures.items():
            found[f"notebooks/{name}"] = content
    index = (NOTEBOOKS / "README.md").read_text()
    found["notebooks/index.md"] = index.replace(".ipynb)", ".md)")
    return found


def _reports():
    """{place in the site: content} of the reports, rendered as they are now."""
    # Takes seconds to import.
    from keras_ceb.robustness import Comparison

    return {
        f"reports/{file.stem}.html": Comparison.from_json(file).to_html()
        for file in sorted((ROOT / "docs" / "reports").glob("*.json"))
    }
