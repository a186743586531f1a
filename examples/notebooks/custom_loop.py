# %% [markdown]
# # A custom training loop
#
# `CEBModel` is built from three layers and a few pure functions. This notebook
# trains with these alone, which is useful if you already have a training loop,
# several losses, or an encoder that is not a plain backbone. It also does what
# `CEBModel` does not: it averages the objective over several draws of the
# noise.
#
# The loop uses TensorFlow; the layers and functions are written in `keras.ops`
# and also run in a JAX loop.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import ops
from sklearn.datasets import load_digits

from keras_ceb import objective
from keras_ceb import schedules
from keras_ceb.layers import ClassConditionalMarginal
from keras_ceb.layers import ConsistentClassifier
from keras_ceb.layers import StochasticEncoder
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD

digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
x = (digits.images[order, ..., np.newaxis] / 16).astype("float32")
y = digits.target[order]
train, test = (x[360:], y[360:]), (x[:360], y[:360])
layers = keras.layers
keras.utils.set_random_seed(0)

# %% [markdown]
# ## The parts
#
# | paper | here | what it is |
# | --- | --- | --- |
# | e(z given x) | `StochasticEncoder` | features plus unit Gaussian noise |
# | b(z given y) | `ClassConditionalMarginal` | a learned mean for each class |
# | c(y given z) | `ConsistentClassifier` | Bayes' rule with these means |
#
# The classifier shares the marginal's weights. Any other layer that maps `z` to
# logits works too, such as `Dense(10)`.

# %%
features = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, 2, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(64),
    ]
)
encoder = StochasticEncoder(seed=0)
marginal = ClassConditionalMarginal(10, z_dim=64)
classifier = ConsistentClassifier(marginal)

# Without noise: what you deploy, save and attack.
deployed = keras.Sequential([features, encoder, classifier])
print(deployed(test[0][:2]).shape)

# %% [markdown]
# ## The step
#
# The loss is in nats, averaged over the batch. The noise in `z` is also the
# noise of the residual information: both terms use the same sample. A schedule
# is a function of the step and of the step at which learning began, -1 before
# then.

# %%
DRAWS = 4
optimizer = keras.optimizers.Adam(1e-3)
schedule = schedules.default(2.0, num_classes=10)
weights = [*features.trainable_variables, *marginal.trainable_variables]


@tf.function
def train_step(images, labels, step, jump_step):
    rho = schedule(step, jump_step)
    with tf.GradientTape() as tape:
        mean = encoder.mean(features(images, training=True))
        mu = marginal(labels)
        hyz = rex = 0.0
        for _ in range(DRAWS):
            noise = encoder.noise(mean)
            logits = classifier(mean + noise)
            hyz += objective.classification_entropy(logits, labels) / DRAWS
            rex += objective.residual_information(mean, mu, noise) / DRAWS
        loss = ops.mean(objective.ceb_loss(hyz, rex, rho))
    optimizer.apply(tape.gradient(loss, weights), weights)
    right = keras.metrics.sparse_categorical_accuracy(labels, logits)
    return {
        "hyz": ops.mean(hyz),
        "rex": ops.mean(rex),
        "rho": rho,
        "accuracy": ops.mean(right),
    }


# %% [markdown]
# ## The loop
#
# The jump-start by hand: store the step at which the running accuracy passes
# the schedule's threshold. (`CEBModel` does the same inside the compiled step.)

# %%
data = tf.data.Dataset.from_tensor_slices(train).cache()
data = data.shuffle(len(train[1]), seed=0).batch(32, drop_remainder=True)
history = []
step, jump_step, running = 0, -1, 0.0
for _ in range(25):
    for images, labels in data:
        # Tensors: another Python number would be traced again.
        steps = tf.constant(step), tf.constant(jump_step)
        logs = train_step(images, labels, *steps)
        running = 0.9 * running + 0.1 * float(logs["accuracy"])
        if jump_step < 0 and running >= schedule.threshold:
            jump_step = step
        history.append({name: float(v) for name, v in logs.items()})
        step += 1
print(f"learning began at step {jump_step} of {step}")

# %%
figure, axes = plt.subplots(1, 3, figsize=(11, 2.8), layout="constrained")
for axis, names in zip(
    axes, (["accuracy"], ["hyz", "rex"], ["rho"]), strict=True
):
    for name in names:
        axis.plot([logs[name] for logs in history], lw=1, label=name)
    axis.axvline(jump_step, color="black", ls=":")
    axis.set_xlabel("step; dotted: jump")
    axis.legend(frameon=False)
axes[1].set_yscale("log")
axes[1].set_ylabel("nats")
plt.show()

# %% [markdown]
# The training accuracy is that of noisy samples. It dips while the bottleneck
# closes, and recovers.
#
# ## Result
#
# `deployed` is an ordinary Keras model that returns logits, so everything in
# `keras_ceb.robustness` takes it.

# %%
logits = deployed.predict(test[0], verbose=0)
print(f"test accuracy {np.mean(logits.argmax(-1) == test[1]):.3f}")
for eps in (0.05, 0.1, 0.15):
    print(robust_accuracy(deployed, test, PGD("linf", eps), verbose=0))

# %% [markdown]
# The consistent classifier has no weights of its own, so its confusions depend
# on the distances between means. The left panel shows the distances between
# class means, in standard deviations of the noise; the right panel shows how
# often one class (row) is predicted as another (column) from noisy encodings of
# the test digits. The errors are between classes whose means are close, here 1,
# 8 and 9.

# %%
means = ops.convert_to_numpy(marginal.means)
distance = np.linalg.norm(means[:, np.newaxis] - means, axis=-1)
confusion = np.zeros((10, 10))
mean = encoder.mean(features(test[0]))
for _ in range(50):
    noisy = ops.convert_to_numpy(classifier(mean + encoder.noise(mean)))
    np.add.at(confusion, (test[1], noisy.argmax(-1)), 1)
confusion /= confusion.sum(1, keepdims=True)

figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
for axis, matrix, title in (
    (axes[0], distance, "distance of class means"),
    (axes[1], confusion, "confusion under noise"),
):
    off = np.where(np.eye(10, dtype=bool), np.nan, matrix)
    figure.colorbar(axis.imshow(off), ax=axis)
    axis.set_title(title)
    axis.set_xticks(range(10))
    axis.set_yticks(range(10))
plt.show()

# %% [markdown]
# ## What to try next
#
# - `DRAWS = 1`, the paper's objective, or 16, which reduces the noise of the
#   gradient and only repeats the head.
# - `layers.Dense(10)` as the classifier; add its weights to `weights`.
# - One marginal for all classes, `ClassConditionalMarginal(1, z_dim=64)`, with
#   `objective.vib_loss`: the Variational Information Bottleneck.
# - `encoder.distribution(mean)` and `marginal.distribution(labels)` are
#   TensorFlow Probability objects, for losses of your own.
