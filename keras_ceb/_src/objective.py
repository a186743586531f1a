"""The CEB objective as pure functions, in the symbols of the paper.

All quantities are in nats and in float32, whatever the backbone computes in.
Shapes: `batch` examples, `z_dim` dimensions of the encoding, `num_classes`.
Equations are those of Fischer and Alemi, "CEB Improves Model Robustness"
(2020), https://arxiv.org/abs/2002.05380.
"""

from keras import ops

from keras_ceb._src.typing import Tensor


def residual_information(
    mean: Tensor, marginal_mean: Tensor, noise: Tensor | None = None
) -> Tensor:
    """Residual information of each example, a bound on I(X;Z|Y).

    The log-ratio of the encoder e(z|x) = N(mean, I) and the marginal
    b(z|y) = N(marginal_mean, I) at z = mean + noise is

        rex = 1/2 (f - mu_y) . (f - mu_y + 2 eps),

    and without noise its expectation, the Kullback-Leibler divergence
    1/2 |f - mu_y|^2. It is never formed as a difference of two log
    densities: at a few thousand dimensions these cancel.

    Args:
        mean: Encoder means f(x), `[batch, z_dim]`.
        marginal_mean: Marginal means mu_y, broadcastable to `mean`.
        noise: The noise eps of the sample z, `[batch, z_dim]`, or `None` for
            the closed form.

    Returns:
        Nats, `[batch]`, float32. A sample can be negative, its mean cannot.

    Reference: equation 9.
    """
    mean = ops.cast(mean, "float32")
    difference = mean - ops.cast(marginal_mean, "float32")
    if noise is None:
        return 0.5 * ops.sum(ops.square(difference), axis=-1)
    noise = ops.cast(noise, "float32")
    return 0.5 * ops.sum(difference * (difference + 2.0 * noise), axis=-1)


def classification_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-log c(y|z) of each example, whose mean bounds H(Y|Z) from above.

    Args:
        logits: Unnormalized log-probabilities, `[batch, num_classes]`.
        labels: Integers `[batch]`, or target probabilities
            `[batch, num_classes]`, for which the result is the
            cross-entropy under these probabilities.

    Returns:
        Nats, `[batch]`, float32.

    Reference: equation 8.
    """
    log_probabilities = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
    if len(labels.shape) == 1:
        labels = ops.expand_dims(ops.cast(labels, "int32"), axis=-1)
        chosen = ops.take_along_axis(log_probabilities, labels, axis=-1)
        return -ops.squeeze(chosen, axis=-1)
    labels = ops.cast(labels, "float32")
    # A class that has no target probability contributes nothing, even where
    # its log-probability is minus infinity.
    terms = ops.where(labels == 0.0, 0.0, labels * log_probabilities)
    return -ops.sum(terms, axis=-1)


def consistent_logits(
    z: Tensor, class_means: Tensor, log_prior: Tensor | None = None
) -> Tensor:
    """Logits of the consistent classifier, log b(z|y) + log p(y) + constant.

    The terms that all classes share, -1/2 |z|^2 and the normalizer of the
    Gaussian, are left out: they change no probability, cost float32 digits,
    and without them no `[batch, num_classes, z_dim]` tensor is needed:

        logits = z . mu_y - 1/2 |mu_y|^2 + log p(y).

    Args:
        z: Encodings, `[batch, z_dim]`.
        class_means: Means mu_y of all classes, `[num_classes, z_dim]`.
        log_prior: Log-probabilities log p(y) of the classes,
            `[num_classes]`, or `None` for a uniform prior.

    Returns:
        Logits, `[batch, num_classes]`, float32.

    Reference: equation 11.
    """
    z = ops.cast(z, "float32")
    class_means = ops.cast(class_means, "float32")
    bias = -0.5 * ops.sum(ops.square(class_means), axis=-1)
    if log_prior is not None:
        bias = bias + ops.cast(log_prior, "float32")
    return ops.matmul(z, ops.transpose(class_means)) + bias


def ceb_weight(rho: Tensor) -> Tensor:
    """The weight exp(-rho) of the residual information in CEB.

    Args:
        rho: Any real number, or a tensor of them.

    Reference: equation 6.
    """
    return ops.exp(-ops.cast(rho, "float32"))


def vib_weight(rho: Tensor) -> Tensor:
    """The weight sigma(-rho) of the rate in VIB.

    Args:
        rho: Any real number, or a tensor of them.

    Reference: equation 7 and footnote 1.
    """
    return ops.sigmoid(-ops.cast(rho, "float32"))


def ceb_loss(hyz: Tensor, rex: Tensor, rho: Tensor) -> Tensor:
    """The CEB objective, hyz + exp(-rho) rex, in nats.

    Args:
        hyz: -log c(y|z), `[batch]`, see `classification_entropy`.
        rex: Residual information under the marginal of the label's class,
            `[batch]`, see `residual_information`.
        rho: Strength of the bottleneck, any real number; it loosens as rho
            grows.

    Returns:
        Nats, `[batch]`, float32.

    Reference: equation 6.
    """
    return ops.add(hyz, ops.multiply(ceb_weight(rho), rex))


def vib_loss(hyz: Tensor, rate: Tensor, rho: Tensor) -> Tensor:
    """The VIB objective, hyz + sigma(-rho) rate, in nats.

    The paper prints equation 7 with the sign of its first term flipped.

    Args:
        hyz: -log c(y|z), `[batch]`.
        rate: log e(z|x) - log q(z) under the one marginal of all classes,
            `[batch]`: `residual_information` with that marginal's mean.
        rho: Strength of the bottleneck, any real number.

    Returns:
        Nats, `[batch]`, float32.

    Reference: equation 7.
    """
    return ops.add(hyz, ops.multiply(vib_weight(rho), rate))
