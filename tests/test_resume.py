"""A run that is killed ends where it would have ended."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

# Trains for eight epochs, backed up after each; writes the final weights.
TRAIN = """
import sys
from tests import quick_compilation
quick_compilation.set_up()
import keras
import numpy as np
import keras_ceb
from keras_ceb import schedules
from tests import toy

folder, pause = sys.argv[1], float(sys.argv[2])
options = toy.FAMILY if sys.argv[3] == "family" else {}
keras.utils.set_random_seed(0)
x, y = toy.data(64)
# Without a seed, Keras's dropout draws from PyTorch's own generator, whose
# state no file holds.
seed = 3 if keras.config.backend() == "torch" else None
dropout = keras.layers.Dropout(0.2, seed=seed)
backbone = keras.Sequential(
    [keras.Input((5,)), keras.layers.Dense(16), dropout]
)
schedule = schedules.JumpStart(1.0, 8, warmup_epochs=1, anneal_epochs=3)
model = keras_ceb.wrap(backbone, 3, rho=schedule, seed=0, **options)
model.compile(keras.optimizers.Adam(0.01), metrics=["accuracy"])


class Pause(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        import time

        time.sleep(pause)


model.fit(
    x,
    y,
    batch_size=8,
    shuffle=False,
    epochs=8,
    verbose=0,
    callbacks=[
        keras.callbacks.BackupAndRestore(folder + "/backup"),
        keras.callbacks.CSVLogger(folder + "/log.csv", append=True),
        Pause(),
    ],
)
np.savez(folder + "/end.npz", *model.get_weights())
"""


def start(folder, pause, kind):
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", TRAIN, str(folder), str(pause), kind],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.parametrize(
    "kind", ["unit", pytest.param("family", marks=pytest.mark.slow)]
)
def test_killed_training_ends_with_the_same_weights(
    tmp_path, monkeypatch, kind
):
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    process = start(killed, 0.05, kind)
    metadata = killed / "backup" / "training_metadata.json"
    deadline = time.time() + 240
    while time.time() < deadline:
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.02)
        try:
            if json.loads(metadata.read_text())["epoch"] >= 3:
                break
        except (OSError, ValueError):
            continue
    else:
        pytest.fail("no backup was written")
    time.sleep(0.1)  # Into the middle of an epoch.
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "end.npz").exists()

    assert start(killed, 0.0, kind).wait() == 0
    straight.mkdir()
    monkeypatch.setattr(sys, "argv", ["train", str(straight), "0.0", kind])
    exec(compile(TRAIN, "train", "exec"), {})
    one, other = (np.load(f / "end.npz") for f in (straight, killed))
    assert one.files == other.files
    for name in one.files:
        np.testing.assert_array_equal(one[name], other[name])
