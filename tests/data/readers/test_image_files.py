import os

import numpy as np

from keras_ceb._src.data.readers.image_files import ImageFiles
from keras_ceb._src.data.readers.image_files import index


def test_the_files_of_a_folder(folder):
    names, files = index(folder)
    assert names == ["B", "a", "b", "empty", "link"]
    found = [(str(f.relative_to(folder)), label) for f, label in files]
    assert found == [
        ("B/1.Bmp", 0),
        ("a/1.gif", 1),
        ("a/2.png", 1),
        ("a/3.png", 1),
        ("b/.hidden.png", 2),
        ("b/10.png", 2),
        ("b/2.png", 2),
        ("b/link.png", 2),
        ("b/.hidden/1.png", 2),
        ("b/more/1.PNG", 2),
        ("b/more/deep/1.png", 2),
        ("link/9.png", 4),
    ]


def test_what_is_no_file_is_left_out(folder):
    """A named pipe, which would be waited for, and a link to itself."""
    pipe, link = folder / "empty" / "1.png", folder / "empty" / "2.png"
    os.mkfifo(pipe)
    link.symlink_to(link)
    images = ImageFiles(folder, (4, 4))
    labels = [label for _, label in images.files]
    places, _, _ = images.read(np.flatnonzero(np.array(labels) >= 2))
    assert images.failed == [str(pipe), str(link)]
    assert len(places) == labels.count(2) + labels.count(4)
