"""What the ImageNet study's programs cost on a TPU, from its compiler.

    pip install -e '.[tpu-aot]'
    python -m benchmarks.tpu_aot --experiments=resnet50_xent,resnet50_ceb_3 \
        --programs=train,train_tensorflow --topologies=v5e:2x4,v5e:4x4

compiles each program of each experiment for the first of the slices with enough
memory per chip, and writes the cost per chip to one file each in `--output`.
Nothing runs, and no TPU is needed; see `tpu_compiler.py`.

    train             the training step on JAX, batch spread over the slice
    train_tensorflow  the training step of one replica under TensorFlow,
                      without the exchange of gradients
    fast_training     the training step on JAX against `FastTraining` within the
                      L-infinity ball of section 3.2
    evaluate          the evaluation step on JAX
    attack_linf       the whole PGD loop of section 3.2 on JAX
    attack_l2         the same within an L2 ball

The compiler counts the body of a loop once. So the operations of an attack are
those of its start, one of its steps, and its end; its memory is complete.
"""

import dataclasses
import itertools
import os
import pathlib
import subprocess
import sys
import time

from absl import app
from absl import flags

from examples.imagenet import experiments

FLAGS = flags.FLAGS
flags.DEFINE_list("experiments", None, "Names.", required=True)
flags.DEFINE_list("programs", ["train"], "Programs, see above.")
flags.DEFINE_list("topologies", ["v5e:4x4"], "Slices to try, in this order.")
flags.DEFINE_string("preset", "paper", "Size of the networks.")
flags.DEFINE_integer(
    "batch_size", 0, "Images on the whole slice; 0 is the preset's."
)
flags.DEFINE_string("output", "results/tpu_aot", "Folder to write.")


# The backend of each program; its process knows no other.
PROGRAMS = {
    "train": "jax",
    "train_tensorflow": "tensorflow",
    "fast_training": "jax",
    "evaluate": "jax",
    "attack_linf": "jax",
    "attack_l2": "jax",
}
TRAINING = ("train", "train_tensorflow", "fast_training")


def training_step(model):
    """State and function of the step that `fit` compiles."""
    state = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    return state, model.train_step, True


def evaluation_step(model):
    """State and function of the step that `evaluate` compiles."""
    state = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.metrics_variables,
    )
    return state, model.test_step, True


def attack(model, norm, preset):
    """State and function of the random-target PGD of section 3.2."""
    import keras

    from keras_ceb.robustness import attacks

    pgd = attacks.PGD(
        norm,
        getattr(preset, norm),
        preset.attack_steps,
        step_size=getattr(preset, f"{norm}_step"),
        target="random",
        loss="cross_entropy",
        keep="last",
    )
    variables = model.variables

    def run(state, batch):
        mapping = list(zip(variables, state, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return pgd(model, *batch)

    return variables, run, False


def experiment(name):
    """The experiment of that name, or cCEB where the paper has only CEB."""
    found = experiments.experiment(name.replace("_cceb_", "_ceb_"))
    if "_cceb_" in name:
        return dataclasses.replace(found, method="cceb")
    return found


def build(name, preset, fast_training=False):
    """The compiled model of an experiment, with all of its variables."""
    import keras

    from examples.imagenet import model as models
    from keras_ceb.adversarial import FastTraining

    adversary = None
    if fast_training:
        adversary = FastTraining("linf", preset.linf, seed=0)
    model = models.build(
        experiment(name), preset, steps_per_epoch=156, adversary=adversary
    )
    side = preset.image_size
    model._symbolic_build(
        data_batch=(
            keras.KerasTensor((1, side, side, 3)),
            keras.KerasTensor((1,), "int32"),
        )
    )
    return model


def compile_on_jax(model, program, preset, batch_size, topology):
    import jax

    from benchmarks import tpu_compiler

    if program in TRAINING:
        state, function, returns_state = training_step(model)
    elif program == "evaluate":
        state, function, returns_state = evaluation_step(model)
    else:
        norm = program.removeprefix("attack_")
        state, function, returns_state = attack(model, norm, preset)
    side = preset.image_size
    batch = (
        jax.ShapeDtypeStruct((batch_size, side, side, 3), "float32"),
        jax.ShapeDtypeStruct((batch_size,), "int32"),
    )
    values = jax.tree.map(lambda variable: variable.value, state)
    return tpu_compiler.compile_jax(
        function, values, batch, topology, returns_state
    )


def compile_on_tensorflow(model, preset, batch_size, topology):
    import tensorflow as tf

    from benchmarks import tpu_compiler

    side = preset.image_size
    local = batch_size // len(tpu_compiler.chips(topology))
    step = tf.function(lambda x, y: model.train_step((x, y)), jit_compile=True)
    text = step.experimental_get_compiler_ir(
        tf.TensorSpec((local, side, side, 3), "float32"),
        tf.TensorSpec((local,), "int32"),
    )(stage="stablehlo", platform_name="CPU")
    return tpu_compiler.compile_stablehlo(text, topology)


def first_fit(compile, topologies):
    """What `compile(topology)` returns for the first slice that it fits on.

    Returns:
        The name of the slice, its cost, and for each slice before it the
        memory that was missing on each chip, GiB.

    Raises:
        DoesNotFitError: If it fits on none.
    """
    from benchmarks import tpu_compiler

    missing = {}
    for topology in topologies:
        try:
            return topology, compile(topology), missing
        except tpu_compiler.DoesNotFitError as error:
            if topology == topologies[-1]:
                raise
            missing[topology] = round(error.needed - error.available, 2)
    raise ValueError("`topologies` must name a slice. Received: none")


def measure(name, program, preset, batch_size, topologies):
    """Compiles one program of one experiment; returns what to file."""
    from benchmarks import tpu_compiler

    for topology in topologies:
        count = len(tpu_compiler.chips(topology))
        if batch_size % count:
            raise ValueError(
                "`batch_size` must be divisible by the chips of a slice, "
                f"{count} on {topology}. Received: batch_size={batch_size}"
            )
    model = build(name, preset, program == "fast_training")

    def compile(topology):
        if PROGRAMS[program] == "tensorflow":
            return compile_on_tensorflow(model, preset, batch_size, topology)
        return compile_on_jax(model, program, preset, batch_size, topology)

    topology, cost, missing = first_fit(compile, topologies)
    return {
        "topology": topology,
        "chips": len(tpu_compiler.chips(topology)),
        "per_chip": cost,
        "missing_gib": missing,
    }


def run_alone(name, program):
    """Compiles in this process, and writes the file."""
    # Before Keras and libtpu are loaded.
    os.environ["KERAS_BACKEND"] = PROGRAMS[program]
    from benchmarks import tpu_compiler  # noqa: F401
    from examples.common import provenance
    from examples.common import results

    preset = experiments.preset(FLAGS.preset)
    batch_size = preset.eval_batch_size
    if program in TRAINING:
        batch_size = preset.batch_size
    batch_size = FLAGS.batch_size or batch_size
    settings = {
        "experiment": name,
        "preset": FLAGS.preset,
        "program": program,
        "batch_size": batch_size,
        "topologies": FLAGS.topologies,
    }
    if program.startswith("attack"):
        norm = program.removeprefix("attack_")
        settings["radii"] = {norm: [getattr(preset, norm)]}
    elif program == "fast_training":
        settings["radii"] = {"linf": [preset.linf]}
    start = time.time()
    figures = measure(name, program, preset, batch_size, FLAGS.topologies)
    run = provenance.run(
        "measurement", time.time() - start, packages=("jaxlib", "libtpu")
    )
    results.write(output_file(name, program), settings, [run], figures)


def output_file(name, program):
    return pathlib.Path(FLAGS.output) / f"{name}.{program}.json"


def main(_):
    for name in FLAGS.experiments:
        experiment(name)
    for program in FLAGS.programs:
        if program not in PROGRAMS:
            raise app.UsageError(
                f"`programs` must be of {', '.join(PROGRAMS)}. "
                f"Received: {program!r}"
            )
    pathlib.Path(FLAGS.output).mkdir(parents=True, exist_ok=True)
    jobs = list(itertools.product(FLAGS.experiments, FLAGS.programs))
    if len(jobs) == 1:
        return run_alone(*jobs[0])
    # A process each: the compiler keeps its memory, and Keras its backend.
    for name, program in jobs:
        if not output_file(name, program).exists():
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.tpu_aot",
                    f"--experiments={name}",
                    f"--programs={program}",
                    f"--topologies={','.join(FLAGS.topologies)}",
                    f"--preset={FLAGS.preset}",
                    f"--batch_size={FLAGS.batch_size}",
                    f"--output={FLAGS.output}",
                ],
                check=True,
            )


if __name__ == "__main__":
    app.run(main)
