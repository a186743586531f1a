# %% [markdown]
# # Reading a robustness report
#
# `keras_ceb.evaluate_robustness` takes any Keras classifier that returns
# logits. This notebook trains three on digits: plain cross-entropy, CEB, and
# one that only appears robust. It then explains their reports: PGD, AutoAttack,
# common corruptions and the audit.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from sklearn.datasets import load_digits

import keras_ceb
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Curve

digits = load_digits()
order = np.random.default_rng(0).permutation(len(digits.target))
x = (digits.images[order, ..., np.newaxis] / 16).astype("float32")
y = digits.target[order]
train, test = (x[360:], y[360:]), (x[:360], y[:360])
few = test[0][:100], test[1][:100]

# %% [markdown]
# ## Two models that differ in one argument

# %%
layers = keras.layers


def train_model(objective):
    keras.utils.set_random_seed(0)
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
    model = keras_ceb.wrap(
        backbone, 10, rho=2.0, objective=objective, seed=0, name=objective
    )
    model.compile("adam", metrics=["accuracy"])
    model.fit(*train, batch_size=32, epochs=25, verbose=0)
    return model


xent, ceb = train_model("xent"), train_model("ceb")

# %% [markdown]
# ## One call
#
# Radii are in the units of the input, here gray values from 0 to 1. AutoAttack
# is expensive, so it runs on 100 digits, and `version="fast"` leaves out the
# parts of it that no longer mislead the model. Publish figures of the standard
# version. `corruptions` takes names, or `"cifar10-c"` for all 15, most of which
# need larger images than these.

# %%
EPS = 0.1
CORRUPTIONS = ["gaussian_noise", "impulse_noise", "motion_blur", "contrast"]


def report_on(model, **options):
    return keras_ceb.evaluate_robustness(
        model,
        few,
        attacks=[
            AutoAttack("linf", EPS, version="fast"),
            PGD("linf", EPS),
            Curve("linf", [0.05, 0.1, 0.15, 0.2]),
            Curve("l2", [0.4, 0.8, 1.6]),
        ],
        verbose=0,
        **options,
    )


reports = [
    report_on(model, corruptions=CORRUPTIONS, audit=model is ceb)
    for model in (xent, ceb)
]

# %% [markdown]
# ## PGD and AutoAttack
#
# Every robust accuracy is an upper bound: a failed attack proves nothing. PGD
# follows the gradient for 20 steps. AutoAttack runs four attacks in turn, one
# of which needs no gradient, and an image counts as robust only if all fail. It
# should give a lower accuracy than PGD; use the lower figure.
#
# `Comparison` compares models on the same images and adds the exact McNemar
# test: the probability of so uneven a split if both models are equally good.

# %%
comparison = keras_ceb.robustness.Comparison(reports)
Markdown(comparison.to_markdown())

# %%
comparison.plot()
plt.show()

# %% [markdown]
# The bands are 95 % intervals: with 100 images they are wide, so use enough
# images before you claim a difference. A curve must fall to chance or below as
# the radius grows; one that levels off indicates a broken attack.
#
# The next figure shows what the attack does to single digits. If you can still
# read the digit, the radius is reasonable.

# %%
result = keras_ceb.robustness.robust_accuracy(
    ceb, few, PGD("linf", EPS), num_examples=6, verbose=0
)
figure, axes = plt.subplots(2, 6, figsize=(9, 3), layout="constrained")
for column, example in zip(axes.T, result.examples, strict=False):
    for axis, image, label in zip(
        column,
        (example.clean, example.adversarial),
        (f"is {example.label}", "fools the model"),
        strict=True,
    ):
        axis.imshow(image[..., 0], cmap="gray_r", vmin=0, vmax=1)
        axis.set_title(label, fontsize=9)
        axis.set_xticks([])
        axis.set_yticks([])
plt.show()

# %% [markdown]
# ## Corruptions
#
# Noise, blur and contrast at the severities of CIFAR-10-C, with error rates in
# percent. These are not adversarial; a poor camera produces them. A corruption
# that a model was trained on is no longer a test of it.

# %%
for report in reports:
    figure = report.corruptions.plot()
    figure.set_size_inches(4.5, 3)
    figure.axes[0].set_title(report.name)
    figure.axes[0].set_ylim(0, 100)
plt.show()

# %% [markdown]
# ## The audit
#
# The audit checks for nine known reasons why attacks fail on models that are
# not robust. A flag means that the figures above are unreliable. The absence of
# flags proves nothing.

# %%
Markdown(reports[1].audit.to_markdown())

# %% [markdown]
# ## A model that only appears robust
#
# Multiplying the logits by a thousand changes no prediction, so the true
# robustness is still that of the cross-entropy model. But cross-entropy
# saturates there: its gradient is zero in float32, and the usual PGD, which
# maximizes cross-entropy, does not move.

# %%
inputs = keras.Input((8, 8, 1))
scaled = keras.Model(inputs, layers.Rescaling(1000.0)(xent(inputs)))

attacks = {
    "PGD on cross-entropy": PGD("linf", EPS, loss="cross_entropy"),
    "PGD on the margin": PGD("linf", EPS),
    "AutoAttack": AutoAttack("linf", EPS, version="fast"),
}
figure, axis = plt.subplots(figsize=(6, 2.2), layout="constrained")
for offset, name, model in (
    (0.2, "xent", xent),
    (-0.2, "xent, logits x 1000", scaled),
):
    accuracy = [
        keras_ceb.robustness.robust_accuracy(
            model, few, attack, verbose=0
        ).accuracy
        for attack in attacks.values()
    ]
    bars = axis.barh(np.arange(3) + offset, accuracy, 0.4, label=name)
    axis.bar_label(bars, fmt="%.2f", padding=3)
axis.set_yticks(range(3), attacks)
axis.set_xlim(0, 1.1)
axis.set_xlabel(f"accuracy under attack, linf {EPS}")
axis.legend(frameon=False, loc="lower right")
plt.show()

# %% [markdown]
# The first attack finds almost nothing on the scaled model. The other two do
# not depend on the scale of the logits, which is why PGD maximizes the margin
# here by default. With the first attack alone, the model would have appeared
# robust; the audit shows what went wrong:

# %%
for check in keras_ceb.robustness.audit(scaled, few, eps=EPS).checks:
    if check.flagged:
        print(f"FLAG: {check.name}\n  {check.figures}\n  {check.explanation}\n")

# %% [markdown]
# ## What to try next
#
# - `report.to_html("report.html")`: one file with all of this, to share.
# - `checkpoint_dir=` lets a long evaluation resume after an interruption.
# - `attacks=None` selects AutoAttack and PGD in both norms at the usual radii
#   of CIFAR-10, for inputs from 0 to 1.
# - From a shell: `keras-ceb evaluate model.keras --data test.npz`.
# - Your own model, which need not come from this package. If it returns
#   probabilities, pass `Classifier(model, from_logits=False)` instead.
