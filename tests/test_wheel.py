"""The wheel holds what it should, and runs where there is no source tree."""

import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile

import pytest

import keras_ceb
from tests import code_blocks

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[1]
STEM = f"keras_ceb-{keras_ceb.__version__}"


def run(*command, cwd=ROOT):
    # Without the variables that would let the source tree in.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command],
        check=True,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the wheel and the sdist."""
    pytest.importorskip("hatchling")
    pytest.importorskip("hatch_fancy_pypi_readme")
    folder = tmp_path_factory.mktemp("dist")
    # What the tests read beside the package is missing from a source tree
    # in which they run against a wheel.
    if not (ROOT / "keras_ceb").is_dir():
        pytest.skip("needs the source tree")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder)
    return folder


def files_of_the_package():
    """The modules and templates in the source tree."""
    return {
        file.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.html.j2")
        for package in ("keras_ceb", "keras_ceb_cli")
        for file in (ROOT / package).rglob(pattern)
    }


def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built / f"{STEM}-py3-none-any.whl") as wheel:
        names = wheel.namelist()
    assert len(names) == len(set(names))
    info = f"{STEM}.dist-info"
    about = {"METADATA", "RECORD", "WHEEL", "entry_points.txt"}
    about = {f"{info}/{name}" for name in (*about, "licenses/LICENSE")}
    assert set(names) == files_of_the_package() | {"keras_ceb/py.typed"} | about


def test_the_links_of_the_readme_work_on_a_package_index(built):
    with zipfile.ZipFile(built / f"{STEM}-py3-none-any.whl") as wheel:
        text = wheel.read(f"{STEM}.dist-info/METADATA").decode()
    links = re.findall(r"\]\(([^)]+)\)", text)
    own = [link for link in links if "keras-ceb/keras_ceb" in link]
    assert own and all(link.startswith("https://") for link in links)
    for link in own:
        path = link.partition(f"/v{keras_ceb.__version__}/")[2]
        assert (ROOT / path.partition("#")[0]).is_file(), link


def test_the_sdist_holds_what_the_tests_need(built):
    with tarfile.open(built / f"{STEM}.tar.gz") as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert files_of_the_package() <= names
    assert {
        "CHANGELOG.md",
        "CITATION.cff",
        "CONTRIBUTING.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "docs/index.md",
        "examples/quickstart.py",
        "mkdocs.yml",
        "pyproject.toml",
        "results/README.md",
        "tests/conftest.py",
        "tests/golden/0.1.0/default.keras",
    } <= names
    hidden = [name for name in names if "/." in f"/{name}"]
    assert set(hidden) <= {".gitignore"}
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.fixture(scope="module")
def python(built, tmp_path_factory):
    """A fresh environment with the wheel, and the packages of this one.

    A path file lends it the packages that are installed here. Path files in
    there are not read, so that an editable install does not come along.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    # Unlike the path of the interpreter, not resolved to the one below.
    python = folder / "bin" / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = pathlib.Path(run(python, "-c", code).strip())
    lent = sysconfig.get_path("purelib")
    (site / "lent.pth").write_text(f"{lent}\n")
    wheel = built / f"{STEM}-py3-none-any.whl"
    install = ["install", "-q", "--no-deps", "--no-index", wheel]
    run(sys.executable, "-m", "pip", "--python", python, *install)
    return python


def test_the_lines_of_the_readme_run_in_a_fresh_environment(python, tmp_path):
    code, _ = code_blocks.find((ROOT / "README.md").read_text())[0]
    code += (
        "\nassert 'tensorflow_probability' not in __import__('sys').modules"
        "\nprint(keras_ceb.__file__, keras_ceb.__version__, model.num_classes)"
    )
    file, version, num_classes = run(python, "-c", code, cwd=tmp_path).split()
    assert pathlib.Path(file).is_relative_to(python.parents[1])
    assert version == keras_ceb.__version__
    assert num_classes == "1000"


def test_the_templates_are_installed(python, tmp_path):
    code = (
        "from keras_ceb._src.robustness.report import templating;"
        "print(templating.__file__);"
        "print(len(templating.text_of('style.html.j2')))"
    )
    file, length = run(python, "-c", code, cwd=tmp_path).split()
    assert pathlib.Path(file).is_relative_to(python.parents[1])
    assert int(length) > 0


def test_the_command_is_installed(python, tmp_path):
    for command in (
        [python.with_name("keras-ceb")],
        [python, "-m", "keras_ceb"],
    ):
        assert "evaluate" in run(*command, "--help", cwd=tmp_path)
