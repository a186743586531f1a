"""The fast CIFAR-10 study as a list of commands, and a runner.

    python -m examples.cifar10_fast.sweep --data=cifar10.npz --list
    python -m examples.cifar10_fast.sweep --data=cifar10.npz

Training and measurement are separate commands, `--step=train` or
`--step=evaluate`; by default both are run. Models that have a result are
skipped, and interrupted ones resume.
"""

from absl import app
from absl import flags

from examples.cifar10_fast import experiments
from examples.common import sweep

FLAGS = flags.FLAGS


def main(_):
    experiments.preset(FLAGS.preset)
    sweep.main("examples.cifar10_fast", lambda: experiments.ROWS, FLAGS)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    sweep.define_flags(flags, list(experiments.PRESETS), "runs/cifar10_fast")
    flags.adopt_module_key_flags(sweep)
    app.run(main)
