import os
import pathlib

import numpy as np
import pytest

from keras_ceb._src.saving import paths


def test_a_file_to_write(tmp_path):
    path = tmp_path / "a.json"
    assert paths.file_to_write(str(path)) == path
    path.write_text("")
    assert paths.file_to_write(path) == path
    with pytest.raises(ValueError, match="`path` must be.*a file.*is a folder"):
        paths.file_to_write(tmp_path)
    with pytest.raises(ValueError, match="`out` must lie in.*no folder"):
        paths.file_to_write(tmp_path / "none" / "a.txt", "out")
    assert not (tmp_path / "none").exists()


def test_a_folder_to_write(tmp_path):
    folder = tmp_path / "a" / "b"
    assert paths.folder_to_write(folder, "folder") == folder
    assert folder.is_dir()
    assert paths.folder_to_write(str(folder), "folder") == folder
    (tmp_path / "file").write_text("")
    for path in ("file", pathlib.Path("file") / "below"):
        with pytest.raises(ValueError, match="`folder`.*file' is a file"):
            paths.folder_to_write(tmp_path / path, "folder")


@pytest.mark.parametrize("path", [True, 3, ["a"], None, b"a"])
def test_what_is_no_path(path):
    with pytest.raises(TypeError, match="`a` must be the path.*Received: a="):
        paths.file_to_write(path, "a")
    with pytest.raises(TypeError, match="`a` must be the path.*Received: a="):
        paths.folder_to_write(path, "a")
    with pytest.raises(ValueError, match="`a` must be the path.*Received: a="):
        paths.folder_to_write("", "a")


def test_a_file_is_written_as_a_whole(tmp_path, monkeypatch):
    file = tmp_path / "file"
    paths.write_text(file, "old, ä")
    paths.write_text(file, "new, ä")
    assert file.read_text(encoding="utf-8") == "new, ä"
    (tmp_path / "link").symlink_to(file)
    paths.write_text(tmp_path / "link", "through the link")
    assert (tmp_path / "link").is_symlink()
    assert file.read_text() == "through the link"

    def cut(path, text, encoding):
        with open(path, "w") as part:
            part.write(text[:3])
        raise KeyboardInterrupt

    monkeypatch.setattr(pathlib.Path, "write_text", cut)
    with pytest.raises(KeyboardInterrupt):
        paths.write_text(file, "interrupted")
    assert file.read_text() == "through the link"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_what_is_no_regular_file_is_written_to(tmp_path):
    reader, writer = os.pipe()
    paths.write_text(f"/dev/fd/{writer}", "text")
    os.close(writer)
    with open(reader) as file:
        assert file.read() == "text"


def test_arrays_are_written_as_a_whole(tmp_path, monkeypatch):
    file = tmp_path / "a.npz"
    paths.write_arrays(file, {"file": np.arange(3)})

    def cut(member, array, **options):
        member.write(b"PK")
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", cut)
    with pytest.raises(KeyboardInterrupt):
        paths.write_arrays(file, {"file": np.arange(4)})
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    with np.load(file) as arrays:
        np.testing.assert_array_equal(arrays["file"], [0, 1, 2])
