"""The Fashion-MNIST study as a list of commands, and a runner.

    python -m examples.fashion_mnist.sweep --data=fashion_mnist.npz --list
    python -m examples.fashion_mnist.sweep --data=fashion_mnist.npz --jobs=2

First the models over rho, of one seed; from them the paper's rule selects the
rho of all other rows, then these are listed and run. Training and measurement
are separate commands, `--step=train` or `--step=evaluate`; by default both are
run. Models that have a result are skipped, and interrupted ones resume.
"""

from absl import app
from absl import flags

from examples.common import sweep
from examples.fashion_mnist import experiments
from examples.fashion_mnist import selection

FLAGS = flags.FLAGS


def rows(rho):
    """The models of the study in the order in which they are run.

    Args:
        rho: What the rule selected, or `None`.

    Returns:
        Pairs of a name and a seed.
    """
    first = experiments.SEEDS[0]
    found = [(name, first) for name in ("baseline", *experiments.SWEEP)]
    if rho is not None:
        main = experiments.main_rows(rho)
        further = experiments.further_rows(rho)
        fast = [name for name in main if name.startswith("fast_")]
        plain = [name for name in main if name not in fast]
        # The cheap rows of all seeds before those that take longer to train.
        for group in (plain, fast):
            found += [
                (name, seed) for seed in experiments.SEEDS for name in group
            ]
        found += [(name, first) for name in further]
    return list(dict.fromkeys(found))


def main(_):
    experiments.preset(FLAGS.preset)
    runs = f"{FLAGS.runs}/{FLAGS.preset}"
    sweep.main(
        "examples.fashion_mnist",
        # The models over rho select the others.
        lambda: rows(selection.selected_rho(runs)),
        FLAGS,
    )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    sweep.define_flags(flags, list(experiments.PRESETS), "runs/fashion_mnist")
    flags.adopt_module_key_flags(sweep)
    app.run(main)
