"""Foolbox attacks a CEB classifier (TensorFlow backend).

A `CEBModel` is a Keras model, so Foolbox takes it directly. What needs care is
shown here: no noise, labels as int64 (Foolbox's int32 path needs a NumPy older
than 2), and images inside the bounds.

    pip install foolbox scikit-learn
    python examples/interoperation/foolbox_attack.py
"""

import foolbox
import numpy as np
import tensorflow as tf
from absl import app
from digits_model import trained_digits_model


def foolbox_model(model, bounds=(0.0, 1.0)):
    """`model` for Foolbox: its logits in inference mode, in float32."""

    def logits(x):
        return tf.cast(model(x, training=False), tf.float32)

    return foolbox.TensorFlowModel(logits, bounds=bounds)


def foolbox_labels(y):
    """Labels in the only form that every Foolbox attack takes."""
    return tf.constant(np.asarray(y), tf.int64)


def main(_):
    model, x, y = trained_digits_model()
    attack = foolbox.attacks.LinfPGD(steps=20)
    _, _, fooled = attack(
        foolbox_model(model), tf.constant(x), foolbox_labels(y), epsilons=0.1
    )
    print(f"accuracy under Foolbox's PGD: {1 - np.mean(fooled.numpy()):.4f}")


if __name__ == "__main__":
    app.run(main)
