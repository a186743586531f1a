"""Models go to files and come back whole, also in another process."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb import schedules
from tests import toy
from tests.layers import oracle

# What a user's process looks like that has only imported the two packages;
# compiled like this process, as it must give the same figures.
FRESH = """
import json, sys
from tests import quick_compilation
quick_compilation.set_up()
import keras
import keras_ceb
import numpy as np

model_path, data_path, result_path = sys.argv[1:]
data = np.load(data_path)
model = keras.models.load_model(model_path)
result = {
    "logits": model.predict(data["x"], verbose=0).tolist(),
    "iterations": int(model.optimizer.iterations),
    "rho": float(keras.ops.convert_to_numpy(model.current_rho.value)),
    "jump_step": int(keras.ops.convert_to_numpy(model.jump_step.value)),
}
history = model.fit(
    data["x"], data["y"], shuffle=False, batch_size=4, epochs=2, verbose=0
).history
result["history"] = history
with open(result_path, "w") as f:
    json.dump(result, f)
"""

SCHEDULE = schedules.JumpStart(
    1.0, 3, threshold=0.05, warmup_epochs=1, anneal_epochs=4
)


@pytest.mark.parametrize(
    "classifier",
    [pytest.param("linear", marks=pytest.mark.slow), "consistent"],
)
def test_keras_file_in_a_fresh_process(tmp_path, classifier):
    x, y = toy.data(12)
    inputs = keras.Input((5,))
    # Without a seed, Keras's dropout draws from PyTorch's own generator, whose
    # state no file holds.
    seed = 3 if keras.config.backend() == "torch" else None
    hidden = keras.layers.Dropout(0.5, seed=seed)(keras.layers.Dense(4)(inputs))
    model = keras_ceb.wrap(
        keras.Model(inputs, hidden, name="nested"),
        3,
        rho=SCHEDULE,
        classifier=classifier,
        z_dim=6,
    )
    model.compile(keras.optimizers.Adam(0.02), metrics=["accuracy"])
    options = {"shuffle": False, "batch_size": 4, "verbose": 0}
    model.fit(x, y, epochs=2, **options)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    subprocess.run(
        [
            sys.executable,
            "-c",
            FRESH,
            tmp_path / "model.keras",
            tmp_path / "data.npz",
            tmp_path / "result.json",
        ],
        check=True,
    )
    result = json.loads((tmp_path / "result.json").read_text())
    np.testing.assert_allclose(
        result["logits"], model.predict(x, verbose=0), rtol=1e-6
    )
    assert result["iterations"] == 6
    jump_step = int(ops.convert_to_numpy(model.jump_step.value))
    assert result["jump_step"] == jump_step >= 0
    rho = float(ops.convert_to_numpy(model.current_rho.value))
    assert result["rho"] == pytest.approx(rho)
    # It goes on as this process does: the noise, the dropout, the optimizer.
    history = model.fit(x, y, epochs=2, **options).history
    assert result["history"].keys() == history.keys()
    for name, expected in history.items():
        np.testing.assert_allclose(
            result["history"][name], expected, rtol=1e-6, err_msg=name
        )


@pytest.mark.parametrize("objective", ["ceb", "vib", "xent"])
@pytest.mark.parametrize("rho", [2.0, SCHEDULE])
def test_configuration_survives(tmp_path, objective, rho):
    model = toy.model(rho, objective=objective, name="named")
    model.save(tmp_path / "model.keras")
    revived = keras.models.load_model(tmp_path / "model.keras")
    assert revived.name == "named"
    for name in ("num_classes", "objective"):
        assert getattr(revived, name) == getattr(model, name)
    assert type(revived.schedule) is type(model.schedule)
    assert revived.schedule.get_config() == model.schedule.get_config()
    for name in ("encoder", "classifier", "backbone"):
        one, other = getattr(revived, name), getattr(model, name)
        assert one.name == other.name
        assert type(one) is type(other)


def test_weights_only(tmp_path):
    x, y = toy.data()
    model = toy.model(eagerly=True)
    model.fit(x, y, verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    other = toy.model(seed=5)
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(
        other.predict(x, verbose=0), model.predict(x, verbose=0)
    )


def test_learned_covariances(tmp_path):
    x, _ = toy.data(4)
    model = toy.model(compile=False, **toy.FAMILY)
    for layer in (model.encoder, model.marginal):
        oracle.randomize(layer)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    from_weights = toy.model(compile=False, seed=5, **toy.FAMILY)
    from_weights.load_weights(tmp_path / "model.weights.h5")
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    for other in (
        keras.models.load_model(tmp_path / "model.keras"),
        from_weights,
        clone,
    ):
        assert other.classifier.marginal is other.marginal
        one, two = model.forward_pass(x), other.forward_pass(x)
        for name in ("logits", "mean", "scale"):
            np.testing.assert_array_equal(
                *(ops.convert_to_numpy(getattr(e, name)) for e in (one, two))
            )
        assert other.encoder.covariance == "diagonal"
        assert other.marginal.covariance == "full"
        assert other.marginal.components == 2


@pytest.mark.parametrize("classifier", ["linear", "consistent"])
def test_clone_model(classifier):
    x, y = toy.data()
    model = toy.model(classifier=classifier)
    clone = keras.models.clone_model(model)
    assert clone.backbone is not model.backbone
    if classifier == "consistent":
        assert clone.classifier.marginal is clone.marginal
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(
        clone.predict(x, verbose=0), model.predict(x, verbose=0)
    )
    clone.compile("sgd", run_eagerly=True)
    clone.fit(x, y, verbose=0)


def test_a_subclassed_backbone(tmp_path):
    @keras.saving.register_keras_serializable(package="tests")
    class Backbone(keras.Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.dense = keras.layers.Dense(units)

        def build(self, input_shape):
            self.dense.build(input_shape)
            self.built = True

        def call(self, x):
            return self.dense(x)

        def get_config(self):
            return {"name": self.name, "units": self.units}

    x, y = toy.data()
    model = keras_ceb.wrap(Backbone(4), 3, z_dim=2)
    model.compile("adam")
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    revived = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        revived.predict(x, verbose=0), model.predict(x, verbose=0)
    )
    revived.fit(x, y, verbose=0)


@pytest.mark.tf_only
def test_export_has_no_randomness(tmp_path):
    import tensorflow as tf

    x, _ = toy.data()
    model = toy.model()
    # As it comes from a file, before any call.
    model.save(tmp_path / "model.keras")
    revived = keras.models.load_model(tmp_path / "model.keras")
    revived.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    for _ in range(2):
        np.testing.assert_allclose(
            served.serve(x), model.predict(x, verbose=0), rtol=1e-6
        )
    graph = served.signatures["serving_default"].graph.as_graph_def()
    nodes = list(graph.node)
    for function in graph.library.function:
        nodes.extend(function.node_def)
    assert nodes
    assert not [n.op for n in nodes if "Random" in n.op]
