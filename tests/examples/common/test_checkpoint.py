"""Checkpoints are there whole or not at all."""

import keras
import numpy as np
import pytest

import keras_ceb
from examples.common.checkpoint import Checkpoint
from tests import toy


def fit(folder, epochs, **options):
    """A model after `epochs` epochs, from the last checkpoint on."""
    keras.utils.set_random_seed(0)
    x, y = toy.data(16)
    model = toy.model(2.0, optimizer=keras.optimizers.SGD(0.1, momentum=0.9))
    checkpoints = Checkpoint(folder, **options)
    first = checkpoints.restore(model)
    model.fit(
        x,
        y,
        batch_size=8,
        shuffle=False,
        initial_epoch=first,
        epochs=epochs,
        callbacks=[checkpoints],
        verbose=0,
    )
    return first, model


def state(model):
    """Weights and optimizer variables, as arrays."""
    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(v) for v in variables]


def test_a_run_goes_on_where_it_was(tmp_path):
    _, straight = fit(tmp_path / "straight", 3)
    assert fit(tmp_path / "killed", 2)[0] == 0
    # Killed while it wrote: what is not whole does not count.
    (tmp_path / "killed" / "partial").write_bytes(b"half")
    first, resumed = fit(tmp_path / "killed", 3)
    assert first == 2
    assert resumed.optimizer.iterations == 6
    for one, other in zip(state(resumed), state(straight), strict=True):
        np.testing.assert_array_equal(one, other)
    # The last two are kept.
    names = sorted(p.name for p in (tmp_path / "killed").glob("epoch*"))
    assert names == ["epoch_00002.weights.h5", "epoch_00003.weights.h5"]


def test_a_file_system_of_tensorflow(tmp_path):
    epath = pytest.importorskip("etils.epath")
    pytest.importorskip("tensorflow")
    # Not a `pathlib.Path`: what a bucket looks like.
    folder = epath.Path(tmp_path / "bucket")
    fit(folder, 1)
    first, _ = fit(folder, 2)
    assert first == 1
    names = sorted(p.name for p in (tmp_path / "bucket").iterdir())
    assert names == ["epoch_00001.weights.h5", "epoch_00002.weights.h5"]


def test_one_process_writes(tmp_path):
    fit(tmp_path / "nothing", 1, write=False)
    assert not (tmp_path / "nothing").exists()
    _, model = fit(tmp_path / "chief", 1)
    first, other = fit(tmp_path / "chief", 1, write=False)
    assert first == 1
    for one, expected in zip(
        other.get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, expected)


@pytest.mark.tf_only
def test_under_a_strategy(tmp_path):
    import tensorflow as tf

    strategy = toy.strategy()
    x, y = toy.data(16)
    checkpoints = Checkpoint(tmp_path)
    models = []
    for epochs in (1, 2):
        with strategy.scope():
            models.append(toy.model())
            first = checkpoints.restore(models[-1])
        assert first == epochs - 1
        if first:
            for one, other in zip(*map(state, models), strict=True):
                np.testing.assert_array_equal(one, other)
        models[-1].fit(
            tf.data.Dataset.from_tensor_slices((x, y)).batch(8),
            initial_epoch=first,
            epochs=epochs,
            callbacks=[keras_ceb.callbacks.StopOnNaN(), checkpoints],
            verbose=0,
        )
    assert models[-1].optimizer.iterations.numpy() == 4


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="`workdir` must be a folder that can"):
        Checkpoint(tmp_path / "file" / "checkpoints")
