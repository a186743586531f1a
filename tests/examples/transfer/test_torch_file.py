"""Files of PyTorch's old format, made here without it."""

import collections
import io
import pickle
import sys
import types

import numpy as np
import pytest

from examples.transfer import torch_file
from examples.transfer import weights


class Storage:
    """What a pickle names by a key, and holds later."""

    def __init__(self, key, data, kind):
        self.key, self.data, self.kind = key, data, kind


class Tensor:
    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (*self.arguments, False, collections.OrderedDict())


@pytest.fixture
def torch(monkeypatch):
    """Modules with the names that such a file has, and nothing in them."""

    def _rebuild_tensor_v2():
        raise NotImplementedError

    module, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage"):
        setattr(module, name, type(name, (), {"__module__": "torch"}))
    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    module._utils = utils
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return module


def write(path, tensors, storages, little_endian=True):
    """Writes a file; the tensors are `Tensor`, or whatever a test wants."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, item):
            if isinstance(item, Storage):
                size = len(item.data)
                return ("storage", item.kind, item.key, "cpu", size, None)
            return None

    head = [
        torch_file.MAGIC,
        torch_file.PROTOCOL,
        {"little_endian": little_endian},
        tensors,
        [storage.key for storage in storages],
    ]
    with open(path, "wb") as file:
        for part in head:
            buffer = io.BytesIO()
            Pickler(buffer, protocol=2).dump(part)
            file.write(buffer.getvalue())
        for storage in storages:
            file.write(len(storage.data).to_bytes(8, "little"))
            file.write(storage.data.tobytes())


def test_tensors_are_read_by_their_strides(tmp_path, torch):
    floats = Storage("7", np.arange(8, dtype="<f4"), torch.FloatStorage)
    count = Storage("9", np.array([5], "<i8"), torch.LongStorage)
    tensors = collections.OrderedDict(
        # Column by column, from the second number on.
        kernel=Tensor(floats, 1, (2, 3), (1, 2)),
        row=Tensor(floats, 6, (2,), (1,)),
        steps=Tensor(count, 0, (), ()),
    )
    path = tmp_path / "a.pth"
    write(path, tensors, [floats, count])
    found = torch_file.read(path)
    np.testing.assert_array_equal(found["kernel"], [[1, 3, 5], [2, 4, 6]])
    np.testing.assert_array_equal(found["row"], [6, 7])
    assert found["steps"] == 5 and found["steps"].dtype == "int64"


def test_nothing_in_a_file_is_executed(tmp_path, torch):
    class Harm:
        def __reduce__(self):
            return (tmp_path / "harm").touch, ()

    path = tmp_path / "a.pth"
    write(path, {"a": Harm()}, [])
    with pytest.raises(ValueError, match="must be a PyTorch file.*it holds"):
        torch_file.read(path)
    assert not (tmp_path / "harm").exists()


def test_a_tensor_outside_of_its_storage(tmp_path, torch):
    floats = Storage("7", np.arange(8, dtype="<f4"), torch.FloatStorage)
    path = tmp_path / "a.pth"
    write(path, {"a": Tensor(floats, 4, (5,), (1,))}, [floats])
    with pytest.raises(ValueError, match="outside of its storage"):
        torch_file.read(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(3)])
def test_files_of_another_kind(tmp_path, content):
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="must be a PyTorch file of tensors"):
        torch_file.read(path)


def test_a_file_that_is_cut_off(tmp_path, torch):
    floats = Storage("7", np.arange(8, dtype="<f4"), torch.FloatStorage)
    path = tmp_path / "a.pth"
    write(path, {"a": Tensor(floats, 0, (8,), (1,))}, [floats])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="must be a PyTorch file"):
        torch_file.read(path)


def test_other_weights_are_refused(tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(b"other")
    with pytest.raises(ValueError, match=f"{weights.SHA256}.*is d9298a10d1b0"):
        weights.load(path)


def test_the_package_and_its_extra_are_named(monkeypatch):
    monkeypatch.setattr(weights, "MODULE", "no_such_module")
    with pytest.raises(ImportError, match=r"keras-ceb\[transfer\]"):
        weights.path()
