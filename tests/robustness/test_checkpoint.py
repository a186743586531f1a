import numpy as np
import pytest

from keras_ceb._src.robustness.checkpoint import Checkpoint
from keras_ceb._src.robustness.checkpoint import digests

X = np.arange(8, dtype="float32").reshape(4, 2)
Y = np.arange(4)


def made(path):
    checkpoint = Checkpoint(path, {"eps": 0.1}, "measure")
    checkpoint.add(X[:3], Y[:3], values=np.float32([1, 2, 3]))
    checkpoint.add(X[3:], Y[3:], values=np.float32([4]))
    return checkpoint


def test_file_round_trip(tmp_path):
    path = tmp_path / "so-far.npz"
    made(path).save()
    assert [p.name for p in tmp_path.iterdir()] == ["so-far.npz"]
    again = Checkpoint(path, {"eps": 0.1}, "measure")
    assert again.num_images == 4
    np.testing.assert_array_equal(again.arrays["values"], [1, 2, 3, 4])
    # Known images in part, and none.
    more = np.concatenate([X[2:], X + 9])
    assert again.count_known(more, np.concatenate([Y[2:], Y]), 2) == 2
    assert again.count_known(X, Y, 4) == 0
    again.check_complete(4)


def test_without_a_file(tmp_path):
    checkpoint = made(None)
    checkpoint.save()
    assert checkpoint.num_images == 4
    np.testing.assert_array_equal(checkpoint.arrays["values"], [1, 2, 3, 4])


def test_other_images_are_an_error(tmp_path):
    checkpoint = made(tmp_path / "so-far.npz")
    for x, y in ((X + 1, Y), (X, Y[::-1])):
        with pytest.raises(ValueError, match=r"`data` must yield .* 0\.\.3"):
            checkpoint.count_known(x, y, 0)
    with pytest.raises(ValueError, match="3 images, fewer than 4"):
        checkpoint.check_complete(3)


def test_other_files_are_an_error(tmp_path):
    path = tmp_path / "so-far.npz"
    made(path).save()
    with pytest.raises(ValueError, match="must be of the same settings"):
        Checkpoint(path, {"eps": 0.2}, "measure")
    path.write_bytes(b"PK no archive")
    with pytest.raises(ValueError, match="a file that `measure` wrote"):
        Checkpoint(path, {"eps": 0.1}, "measure")
    np.savez(path, values=X)
    with pytest.raises(ValueError, match="a file that `measure` wrote"):
        Checkpoint(path, {"eps": 0.1}, "measure")


def test_a_digest_is_of_image_and_label():
    found = digests(np.float32([[1], [1], [2]]), np.int32([0, 1, 0]))
    assert len(set(found)) == 3
    assert digests(np.float32([[1]]), np.int32([0]))[0] == found[0]
