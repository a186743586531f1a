"""The transfer study as a list of commands, and a runner.

    python -m examples.transfer.sweep --preset=few --data=imagenette --list
    python -m examples.transfer.sweep --preset=few --data=imagenette --jobs=2

Training and measurement are separate commands, `--step=train` or
`--step=evaluate`; by default both are run. Models that have a result are
skipped, and interrupted ones resume.
"""

from absl import app
from absl import flags

from examples.common import sweep
from examples.transfer import experiments

FLAGS = flags.FLAGS


def main(_):
    rows = experiments.rows(FLAGS.preset)
    sweep.main("examples.transfer", lambda: rows, FLAGS)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    sweep.define_flags(flags, list(experiments.PRESETS), "runs/transfer")
    flags.adopt_module_key_flags(sweep)
    app.run(main)
