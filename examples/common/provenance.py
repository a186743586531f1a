"""The provenance of a result: command, commit, hardware, versions, seeds."""

import functools
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
import time

import keras

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy")
# Where the source is a copy without its history, whoever copied it says which.
COMMIT_VARIABLE = "KERAS_CEB_COMMIT"
# Of the environment, what the figures of a GPU can depend on.
VARIABLES = ("JAX_DEFAULT_MATMUL_PRECISION", "NVIDIA_TF32_OVERRIDE")


def _git(*arguments):
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


@functools.cache
def contains(commit, ancestor):
    """Whether a commit's source has the change of another commit.

    Returns:
        `None` where the history does not say.
    """
    for name in (commit, ancestor):
        if _git("cat-file", "-e", f"{name}^{{commit}}") is None:
            return None
    return _git("merge-base", "--is-ancestor", ancestor, commit) is not None


def processor():
    """The name of the processor, from Linux where it says."""
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def accelerators():
    """The names of the GPUs or TPUs that Keras sees."""
    if keras.backend.backend() == "jax":
        import jax

        return [d.device_kind for d in jax.devices() if d.platform != "cpu"]
    if keras.backend.backend() == "torch":
        import torch

        return [
            torch.cuda.get_device_name(index)
            for index in range(torch.cuda.device_count())
        ]
    import tensorflow as tf

    return [
        tf.config.experimental.get_device_details(device).get(
            "device_name", device.device_type
        )
        for device in tf.config.list_physical_devices()
        if device.device_type != "CPU"
    ]


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _shown(argument):
    """A command-line argument, with no path of this machine in it."""
    name, equals, value = argument.rpartition("=")
    if os.path.isabs(value):
        value = os.path.basename(value.rstrip("/"))
    return f"{name}{equals}{value}"


def run(step, seconds, seeds=(), packages=()):
    """A run, for the provenance of a result.

    Args:
        step: `"training"` or `"measurement"`.
        seconds: How long it took.
        seeds: The seeds that the figures depend on.
        packages: Those, beside `PACKAGES`, whose versions matter too.
    """
    devices = accelerators()
    names = ", ".join(
        f"{devices.count(name)} x {name}" for name in sorted(set(devices))
    )
    script = sys.modules["__main__"].__spec__
    script = f"-m {script.name}" if script else _shown(sys.argv[0])
    arguments = [_shown(argument) for argument in sys.argv[1:]]
    environment = [
        f"{name}={os.environ[name]}" for name in VARIABLES if name in os.environ
    ]
    status = _git("status", "--porcelain", "--untracked-files=no")
    # Git would speak of a repository around the copy, if of any.
    copied = os.environ.get(COMMIT_VARIABLE)
    return {
        "step": step,
        "command": " ".join([*environment, "python", script, *arguments]),
        "commit": copied or _git("rev-parse", "HEAD"),
        # Whether the source had changes that the commit lacks.
        "modified": None if copied or status is None else bool(status),
        "hardware": f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores "
        f"of {processor()}, {names or 'no GPU'}",
        "backend": keras.backend.backend(),
        "versions": {
            p: _version(p) for p in (*PACKAGES, *packages) if _version(p)
        },
        "date": time.strftime("%Y-%m-%d"),
        "seconds": round(seconds),
        "seeds": list(seeds),
    }
