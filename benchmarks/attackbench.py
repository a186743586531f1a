"""Our attacks beside those of adv-lib and foolbox, in AttackBench's harness.

Trains three small networks of Fashion-MNIST (plain, CEB, adversarially trained)
on PyTorch, where a Keras model is a PyTorch module. AttackBench counts each
forward and each backward pass per image, lets none through beyond its budget,
and keeps the smallest perturbation that the attack tried. An attack of a fixed
radius is run at several, by the same bisection for every tool. Local optimality
is AttackBench's: how close an attack's curve of accuracy against distance comes
to that of the smallest distances of all attacks on that model, from 0 to 1.

Needs `attackbenchlib` and `torchvision`, `adv-lib`, and `foolbox`:

    KERAS_BACKEND=torch python -m results.record attackbench \\
        --data=fashion_mnist.npz
"""

import os
import pathlib
import tempfile
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from absl import app  # noqa: E402
from absl import flags  # noqa: E402

from benchmarks import parity_worker  # noqa: E402
from benchmarks.minimal_distance import ORDERS  # noqa: E402
from benchmarks.minimal_distance import adv_lib  # noqa: E402
from examples.common import provenance  # noqa: E402
from examples.common import results  # noqa: E402
from keras_ceb.robustness import Classifier  # noqa: E402
from keras_ceb.robustness.attacks import APGD  # noqa: E402
from keras_ceb.robustness.attacks import DDN  # noqa: E402
from keras_ceb.robustness.attacks import FAB  # noqa: E402
from keras_ceb.robustness.attacks import FMN  # noqa: E402
from keras_ceb.robustness.attacks import PGD  # noqa: E402

FLAGS = flags.FLAGS

SEED = 0
CLASSES = 10
MODELS = ("plain", "ceb", "adversarial")
# Of the attack in the training of the third model.
TRAINING_EPS = 0.1
# Of the classes with the largest logits.
FAB_TARGETS = 3
# The first radius of the bisection: about the median distance.
FIRST_RADIUS = {"l2": 0.5, "linf": 0.05}
# AttackBench's settings of ALMA, which the package has for these norms.
ALMA_RATE = {"l1": 0.5, "l2": 0.1}
PACKAGES = ("attackbenchlib", "adv-lib", "foolbox")


def harness():
    """AttackBench, whose data sets need torchvision.

    PyTorch's CPU build cannot load the compiled operators of torchvision's
    wheel for CUDA; then the two that it names at import are declared, and the
    rest of it works.
    """
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in ("nms", "qnms"):
            torch.library.define(
                f"torchvision::{name}",
                "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
            )
    import attackbench

    return attackbench


def diagonal(inputs, norm):
    """The radius of a ball that contains every image: no limit."""
    return float(np.linalg.norm(np.ones(inputs[0].numel()), ORDERS[norm]))


def run_ours(attack, model, inputs, labels):
    """Attacks AttackBench's module, as the Keras model that it is here."""
    classifier = Classifier(
        as_keras(model, inputs.shape[1:], CLASSES),
        batch_size=len(inputs),
        allow_chance=True,
    )
    x = inputs.permute(0, 2, 3, 1).contiguous().numpy()
    found = attack(classifier, x, labels.numpy().astype("int32"))
    # AttackBench detaches it in place, which a view does not allow.
    return channels_first(found).clone()


def ours(kind, norm, steps, **options):
    """One of our attacks that search the smallest distance themselves."""

    def attack(model, inputs, labels):
        eps = diagonal(inputs, norm)
        one = kind(norm, eps=eps, steps=steps, **options)
        return run_ours(one, model, inputs, labels)

    return attack


def per_radius(attack):
    """An attack of one radius as one of a radius per image."""

    def run(model, inputs, labels, radii):
        found = inputs.clone()
        for radius in radii.unique():
            same = radii == radius
            found[same] = attack(
                model, inputs[same], labels[same], float(radius)
            )
        return found

    return run


def bisected(attack, norm, searches):
    """The smallest radius at which an attack of a radius per image succeeds.

    A radius doubles until the attack succeeds; afterwards it is halfway
    between the largest at which it failed and the smallest at which it did
    not.
    """
    import torch

    def search(model, inputs, labels):
        closest = inputs.clone()
        radii = torch.full((len(inputs),), FIRST_RADIUS[norm])
        low, high = torch.zeros_like(radii), radii + torch.inf
        for _ in range(searches):
            found = attack(model, inputs, labels, radii).detach()
            wrong = model(found).argmax(dim=1) != labels
            closest[wrong] = found[wrong]
            high = torch.where(wrong, radii, high)
            low = torch.where(wrong, low, radii)
            halfway = (low + high) / 2
            radii = torch.where(high.isinf(), 2 * radii, halfway)
        return closest

    return search


def our_fixed(kind, norm, steps, searches, **options):
    """One of our attacks of a fixed radius, or that stop within one."""

    def attack(model, inputs, labels, radius):
        one = kind(norm, radius, steps, **options)
        return run_ours(one, model, inputs, labels)

    return bisected(per_radius(attack), norm, searches)


def foolbox_attack(name, steps):
    """One of foolbox's attacks that search the smallest distance."""
    import foolbox

    def attack(model, inputs, labels):
        wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
        kind = getattr(foolbox.attacks, name)
        found = kind(steps=steps)(wrapped, inputs, labels, epsilons=None)
        return found[0]

    return attack


def foolbox_pgd(norm, steps, searches):
    import foolbox

    title = {"l2": "L2", "linf": "Linf"}[norm]
    kind = getattr(foolbox.attacks, f"{title}ProjectedGradientDescentAttack")

    def attack(model, inputs, labels, radius):
        wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
        found = kind(steps=steps)(wrapped, inputs, labels, epsilons=radius)
        return found[1]

    return bisected(per_radius(attack), norm, searches)


def adv_lib_attack(module, name, **options):
    """One of adv-lib's attacks that search the smallest distance."""
    kind = getattr(adv_lib(module), name)

    def attack(model, inputs, labels):
        return kind(model, inputs, labels, **options).detach()

    return attack


def adv_lib_apgd(norm, steps, searches):
    kind = adv_lib("auto_pgd").apgd

    def attack(model, inputs, labels, radii):
        return kind(
            model, inputs, labels, radii, norm=ORDERS[norm], n_iter=steps
        )

    return bisected(attack, norm, searches)


def attacks(norm, steps, searches, search_steps):
    """The attacks of a norm, by tool and name.

    Args:
        norm: `"l0"`, `"l1"`, `"l2"` or `"linf"`.
        steps: Steps of the attacks that search the smallest distance.
        searches: Number of radii for those of a fixed radius.
        search_steps: Steps at each of these radii.
    """
    fixed = norm, search_steps, searches
    title = {"l0": "L0", "l1": "L1", "l2": "L2", "linf": "LInf"}[norm]
    # AttackBench's own settings of adv-lib.
    first = 10 if norm == "linf" else 1
    found = {
        ("keras_ceb", "FMN"): ours(FMN, norm, steps),
        ("adv_lib", "FMN"): adv_lib_attack(
            "fast_minimum_norm",
            "fmn",
            norm=ORDERS[norm],
            steps=steps,
            α_init=first,
        ),
        ("foolbox", "FMN"): foolbox_attack(f"{title}FMNAttack", steps),
    }
    if norm == "l2":
        found |= {
            ("keras_ceb", "DDN"): ours(DDN, norm, steps),
            ("adv_lib", "DDN"): adv_lib_attack(
                "decoupled_direction_norm", "ddn", steps=steps, levels=None
            ),
            ("foolbox", "DDN"): foolbox_attack("DDNAttack", steps),
        }
    if norm in FIRST_RADIUS:
        found |= {
            ("keras_ceb", "PGD"): our_fixed(PGD, *fixed),
            ("foolbox", "PGD"): foolbox_pgd(*fixed),
            ("keras_ceb", "APGD"): our_fixed(APGD, *fixed),
            ("adv_lib", "APGD"): adv_lib_apgd(*fixed),
            # As many steps, divided among the targets.
            ("keras_ceb", "FAB"): our_fixed(
                FAB,
                norm,
                max(1, search_steps // FAB_TARGETS),
                searches,
                num_targets=FAB_TARGETS,
            ),
        }
    if norm in ALMA_RATE:
        found["adv_lib", "ALMA"] = adv_lib_attack(
            "augmented_lagrangian",
            "alma",
            distance=norm,
            num_steps=steps,
            init_lr_distance=ALMA_RATE[norm],
        )
    return found


def rows(case, found):
    """The figures of all attacks on a model in a norm.

    Args:
        case: The model and the norm.
        found: AttackBench's results, by tool and name.
    """
    norm = case["norm"]
    scores = harness().compare_attacks_optimality(
        list(found.values()), norm, ["/".join(key) for key in found]
    )["optimality_scores"]
    made = []
    for (tool, attack), one in found.items():
        right = np.array(one["correct"])
        distances = np.array(one["distances"][norm])[right]
        middle = np.percentile(distances, 50, method="inverted_cdf")
        queries = np.add(one["num_forwards"], one["num_backwards"])
        made.append(
            {
                **case,
                "tool": tool,
                "attack": attack,
                "optimality": float(scores[f"{tool}/{attack}"]),
                "median": float(middle) if np.isfinite(middle) else None,
                "found": float(np.mean(np.isfinite(distances))),
                "queries": float(np.mean(queries)),
                "seconds": float(np.sum(one["times"])),
            }
        )
    return made


def measure(model, name, norm, images):
    """Runs all attacks on a model in a norm."""
    case = {"model": name, "norm": norm}
    found = {}
    chosen = attacks(norm, FLAGS.steps, FLAGS.searches, FLAGS.search_steps)
    for key, attack in chosen.items():
        start = time.process_time()
        found[key] = harness().run_attack(
            ChannelsFirst(model), images, attack, norm, debug=True
        )
        spent = time.process_time() - start
        print(case, *key, f"{spent:.1f} s", flush=True)
    return rows(case, found)


def main(_):
    import torch

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="Out of query budget")
    # First of all, for adv-lib and foolbox import torchvision, too.
    budget = harness().DEFAULT_QUERY_BUDGET
    start = time.time()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        clean = parity_worker.train(
            folder,
            FLAGS.data,
            FLAGS.images,
            FLAGS.train_images,
            FLAGS.epochs,
            TRAINING_EPS,
        )["clean"]
        with np.load(folder / "images.npz") as arrays:
            data = torch.utils.data.TensorDataset(
                channels_first(arrays["x"]), torch.tensor(arrays["y"]).long()
            )
        images = torch.utils.data.DataLoader(data, FLAGS.images)
        for name in MODELS:
            model = keras.models.load_model(folder / f"{name}.keras")
            for norm in FLAGS.norms:
                figures += measure(model, name, norm, images)
    settings = {
        "data": "fashion_mnist",
        "images": FLAGS.images,
        "train_images": FLAGS.train_images,
        "epochs": FLAGS.epochs,
        "radii": {"training": [TRAINING_EPS]},
        "first_radius": FIRST_RADIUS,
        "budget": budget,
        "steps": FLAGS.steps,
        "searches": FLAGS.searches,
        "search_steps": FLAGS.search_steps,
    }
    seconds = time.time() - start
    run = provenance.run("measurement", seconds, [SEED], PACKAGES)
    results.write(
        FLAGS.output, settings, [run], {"clean": clean, "runs": figures}
    )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("output", "attackbench.json", "File to write.")
    flags.DEFINE_string("data", None, "Fashion-MNIST as .npz.", required=True)
    flags.DEFINE_list("norms", "l0,l1,l2,linf", "Norms to measure.")
    flags.DEFINE_integer("images", 100, "Images to attack.")
    flags.DEFINE_integer("train_images", 20000, "Images to train on.")
    flags.DEFINE_integer("epochs", 4, "Epochs of training.")
    flags.DEFINE_integer("steps", 1000, "Steps of a search by the attack.")
    flags.DEFINE_integer("searches", 10, "Radii of the bisection.")
    flags.DEFINE_integer("search_steps", 100, "Steps at each radius.")
    if keras.config.backend() != "torch":
        raise RuntimeError("Run it with KERAS_BACKEND=torch")
    from examples.interoperation.torch_module import ChannelsFirst
    from examples.interoperation.torch_module import as_keras
    from examples.interoperation.torch_module import channels_first

    app.run(main)
