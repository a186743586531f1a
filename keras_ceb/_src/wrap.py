"""`wrap`: from any Keras backbone to a CEB classifier."""

import warnings
from typing import Any

import keras

from keras_ceb._src.layers.class_conditional_marginal import COVARIANCES
from keras_ceb._src.layers.class_conditional_marginal import (
    ClassConditionalMarginal,
)
from keras_ceb._src.layers.consistent_classifier import ConsistentClassifier
from keras_ceb._src.layers.stochastic_encoder import StochasticEncoder
from keras_ceb._src.model import OBJECTIVES
from keras_ceb._src.model import CEBModel
from keras_ceb._src.schedules.schedule import Schedule
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import optional_seed
from keras_ceb._src.validation import positive_integer

CONSISTENT = "consistent"
CLASSIFIERS = ("linear", CONSISTENT)


def wrap(
    backbone: keras.layers.Layer,
    num_classes: int = 1000,
    *,
    rho: float | Schedule = 3.0,
    classifier: str | keras.layers.Layer = "linear",
    objective: str = "ceb",
    z_dim: int | None = None,
    covariance: str = "unit",
    components: int = 1,
    weight_decay: float = 0.0,
    seed: int | None = None,
    **kwargs: Any,
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
            selects `schedules.default(rho, num_classes)`, which keeps the
            bottleneck open until the classifier has begun to learn. Or a
            schedule from `keras_ceb.schedules`.
        classifier: `"linear"`, a dense layer on the encoding;
            `"consistent"`, Bayes' rule with the class-conditional marginal;
            or a layer that maps encodings `[batch, z_dim]` to logits
            `[batch, num_classes]`, such as a `ConsistentClassifier` with a
            `class_prior`.
        objective: `"ceb"`, `"vib"`, or `"xent"` for the deterministic
            baseline with the same head and plain cross-entropy.
        z_dim: Size of the encoding, or `None` to take the features as they
            are.
        covariance: `"unit"`, the paper's; `"diagonal"`, learned variances of
            the encoder and of the marginal; or `"full"`, a diagonal encoder
            and a marginal of full covariance, for a `z_dim` of at most 128.
            A `classifier` that is a `ConsistentClassifier` has a marginal of
            its own, and the argument is for the encoder alone.
        components: Number of Gaussians per class in the marginal; under
            `"vib"`, in the one marginal of all classes. Above 1 it is a
            mixture.
        weight_decay: Adds `weight_decay` times half the sum of squares
            (`tf.nn.l2_loss`) of all trainable weights except BatchNorm's to
            the loss, including the head and its biases, as the paper's base
            network does with 1e-4. It is part of the gradient, unlike the
            decoupled `weight_decay` of Keras's optimizers.
        seed: Integer seed, from 0 to 2**32 - 1, of the head's initial values
            and of the noise; a `classifier` that is a layer has its own.
        **kwargs: Those of `keras.Model`: `name`, `dtype`, `trainable`.

    Returns:
        A `CEBModel` that is not compiled.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid.

    Example:

    ```python
    backbone = keras.applications.ResNet50(include_top=False, weights=None)
    model = keras_ceb.wrap(backbone)
    model.compile("adam", metrics=["accuracy"])
    ```

    Classes that are not equally frequent, under the consistent classifier:

    ```python
    marginal = keras_ceb.layers.ClassConditionalMarginal(3)
    classifier = keras_ceb.layers.ConsistentClassifier(
        marginal, class_prior=[0.5, 0.3, 0.2]
    )
    model = keras_ceb.wrap(backbone, 3, classifier=classifier)
    ```

    VIB with learned variances and a mixture of ten Gaussians as its marginal:

    ```python
    model = keras_ceb.wrap(
        backbone,
        10,
        objective="vib",
        z_dim=16,
        covariance="diagonal",
        components=10,
    )
    ```

    Reference: Fischer and Alemi (2020), sections 2.2 and 2.3, Listings 1-3.
    """
    num_classes = positive_integer(num_classes, "num_classes", minimum=2)
    one_of(objective, "objective", OBJECTIVES)
    seed = optional_seed(seed)
    family = _family(covariance, components, objective, classifier)
    head, marginal = _head(
        num_classes, classifier, objective, z_dim, seed, family
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
        StochasticEncoder(
            z_dim,
            covariance="unit" if covariance == "unit" else "diagonal",
            seed=seed,
            name="encoder",
        ),
        head,
        marginal,
        num_classes=num_classes,
        objective=objective,
        rho=rho,
        weight_decay=weight_decay,
        **kwargs,
    )


def _family(
    covariance: str,
    components: int,
    objective: str,
    classifier: str | keras.layers.Layer,
) -> dict[str, Any]:
    """The arguments that choose the distribution of the marginal."""
    one_of(covariance, "covariance", COVARIANCES)
    components = positive_integer(components, "components")
    if objective == "xent" and (covariance, components) != ("unit", 1):
        raise ValueError(
            "`covariance` must be 'unit' and `components` 1 under the "
            "objective 'xent', which has no bottleneck. Received: "
            f"covariance={covariance!r}, components={components}"
        )
    if isinstance(classifier, ConsistentClassifier):
        own = classifier.marginal.components
        if components not in (1, own):
            raise ValueError(
                "`components` must be that of the marginal of `classifier`, "
                f"{own}, or not be given. Received: components={components}"
            )
    return {"covariance": covariance, "components": components}


def _head(
    num_classes: int,
    classifier: str | keras.layers.Layer,
    objective: str,
    z_dim: int | None,
    seed: int | None,
    family: dict[str, Any],
) -> tuple[keras.layers.Layer, ClassConditionalMarginal | None]:
    """The classifier and the marginal."""
    if isinstance(classifier, keras.layers.Layer):
        consistent = isinstance(classifier, ConsistentClassifier)
    else:
        consistent = one_of(classifier, "classifier", CLASSIFIERS) == CONSISTENT
    if consistent and objective == "vib":
        raise ValueError(
            "`classifier` must not be consistent under VIB, which has no "
            "class-conditional marginal. Use objective='ceb' or "
            f"classifier='linear'. Received: objective={objective!r}, "
            f"classifier={classifier!r}"
        )
    if isinstance(classifier, ConsistentClassifier):
        if classifier.marginal.num_classes != num_classes:
            raise ValueError(
                "`classifier` must have `num_classes` classes. Received: "
                f"num_classes={num_classes!r}, and a classifier of "
                f"{classifier.marginal.num_classes}"
            )
        return classifier, classifier.marginal
    marginal = ClassConditionalMarginal(
        1 if objective == "vib" else num_classes,
        z_dim,
        **family,
        means_initializer=keras.initializers.GlorotUniform(seed=seed),
        name="marginal",
    )
    if consistent:
        return ConsistentClassifier(marginal, name="classifier"), marginal
    needed = marginal if objective != "xent" else None
    if isinstance(classifier, keras.layers.Layer):
        return classifier, needed
    # The initial values of the reference ResNet's final layer (Listing 2).
    head = keras.layers.Dense(
        num_classes,
        kernel_initializer=keras.initializers.RandomNormal(
            stddev=0.01, seed=seed
        ),
        dtype="float32",
        name="classifier",
    )
    return head, needed


def _ends_in_classifier(backbone: keras.Model) -> bool:
    """Whether the backbone's last layer looks like a classification top."""
    last = backbone.layers[-1] if backbone.layers else None
    return (
        isinstance(last, keras.layers.Softmax)
        # The name that every network of keras.applications gives its top.
        or getattr(last, "name", None) == "predictions"
        or getattr(last, "activation", None)
        in (keras.activations.softmax, keras.activations.sigmoid)
    )
