"""`wrap`: from any Keras backbone to a CEB classifier."""

import warnings
from collections.abc import Sequence

import keras

from keras_ceb._src.layers.class_conditional_marginal import (
    ClassConditionalMarginal,
)
from keras_ceb._src.layers.consistent_classifier import ConsistentClassifier
from keras_ceb._src.layers.stochastic_encoder import StochasticEncoder
from keras_ceb._src.model import OBJECTIVES
from keras_ceb._src.model import CEBModel
from keras_ceb._src.schedules import Schedule
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import optional_seed
from keras_ceb._src.validation import positive_integer

CLASSIFIERS = ("linear", "consistent")


def wrap(
    backbone: keras.layers.Layer,
    num_classes: int = 1000,
    *,
    rho: float | Schedule = 3.0,
    classifier: str = "linear",
    objective: str = "ceb",
    z_dim: int | None = None,
    class_prior: Sequence[float] | None = None,
    weight_decay: float = 0.0,
    seed: int | None = None,
    name: str | None = None,
) -> CEBModel:
    """Turns a backbone into a CEB classifier.

    Build it inside `strategy.scope()` to train under a `tf.distribute`
    strategy.

    Args:
        backbone: A Keras model that maps inputs to features: Functional,
            Sequential or subclassed, from `keras.applications`, keras-cv or
            keras-hub, without its classification top. Features of rank 3 to
            5 are averaged over tokens or space.
        num_classes: Number of classes, at least 2. Defaults to ImageNet's.
        rho: Strength of the bottleneck; lower compresses more. A number
            stands for `schedules.default(rho, num_classes)`, which holds the
            bottleneck open until the classifier has begun to learn; or a
            schedule from `keras_ceb.schedules`.
        classifier: `"linear"`, a dense layer on the encoding, or
            `"consistent"`, Bayes' rule with the class-conditional marginal.
        objective: `"ceb"`, `"vib"`, or `"xent"` for the deterministic
            baseline with the same head and plain cross-entropy.
        z_dim: Size of the encoding, or `None` to take the features as they
            are.
        class_prior: Probabilities of the classes, `[num_classes]`, for the
            consistent classifier. Defaults to uniform.
        weight_decay: Adds `weight_decay` times half the sum of squares
            (`tf.nn.l2_loss`) of all trainable weights but BatchNorm's to the
            loss, those of the head and its biases included, as the paper's
            base network does with 1e-4. It is part of the gradient, unlike
            the decoupled `weight_decay` of Keras's optimizers.
        seed: Integer seed, from 0 to 2**32 - 1, of the head's initial values
            and of the noise.
        name: Name of the model.

    Returns:
        A `CEBModel`, not compiled.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is not possible; the text says which.

    Example:

    ```python
    backbone = keras.applications.ResNet50(include_top=False, weights=None)
    model = keras_ceb.wrap(backbone)
    model.compile("adam", metrics=["accuracy"])
    ```

    Reference: Fischer and Alemi (2020), sections 2.2 and 2.3, Listings 1-3.
    """
    num_classes = positive_integer(num_classes, "num_classes", minimum=2)
    one_of(classifier, "classifier", CLASSIFIERS)
    one_of(objective, "objective", OBJECTIVES)
    seed = optional_seed(seed)
    if objective == "vib" and classifier == "consistent":
        raise ValueError(
            "`classifier='consistent'` needs a class-conditional marginal, "
            "which VIB does not have. Use objective='ceb' or "
            f"classifier='linear'. Received: objective={objective!r}, "
            f"classifier={classifier!r}"
        )
    if isinstance(backbone, keras.Model) and _ends_in_classifier(backbone):
        warnings.warn(
            f"`backbone` {backbone.name!r} seems to end in a classifier "
            f"(layer {backbone.layers[-1].name!r}). CEB needs features: build "
            "the backbone with `include_top=False`, or cut off the layer.",
            stacklevel=2,
        )
    return CEBModel(
        backbone,
        StochasticEncoder(z_dim, seed=seed, name="encoder"),
        *_head(num_classes, classifier, objective, z_dim, class_prior, seed),
        num_classes=num_classes,
        objective=objective,
        rho=rho,
        weight_decay=weight_decay,
        name=name,
    )


def _head(num_classes, classifier, objective, z_dim, class_prior, seed):
    """The classifier and the marginal."""
    marginal = None
    if objective != "xent" or classifier == "consistent":
        marginal = ClassConditionalMarginal(
            1 if objective == "vib" else num_classes,
            z_dim,
            means_initializer=keras.initializers.GlorotUniform(seed=seed),
            name="marginal",
        )
    if classifier == "consistent":
        head = ConsistentClassifier(marginal, class_prior, name="classifier")
        return head, marginal
    if class_prior is not None:
        raise ValueError(
            "`class_prior` is for classifier='consistent' only. "
            f"Received: class_prior={class_prior!r}, classifier={classifier!r}"
        )
    # The initial values of the reference ResNet's final layer (Listing 2).
    head = keras.layers.Dense(
        num_classes,
        kernel_initializer=keras.initializers.RandomNormal(
            stddev=0.01, seed=seed
        ),
        dtype="float32",
        name="classifier",
    )
    return head, marginal


def _ends_in_classifier(backbone):
    """Whether the backbone's last layer looks like a classification top."""
    last = backbone.layers[-1] if backbone.layers else None
    return (
        isinstance(last, keras.layers.Softmax)
        # The name that every network of keras.applications gives its top.
        or getattr(last, "name", None) == "predictions"
        or getattr(last, "activation", None)
        in (keras.activations.softmax, keras.activations.sigmoid)
    )
