"""How well the scores of a model tell other images from those of its kind."""

import keras
import numpy as np

from keras_ceb.robustness import ood


def scores(model, images, batch_size=250):
    """Scores that are larger for images unlike the training data, by name.

    Args:
        model: A `CEBModel`.
        images: Array in the range of the model.
        batch_size: Images at a time.

    Returns:
        {name: `[n]`}. Max-softmax and energy from the logits; where there is a
        bottleneck, the residual information of the predicted class and the
        negative log-density of the marginal.
    """
    parts = {}
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        logits = keras.ops.convert_to_numpy(model(batch, training=False))
        found = {
            "max-softmax": ood.max_softmax(logits),
            "energy": ood.energy(logits),
        }
        if model.has_bottleneck:
            found["residual information"] = model.residual_information(
                batch, logits.argmax(axis=1)
            )
            found["marginal"] = model.ood_score(batch)
        for name, values in found.items():
            values = keras.ops.convert_to_numpy(values)
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


def separations(inside, outside):
    """How well each score separates two sets.

    Args:
        inside: What `scores` returned of images of the model's kind.
        outside: Of other images.

    Returns:
        {name: {"auroc", "aupr", "fpr"}}; `fpr` where 95 % of the other images
        are found.
    """
    return {
        name: {
            "auroc": ood.auroc(values, outside[name]),
            "aupr": ood.aupr(values, outside[name]),
            "fpr": ood.fpr_at_tpr(values, outside[name]),
        }
        for name, values in inside.items()
    }
