"""CEB training and Keras's optimizers by hand: NumPy, float64, no framework.

The model is `toy.model`: f = x W + b, logits = z C + d, means M.
"""

import numpy as np

NAMES = ("W", "b", "C", "d", "M")


def gradients(weights, x, targets, noise, rho):
    """Of the mean CEB loss with respect to each weight.

    Args:
        weights: `{name: array}`.
        x: Inputs, `[batch, inputs]`.
        targets: One-hot labels, `[batch, classes]`.
        noise: eps of z = f + eps, `[batch, z_dim]`.
        rho: A number.
    """
    f = x @ weights["W"] + weights["b"]
    z = f + noise
    logits = z @ weights["C"] + weights["d"]
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    softmax = exponentials / exponentials.sum(-1, keepdims=True)
    by_logits = (softmax - targets) / len(x)
    # rex = 1/2 D (D + 2 eps), D = f - mu_y
    by_difference = (f - targets @ weights["M"] + noise) / len(x)
    by_difference *= np.exp(-rho)
    by_f = by_logits @ weights["C"].T + by_difference
    return {
        "W": x.T @ by_f,
        "b": by_f.sum(0),
        "C": z.T @ by_logits,
        "d": by_logits.sum(0),
        "M": -targets.T @ by_difference,
    }


def clipped(gradients, clipnorm=None, global_clipnorm=None, clipvalue=None):
    """Gradients within the limits of Keras's options."""
    norms = {k: np.sqrt((g**2).sum()) for k, g in gradients.items()}
    if clipnorm:
        scale = {k: min(1.0, clipnorm / n) for k, n in norms.items()}
        return {k: g * scale[k] for k, g in gradients.items()}
    if global_clipnorm:
        norm = np.sqrt(sum(n**2 for n in norms.values()))
        scale = min(1.0, global_clipnorm / norm)
        return {k: g * scale for k, g in gradients.items()}
    if clipvalue:
        return {
            k: np.clip(g, -clipvalue, clipvalue) for k, g in gradients.items()
        }
    return gradients


def sgd(w, g, t, lr, state):
    return w - lr * g


def adam(w, g, t, lr, state, b1=0.9, b2=0.999):
    m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
    v = state["v"] = b2 * state.get("v", 0.0) + (1 - b2) * g**2
    rate = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
    return w - rate * m / (np.sqrt(v) + 1e-7)


def adamw(w, g, t, lr, state):
    return adam(w - 0.004 * lr * w, g, t, lr, state)


def rmsprop(w, g, t, lr, state):
    v = state["v"] = 0.9 * state.get("v", 0.0) + 0.1 * g**2
    return w - lr * g / np.sqrt(v + 1e-7)


def adagrad(w, g, t, lr, state):
    total = state["total"] = state.get("total", 0.1) + g**2
    return w - lr * g / np.sqrt(total + 1e-7)


def nadam(w, g, t, lr, state, b1=0.9, b2=0.999):
    def momentum(step):
        return b1 * (1 - 0.5 * 0.96**step)

    m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
    v = state["v"] = b2 * state.get("v", 0.0) + (1 - b2) * g**2
    product = state["product"] = state.get("product", 1.0) * momentum(t)
    m_hat = momentum(t + 1) * m / (1 - product * momentum(t + 1))
    m_hat = m_hat + (1 - momentum(t)) * g / (1 - product)
    return w - lr * m_hat / (np.sqrt(v / (1 - b2**t)) + 1e-7)


def lamb(w, g, t, lr, state, b1=0.9, b2=0.999):
    m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
    v = state["v"] = b2 * state.get("v", 0.0) + (1 - b2) * g**2
    update = m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + 1e-7)
    trust = np.linalg.norm(w) / np.linalg.norm(update) if w.any() else 1.0
    return w - trust * lr * update


def ftrl(w, g, t, lr, state):
    old = state.get("n", 0.1)
    n = state["n"] = old + g**2
    step = g - (np.sqrt(n) - np.sqrt(old)) / lr * w
    z = state["z"] = state.get("z", 0.0) + step
    return -z * lr / np.sqrt(n)


def adafactor(w, g, t, lr, state):
    def root_mean_square(a):
        return np.sqrt((a**2).mean())

    rate = min(lr, 1 / np.sqrt(t)) * max(1e-3, root_mean_square(w))
    b2 = 1 - t**-0.8
    square = g**2 + 1e-30
    if w.ndim > 1:
        for name, axis in (("rows", -1), ("columns", -2)):
            mean = square.mean(axis)
            state[name] = b2 * state.get(name, 0.0) + (1 - b2) * mean
        rows = state["rows"] / state["rows"].mean()
        v = rows[:, None] * state["columns"]
    else:
        v = state["v"] = b2 * state.get("v", 0.0) + (1 - b2) * square
    update = g / np.sqrt(v)
    return w - rate * update / max(1.0, root_mean_square(update))


# Learning rates that move the weights by a few percent in twenty steps.
OPTIMIZERS = {
    "Adam": (adam, 0.01),
    "AdamW": (adamw, 0.01),
    "RMSprop": (rmsprop, 0.01),
    "Adagrad": (adagrad, 0.1),
    "Nadam": (nadam, 0.01),
    "Adafactor": (adafactor, 0.02),
    "Lamb": (lamb, 0.01),
    "Ftrl": (ftrl, 0.1),
    "SGD": (sgd, 0.1),
}


def train(weights, batch, optimizer, steps, rho, **clipping):
    """The weights after `steps` steps on one batch.

    Args:
        weights: `{name: array}` at the start.
        batch: `(x, targets, noise)`; see `gradients`.
        optimizer: A key of `OPTIMIZERS`.
        steps: Number of steps.
        rho: A number.
        **clipping: For `clipped`.
    """
    update, rate = OPTIMIZERS[optimizer]
    weights = {k: np.asarray(w, "float64") for k, w in weights.items()}
    states = {name: {} for name in weights}
    for t in range(1, steps + 1):
        by_weight = clipped(gradients(weights, *batch, rho), **clipping)
        weights = {
            k: update(w, by_weight[k], t, rate, states[k])
            for k, w in weights.items()
        }
    return weights
