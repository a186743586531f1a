# %% [markdown]
# # Your backbone in one line
#
# A Conditional Entropy Bottleneck (CEB) classifier is your network plus three
# things: unit Gaussian noise on its features, a learned mean for each class in
# feature space, and a penalty on how far features stray from the mean of their
# class. `keras_ceb.wrap` adds them. Everything else is plain Keras: `fit`,
# `predict`, `save`, `export`.
#
# The data is 1,797 handwritten digits of 8x8 pixels, which come with
# scikit-learn.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import keras_ceb

keras.utils.set_random_seed(0)

digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
x = (digits.images[order, ..., np.newaxis] / 16).astype("float32")
y = digits.target[order]
x_train, y_train, x_test, y_test = x[360:], y[360:], x[:360], y[:360]

# %% [markdown]
# ## Wrap
#
# A backbone is any Keras model that maps inputs to features: vectors, tokens,
# maps or volumes; all except vectors are averaged. Leave out its classification
# top.

# %%
layers = keras.layers
backbone = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Conv2D(64, 3, 2, padding="same", activation="relu"),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(64),
    ]
)

model = keras_ceb.wrap(backbone, num_classes=10, rho=2.0, seed=0)
model.summary()

# %% [markdown]
# `rho` is the only new hyperparameter: the lower, the tighter the bottleneck.
# The `marginal` in the summary holds the class means, 10 x 64 numbers.
#
# ## Train
#
# `compile` takes no loss, because the objective is built in.

# %%
model.compile("adam", metrics=["accuracy"])
history = model.fit(
    x_train,
    y_train,
    validation_data=(x_test, y_test),
    batch_size=32,
    epochs=25,
    verbose=0,
).history
print({name: round(values[-1], 3) for name, values in history.items()})

# %% [markdown]
# The loss is `hyz + exp(-rho) * rex`, in nats:
#
# - `hyz`, -log c(y|z): the usual cross-entropy, here on a noisy encoding;
# - `rex`, the residual information: what the encoding contains about the image
#   beyond its class.
#
# The right panel shows the default jump-start: rho stays at 10, where there is
# almost no bottleneck, until training accuracy is clearly above chance. Then it
# falls to its target over 500 steps, and `rex` falls with it.

# %%
figure, axes = plt.subplots(1, 3, figsize=(11, 2.8), layout="constrained")
for axis, names in zip(
    axes, [("accuracy",), ("hyz", "rex"), ("rho",)], strict=True
):
    for name in names:
        (line,) = axis.plot(history[name], label=name)
        if name != "rho":
            color = line.get_color()
            axis.plot(history[f"val_{name}"], "--", color=color)
    axis.set_xlabel("epoch; dashed: test")
    axis.legend(frameon=False)
axes[0].set_ylim(0.8, 1.01)
axes[1].set_yscale("log")
axes[1].set_ylabel("nats")
plt.show()

# %% [markdown]
# ## Predict
#
# `predict` returns logits, without noise: the same image gives the same answer.
# `model.encode(x)` returns the encoding, and `model.residual_information(x, y)`
# the nats of each example. High values mark images far from the mean of their
# labeled class.

# %%
logits = model.predict(x_test, verbose=0)
answers = logits.argmax(-1)
nats = np.asarray(model.residual_information(x_test, answers))
print(f"accuracy {np.mean(answers == y_test):.3f}")

ranked = np.argsort(nats)
figure, axes = plt.subplots(2, 10, figsize=(11, 2.8), layout="constrained")
for row, picks in zip(axes, (ranked[:10], ranked[:-11:-1]), strict=True):
    for axis, i in zip(row, picks, strict=True):
        axis.imshow(x_test[i, ..., 0], cmap="gray_r")
        axis.set_xticks([])
        axis.set_yticks([])
        right = "" if answers[i] == y_test[i] else f", is {y_test[i]}"
        axis.set_title(f"{answers[i]}{right}\n{nats[i]:.2f} nats", fontsize=8)
axes[0, 0].set_ylabel("typical")
axes[1, 0].set_ylabel("unusual")
plt.show()

# %% [markdown]
# Each mistake of this run is among the ten unusual digits.
#
# ## Save, load, export
#
# A `.keras` file holds the whole model, including the optimizer and the
# schedule of rho, so training continues where it stopped. Import `keras_ceb`
# before you load. `export` writes a model for serving, without the noise.

# %%
model.save("digits.keras")
revived = keras.models.load_model("digits.keras")
np.testing.assert_array_equal(revived.predict(x_test, verbose=0), logits)
print("steps taken:", int(revived.optimizer.iterations))

model.export("digits_for_serving", verbose=False)
served = keras.layers.TFSMLayer("digits_for_serving", call_endpoint="serve")
np.testing.assert_allclose(served(x_test[:5]), logits[:5], atol=1e-5)

# %% [markdown]
# ## What to try next
#
# - Your own network: `keras_ceb.wrap(your_backbone, num_classes)`, and
#   `z_dim=64` if its features are wide.
# - `objective="xent"` trains the same network without a bottleneck, for
#   comparison, and `objective="vib"` the older Variational Information
#   Bottleneck.
# - `classifier="consistent"` classifies by Bayes' rule with the class means, so
#   that no dense layer is needed.
# - Is it really harder to fool? See `robustness_report`. Which rho? See
#   `choosing_rho`.
