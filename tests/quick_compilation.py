"""Compiles quickly for tests, whose compiled functions mostly run once.

Processes whose figures a test compares to the last bit must all be set up like
this, as other code rounds differently.
"""

import importlib.metadata
import os
import pathlib

ROOT = pathlib.Path(__file__).parents[1]


def set_up():
    """Sets the process up, and those that it starts; first of all imports."""
    # Much lower levels make the attacks slower than they make compiling faster.
    flags = [
        "--xla_backend_optimization_level=1",
        "--xla_llvm_disable_expensive_passes=true",
    ]
    if _knows_fusion_emitters():
        # They double the time of compiling a small function.
        flags.append("--xla_cpu_use_fusion_emitters=false")
    os.environ.setdefault("XLA_FLAGS", " ".join(flags))
    # JAX finds what another test, or the last run of the suite, has compiled.
    cache = ROOT / ".pytest_cache" / "jax"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    import keras

    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options(
            {"disable_meta_optimizer": True}
        )


def _knows_fusion_emitters():
    """Whether XLA knows the flag; it ends a process that has an unknown one."""
    if os.environ.get("KERAS_BACKEND") != "tensorflow":
        return os.environ.get("KERAS_BACKEND") == "jax"
    try:
        version = importlib.metadata.version("tensorflow")
    except importlib.metadata.PackageNotFoundError:  # As a nightly build.
        return False
    return tuple(int(part) for part in version.split(".")[:2]) >= (2, 21)
