import numpy as np
import pytest
from PIL import Image

from keras_ceb._src.robustness.corruptions.benchmark.corruption_folder import (
    CorruptionFolder,
)


@pytest.fixture
def released(tmp_path):
    """A small copy of the released layout; the level tells what is what."""
    for place, name in enumerate(("fog", "snow")):
        for severity in range(1, 6):
            for label, wnid in enumerate(("n01440764", "n01443537")):
                folder = tmp_path / name / str(severity) / wnid
                folder.mkdir(parents=True)
                for image in range(2):
                    level = 100 * place + 10 * severity + 5 * label + image
                    Image.new("RGB", (8, 6), (level,) * 3).save(
                        folder / f"{image}.JPEG", quality=95
                    )
                (folder / "notes.txt").write_text("no image")
    return tmp_path


def test_reads_batches_with_labels_by_wnid(released):
    images = CorruptionFolder(released, batch_size=3)
    assert images.names == ("snow", "fog")
    batches = list(images.load("snow", 4))
    assert [len(x) for x, _ in batches] == [3, 1]
    x = np.concatenate([x for x, _ in batches])
    y = np.concatenate([y for _, y in batches])
    assert x.shape == (4, 6, 8, 3)
    assert x.dtype == np.uint8
    assert y.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(
        x.mean(axis=(1, 2, 3)), [140, 141, 145, 146], atol=1
    )


def test_missing_severities_are_listed(released):
    (released / "fog/3").rename(released / "fog/away")
    (released / "snow/5").rename(released / "snow/away")
    with pytest.raises(ValueError, match=r"\['snow/5', 'fog/3'\]"):
        CorruptionFolder(released)
    assert CorruptionFolder(released, ["fog"], [1, 2]).severities == (1, 2)


def test_wrong_folders(tmp_path, released):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ValueError, match="folders named.*gaussian_noise"):
        CorruptionFolder(empty)
    with pytest.raises(ValueError, match="'rain'"):
        CorruptionFolder(released, ["rain"])
    (empty / "fog/1").mkdir(parents=True)
    with pytest.raises(ValueError, match="no image"):
        next(CorruptionFolder(empty, severities=[1]).load("fog", 1))
