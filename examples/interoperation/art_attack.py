"""The Adversarial Robustness Toolbox attacks a CEB classifier (TensorFlow).

pip install adversarial-robustness-toolbox scikit-learn
python examples/interoperation/art_attack.py
"""

import keras
import numpy as np
from absl import app
from art.attacks.evasion import SquareAttack
from art.estimators.classification import TensorFlowV2Classifier
from digits_model import trained_digits_model


def art_classifier(model, input_shape, num_classes, bounds=(0.0, 1.0)):
    """`model` for ART, whose attacks take and return NumPy arrays."""
    return TensorFlowV2Classifier(
        model=model,
        nb_classes=num_classes,
        input_shape=tuple(input_shape),
        loss_object=keras.losses.SparseCategoricalCrossentropy(
            from_logits=True
        ),
        clip_values=bounds,
    )


def main(_):
    model, x, y = trained_digits_model()
    attack = SquareAttack(
        art_classifier(model, x.shape[1:], 10),
        norm=np.inf,
        eps=0.1,
        max_iter=500,
    )
    adversarial = attack.generate(x, y)
    logits = model.predict(adversarial, verbose=0)
    accuracy = np.mean(logits.argmax(axis=1) == y)
    print(f"accuracy under ART's Square attack: {accuracy:.4f}")


if __name__ == "__main__":
    app.run(main)
