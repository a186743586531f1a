"""The TPU compiler on a machine without a TPU.

PyPI's `libtpu` contains it. It compiles for the chips of a slice that is only
described; nothing runs. `compile_jax` takes a JAX function and spreads
its batch over all chips, `compile_stablehlo` takes what TensorFlow's XLA makes
of a `tf.function`, for one chip. The second uses private functions of jaxlib,
so the extra `tpu-aot` pins its version.
"""

import importlib.util
import os
import re

if importlib.util.find_spec("libtpu") is None:
    raise ImportError(
        "The TPU compiler is in the package libtpu, which is not installed. "
        "Install it with the JAX that it goes with: "
        "pip install -e '.[tpu-aot]'"
    )

# Before JAX and libtpu are loaded. No metadata server tells which machine this
# is; the slice is that of the topology, not that of the accelerator type.
os.environ.update(
    ALLOW_MULTIPLE_LIBTPU_LOAD="1",
    JAX_PLATFORMS="cpu",
    TPU_ACCELERATOR_TYPE="v5litepod-4",
    TPU_SKIP_MDS_QUERY="1",
    TPU_WORKER_HOSTNAMES="localhost",
)

import jax  # noqa: E402
import numpy as np  # noqa: E402
from jax._src.interpreters import mlir  # noqa: E402
from jax._src.lib.mlir import ir  # noqa: E402
from jax.experimental import topologies  # noqa: E402
from jax.sharding import Mesh  # noqa: E402
from jax.sharding import NamedSharding  # noqa: E402
from jax.sharding import PartitionSpec  # noqa: E402
from jaxlib import xla_client  # noqa: E402

# Slices from the smallest; libtpu describes whole hosts of 2x2 chips only.
LAYOUTS = ("2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16")
SLICES = tuple(f"{kind}:{n}" for kind in ("v5e", "v6e") for n in LAYOUTS)
# How the compiler says that a program is too large for a chip.
_TOO_LARGE = (
    r"(?P<what>[\w ]+) \((?P<needed>[\d.]+)G\) exceeds "
    r"available HBM \((?P<available>[\d.]+)G\)",
    r"(?P<what>Used) (?P<needed>[\d.]+)G of (?P<available>[\d.]+)G hbm",
)


class DoesNotFitError(ValueError):
    """A program needs more memory than a chip of the slice has.

    Args:
        topology: Name of the slice.
        needed: Memory that the program needs on each chip, GiB.
        available: Memory that each chip has, GiB.
    """

    def __init__(self, topology, needed, available):
        self.needed = needed
        self.available = available
        super().__init__(
            f"The program does not fit on `topology` {topology}: each chip "
            f"needs {needed:.2f} GiB and has {available:.2f} GiB, so "
            f"{needed - available:.2f} GiB are missing. Take a larger slice "
            "or a smaller batch."
        )


def chips(topology):
    """Descriptions of the chips of a slice.

    Args:
        topology: A name such as `"v5e:4x4"`, see `SLICES`.

    Raises:
        ValueError: If there is no such slice.
    """
    if topology not in SLICES:
        raise ValueError(
            f"`topology` must be one of {', '.join(SLICES)}. "
            f"Received: topology={topology!r}"
        )
    return topologies.get_topology_desc(
        platform="tpu", topology_name=topology
    ).devices


def compile_jax(function, state, batch, topology, returns_state):
    """Compiles `function(state, batch)` with the batch spread over a slice.

    Args:
        function: A pure function of arrays.
        state: A nest of arrays that every chip holds.
        batch: A nest of `jax.ShapeDtypeStruct`, first axis the global batch.
        topology: Name of the slice.
        returns_state: Whether the function returns `(logs, state)`, so that
            the new state takes the memory of the old.

    Returns:
        The cost for each chip, see `costs`.
    """
    mesh = Mesh(np.array(chips(topology)), ("batch",))
    everywhere = NamedSharding(mesh, PartitionSpec())
    spread = NamedSharding(mesh, PartitionSpec("batch"))
    specs = []
    for nest, sharding in ((state, everywhere), (batch, spread)):
        specs.append(
            jax.tree.map(
                lambda a, s=sharding: jax.ShapeDtypeStruct(
                    a.shape, a.dtype, sharding=s
                ),
                nest,
            )
        )
    compiled = _compile(
        jax.jit(
            function,
            donate_argnums=0 if returns_state else (),
            out_shardings=everywhere if returns_state else spread,
        )
        .lower(*specs)
        .compile,
        topology,
    )
    return costs(compiled.cost_analysis(), compiled.memory_analysis())


def compile_stablehlo(text, topology):
    """Compiles a StableHLO module of TensorFlow for one chip of a slice.

    Args:
        text: From `experimental_get_compiler_ir(...)(stage="stablehlo")`.
        topology: Name of the slice.

    Returns:
        The cost for the chip, see `costs`.
    """
    chip = chips(topology)[0]
    with mlir.make_ir_context():
        module = ir.Module.parse(without_copies(text))
        compiled = _compile(
            lambda: chip.client.compile(
                module,
                xla_client.DeviceList((chip,)),
                xla_client.CompileOptions(),
            ),
            topology,
        )
    memory = compiled.get_compiled_memory_stats()
    return costs(compiled.cost_analysis(), memory)


def without_copies(text):
    """A module without the `mhlo.copy` of TensorFlow, which JAX cannot parse.

    They are identities: what used the copy uses the original.
    """
    originals = {}
    lines = []
    for line in text.splitlines():
        copy = re.match(r"\s*(%\S+) = mhlo\.copy (%\S+) :", line)
        if copy:
            originals[copy[1]] = originals.get(copy[2], copy[2])
            continue
        lines.append(
            re.sub(
                r"%\w+",
                lambda name: originals.get(name[0], name[0]),
                line,
            )
        )
    return "\n".join(lines)


def costs(cost, memory):
    """What a program costs each chip.

    Returns:
        A dict: `flops` of a call, and `bytes` that it reads and writes, as
        the compiler counts them; `memory`, bytes at the peak by kind.
    """
    return {
        "flops": cost["flops"],
        "bytes": cost["bytes accessed"],
        "memory": {
            "arguments": memory.argument_size_in_bytes,
            # What is not written over the arguments.
            "outputs": memory.output_size_in_bytes - memory.alias_size_in_bytes,
            "temporaries": memory.temp_size_in_bytes,
            "code": memory.generated_code_size_in_bytes,
        },
    }


def _compile(compile, topology):
    """Calls `compile`; says how much memory is missing if that is why."""
    try:
        return compile()
    except jax.errors.JaxRuntimeError as error:
        for pattern in _TOO_LARGE:
            found = re.search(pattern, str(error))
            if found:
                sizes = float(found["needed"]), float(found["available"])
                raise DoesNotFitError(topology, *sizes) from error
        raise
