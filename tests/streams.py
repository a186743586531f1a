"""The kinds of batches that users give to `fit`."""

import keras
import pytest


class Batches(keras.utils.PyDataset):
    def __init__(self, *arrays, batch_size=4):
        super().__init__()
        self.arrays = arrays
        self.batch_size = batch_size

    def __len__(self):
        return -(-len(self.arrays[0]) // self.batch_size)

    def __getitem__(self, index):
        start = index * self.batch_size
        return tuple(a[start : start + self.batch_size] for a in self.arrays)


def stream(kind, *arrays):
    if kind == "dataset":
        tf = pytest.importorskip("tensorflow")
        return tf.data.Dataset.from_tensor_slices(arrays).batch(4)
    if kind == "generator":
        batches = Batches(*arrays)
        return (batches[i % len(batches)] for i in range(100))
    if kind == "dataloader":
        torch = pytest.importorskip("torch")
        rows = torch.utils.data.TensorDataset(*map(torch.tensor, arrays))
        return torch.utils.data.DataLoader(rows, batch_size=4)
    return Batches(*arrays)


STREAMS = ["dataloader", "dataset", "generator", "pydataset"]
