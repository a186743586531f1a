"""Reads the tensors of a PyTorch file of the old format, without PyTorch.

The file is not a zip: a few pickles (a magic number, a protocol, facts of the
machine, the tensors' places, the keys of the storages), then for each storage a
count and its raw data. Only the four names that such files need are resolved,
to functions of this module, so that nothing in the file is executed.
"""

import collections
import pickle

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001

_STORAGES = {
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Tensor:
    """The place of a tensor in a storage whose data comes later."""

    def __init__(self, storage, offset, size, stride, *_):
        self.key, self.dtype, self.count = storage
        self.offset, self.size, self.stride = offset, size, stride

    def array(self, storages):
        """The tensor, by its strides: many are not contiguous."""
        places = zip(self.size, self.stride, strict=True)
        last = self.offset + sum((n - 1) * step for n, step in places)
        data = storages[self.key]
        numbers = [self.offset, *self.stride, *self.size]
        if min(numbers) < 0 or last >= len(data):
            raise ValueError("a tensor lies outside of its storage")
        view = np.lib.stride_tricks.as_strided(
            data[self.offset :],
            self.size,
            [self.dtype.itemsize * s for s in self.stride],
        )
        return np.array(view)


class _Unpickler(pickle.Unpickler):
    """Knows the four names of a file of tensors, and no other."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if (module, name) in _STORAGES:
            return _STORAGES[module, name]
        raise pickle.UnpicklingError(f"it holds {module}.{name}")

    def persistent_load(self, saved_id):
        kind, dtype, key, _, count, view = saved_id
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"it holds {kind!r}, of {view!r}")
        return key, dtype, count


def read(path):
    """The tensors of a file, {name: NumPy array}.

    Args:
        path: Of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a whole file of tensors of the old format.
    """
    with open(path, "rb") as file:
        try:
            return _read(file)
        # Whatever `pickle` raises for a file of another kind.
        except Exception as error:
            raise ValueError(
                "`path` must be a PyTorch file of tensors of the format before "
                f"PyTorch 1.6. Received: path={str(path)!r} ({error})"
            ) from error


def _read(file):
    head = [_Unpickler(file).load() for _ in range(3)]
    if head[:2] != [MAGIC, PROTOCOL] or not head[2]["little_endian"]:
        raise ValueError("it has another magic number, protocol or byte order")
    tensors = _Unpickler(file).load()
    dtypes = {tensor.key: tensor.dtype for tensor in tensors.values()}
    storages = {}
    for key in _Unpickler(file).load():
        count = int.from_bytes(file.read(8), "little")
        data = file.read(count * dtypes[key].itemsize)
        storages[key] = np.frombuffer(data, dtypes[key], count)
    return {name: t.array(storages) for name, t in tensors.items()}
