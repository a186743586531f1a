"""Backend functions on PyTorch, where everything runs eagerly."""

import contextlib
import types
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import TypeAlias

import keras
import torch
from torch.utils import _python_dispatch

from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# Maps a batch of arrays, and arrays that are not a batch, to arrays.
BatchFunction: TypeAlias = Callable[[Tensors, Tensors], Tensors]


def num_replicas() -> int:
    """The number of replicas that train in step: always one."""
    return 1


def all_reduce_sum(value: Tensor) -> Tensor:
    """`value` itself: there is one replica."""
    return value


def seed_word(seed: int | None) -> int | None:
    """A seed from 0 to 2**32 - 1, as `keras.random.SeedGenerator` takes it.

    Keras keeps it in an int32, whose bits it reads as unsigned.
    """
    if seed is None or seed < 2**31:
        return seed
    return seed - 2**32


def replica_normal(
    like: Tensor, seed_generator: keras.random.SeedGenerator
) -> Tensor:
    """Standard normal noise of the shape and dtype of `like`.

    Args:
        like: Tensor whose shape and dtype the noise takes.
        seed_generator: `keras.random.SeedGenerator`; advances by one.
    """
    return keras.random.normal(
        tuple(like.shape),
        dtype=keras.backend.standardize_dtype(like.dtype),
        seed=seed_generator,
    )


def replica_seed(
    seed_generator: keras.random.SeedGenerator,
) -> tuple[Tensor, Tensor]:
    """The two words of a seed; see `replica_normal`.

    Returns:
        Integer scalars: the seed, and how many were drawn before.
    """
    seed, count = seed_generator.next()
    return seed, count


# Compiling the attack with the step would take minutes.
@torch.compiler.disable
def change_batch(
    model: keras.Model,
    change: Callable[[Any], Any],
    *arguments: Any,
) -> tuple[Any, ...]:
    """The arguments of `train_step` with another batch.

    Args:
        model: The Keras model that is trained.
        change: Function from a batch to a batch.
        *arguments: The batch.
    """
    del model
    (data,) = arguments
    # The weights need no gradient of what `change` computes.
    with torch.no_grad():
        return (change(data),)


def step_result(logs: Any) -> Any:
    """What a training step returns: the logs, unchanged on PyTorch."""
    return logs


def local_batch(model: keras.Model, iterator: Any) -> Tensors:
    """Never needed: there are no strategies of `tf.distribute`."""
    raise NotImplementedError


def sync_state(model: keras.Model) -> None:
    """Does nothing: `fit` updates the variables of `model` in place."""


def tfp_distributions() -> Any:
    """`torch.distributions` by the names that TensorFlow Probability has."""
    library = torch.distributions

    def diagonal(loc: Tensor, scale_diag: Tensor) -> Any:
        return library.Independent(library.Normal(loc, scale_diag), 1)

    def triangular(loc: Tensor, scale_tril: Tensor) -> Any:
        # Computed inverses have tiny numbers above the diagonal.
        return library.MultivariateNormal(loc, scale_tril=scale_tril.tril())

    return types.SimpleNamespace(
        Categorical=library.Categorical,
        MixtureSameFamily=library.MixtureSameFamily,
        MultivariateNormalDiag=diagonal,
        MultivariateNormalTriL=triangular,
    )


def unit_normal(mean: Tensor) -> Any:
    """N(mean, I) as a distribution of `torch.distributions`."""
    mean = keras.ops.convert_to_tensor(mean)
    return tfp_distributions().MultivariateNormalDiag(
        mean, torch.ones_like(mean)
    )


def is_symbolic(value: Any) -> bool:
    """Whether `value` belongs to a function that is being traced."""
    if torch.compiler.is_compiling():
        return True
    return isinstance(value, torch.Tensor) and value.is_meta


def assert_in_graph(
    condition: Tensor, message: str, values: Sequence[Tensor]
) -> None:
    """Does nothing: `torch.compile` would break the graph here."""


def has_accelerator() -> bool:
    """Whether Keras puts its tensors on something else than the CPU."""
    return keras.ops.convert_to_tensor(0).device.type not in ("cpu", "meta")


def runs_eagerly() -> bool:
    """Whether `compile_function` compiles nothing: always."""
    return True


def needs_static_shapes(jit_compile: bool) -> bool:
    """Whether another batch size means another compilation: never."""
    return False


def variable_values(variables: Sequence[Tensor]) -> list[Tensor]:
    """The values of `variables`, through which no gradient flows."""
    return [variable.value.detach() for variable in variables]


def compile_function(
    function: BatchFunction, jit_compile: bool = False
) -> BatchFunction:
    """`function(batch, shared)`, run eagerly, without gradients of its own.

    `batch` and `shared` are nests of arrays, which are moved to the device of
    the first tensor in `shared`: the weights, if they are in it.
    """
    del jit_compile

    @torch.no_grad()
    def call(batch: Tensors, shared: Tensors) -> Tensors:
        with _device_of(shared):
            return function(_tensors(batch), _tensors(shared))

    return call


def _device_of(arrays: Tensors) -> contextlib.AbstractContextManager[Any]:
    """The device of the first tensor in a nest, in a Keras scope."""
    for array in keras.tree.flatten(arrays):
        if isinstance(array, torch.Tensor):
            return keras.device(str(array.device))
    return contextlib.nullcontext()


def _tensors(arrays: Tensors) -> Tensors:
    return keras.tree.map_structure(keras.ops.convert_to_tensor, arrays)


def double_precision(
    enabled: bool = True,
) -> contextlib.AbstractContextManager[None]:
    """A context in which float64 is float64: always so on PyTorch."""
    del enabled
    return contextlib.nullcontext()


def jpeg_codec(images: Tensor, quality: int) -> Tensor | None:
    """None: PyTorch has no JPEG codec."""
    del images, quality
    return None


def value_and_gradient(
    function: Callable[[Tensor], tuple[Tensor, Tensors]], x: Tensor
) -> tuple[tuple[Tensor, Tensors], Tensor]:
    """`function(x) -> (values, aux)` and the gradient of the sum of values.

    Where `values` does not depend on `x`, the gradient is zero. No gradient
    of anything else is computed.
    """
    with torch.enable_grad():
        x = keras.ops.convert_to_tensor(x).detach().requires_grad_(True)
        values, aux = function(x)
        gradient = _gradient(values.sum(), x)
    values, aux = keras.tree.map_structure(_detached, (values, aux))
    return (values, aux), gradient


def _gradient(total: Tensor, x: Tensor) -> Tensor:
    if not total.requires_grad:
        return torch.zeros_like(x)
    (gradient,) = torch.autograd.grad(total, x, allow_unused=True)
    return torch.zeros_like(x) if gradient is None else gradient


def _detached(value: Any) -> Any:
    return value.detach() if isinstance(value, torch.Tensor) else value


class _IntegerCasts(_python_dispatch.TorchDispatchMode):
    """Sees whether a tensor of floats is cast to integers."""

    found = False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket is torch.ops.aten._to_copy:
            before, after = args[0].dtype, result.dtype
            integers = not (after.is_floating_point or after.is_complex)
            if before.is_floating_point and integers and after != torch.bool:
                self.found = True
        return result


def integers_cut_gradient(
    function: Callable[[Tensor], Tensor], x: Tensor
) -> bool:
    """Whether no gradient reaches `x`, as it is cast to integers on the way.

    Args:
        function: Maps `[n, ...]` floats to one float tensor. It is run.
        x: An input of it.
    """
    with torch.enable_grad(), _IntegerCasts() as casts:
        x = keras.ops.convert_to_tensor(x).detach().requires_grad_(True)
        total = function(x).sum()
    if total.requires_grad:
        (gradient,) = torch.autograd.grad(total, x, allow_unused=True)
        if gradient is not None:
            return False
    return casts.found


def histogram(values: Tensor, bins: int) -> Tensor:
    """How often 0..bins-1 occur in each row of `values`, int32, [n, bins]."""
    values = keras.ops.convert_to_tensor(values).long()
    counts = values.new_zeros((len(values), bins), dtype=torch.int32)
    ones = torch.ones_like(values, dtype=torch.int32)
    return counts.scatter_add_(1, values, ones)


def gather(values: Tensor, index: Tensor) -> Tensor:
    """Rows of `values`; every index must be in range, none negative."""
    index = keras.ops.convert_to_tensor(index).long()
    return keras.ops.convert_to_tensor(values)[index]


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """A pure function of arrays, run eagerly, without gradients."""
    run = compile_function(lambda arguments, _: function(*arguments))

    def call(*arguments: Any) -> Any:
        return run(arguments, ())

    return call


def serving_function(model: keras.Model, signature: list[Any]) -> Any:
    """`None`: TensorFlow does not save PyTorch functions."""
    del model, signature
    return None
