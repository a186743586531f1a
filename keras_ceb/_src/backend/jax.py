"""Backend functions on JAX.

Under `keras.distribution` a training step sees the global batch, so there is
one logical replica however many devices share the work.
"""

import contextlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import TypeAlias

import jax
import jax.numpy as jnp
import keras

from keras_ceb._src.optional import optional_module
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# Maps a batch of arrays, and arrays that are not a batch, to arrays.
BatchFunction: TypeAlias = Callable[[Tensors, Tensors], Tensors]


def num_replicas() -> int:
    """The number of replicas that train in step: always one, see above."""
    return 1


def all_reduce_sum(value: Tensor) -> Tensor:
    """`value` itself: it was computed from the global batch."""
    return value


def seed_word(seed: int | None) -> int | None:
    """A seed from 0 to 2**32 - 1, as `keras.random.SeedGenerator` takes it."""
    return seed


def replica_normal(
    like: Tensor, seed_generator: keras.random.SeedGenerator
) -> Tensor:
    """Standard normal noise of the shape and dtype of `like`.

    Args:
        like: Array whose shape and dtype the noise takes.
        seed_generator: `keras.random.SeedGenerator`; advances by one.

    Returns:
        Noise, one draw for the global batch.
    """
    return keras.random.normal(
        like.shape, dtype=str(like.dtype), seed=seed_generator
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


def change_batch(
    model: keras.Model,
    change: Callable[[Any], Any],
    *arguments: Any,
) -> tuple[Any, ...]:
    """The arguments of `train_step` with another batch.

    Args:
        model: The Keras model that is trained.
        change: Function from a batch to a batch. It may call the model, and
            move the state of its random generators.
        *arguments: The values of the model's variables, and the batch. It
            reads those of the optimizer too.
    """
    state, data = arguments
    trainable, non_trainable, optimizer, *others = state
    variables = (
        model.trainable_variables
        + model.non_trainable_variables
        + model.optimizer.variables
    )
    values = [*trainable, *non_trainable, *optimizer]
    with keras.StatelessScope(
        state_mapping=list(zip(variables, values, strict=True))
    ) as scope:
        data = change(data)
    moved = map(scope.get_current_value, model.non_trainable_variables)
    non_trainable = [
        old if new is None else new
        for old, new in zip(non_trainable, moved, strict=True)
    ]
    return (trainable, non_trainable, optimizer, *others), data


def step_result(logs: Any) -> Any:
    """What a training step returns: the logs, unchanged on JAX."""
    return logs


def local_batch(model: keras.Model, iterator: Any) -> Tensors:
    """Never needed: Keras builds a model from the global batch on JAX."""
    raise NotImplementedError


def sync_state(model: keras.Model) -> None:
    """Writes the state that `fit` carries back to the variables of `model`."""
    model.jax_state_sync()


def tfp_distributions() -> Any:
    """The distributions of TensorFlow Probability's JAX substrate."""
    tfp = optional_module(
        "tensorflow_probability.substrates.jax", "A distribution object"
    )
    return tfp.distributions


def unit_normal(mean: Tensor) -> Any:
    """N(mean, I) as a distribution of that substrate."""
    return tfp_distributions().MultivariateNormalDiag(loc=jnp.asarray(mean))


def is_symbolic(value: Any) -> bool:
    """Whether `value` belongs to a function that is being traced."""
    return isinstance(value, jax.core.Tracer)


def assert_in_graph(
    condition: Tensor, message: str, values: Sequence[Tensor]
) -> None:
    """Does nothing: compiled JAX code cannot raise without a host callback."""


def has_accelerator() -> bool:
    """Whether a GPU or a TPU is visible."""
    return jax.default_backend() != "cpu"


def runs_eagerly() -> bool:
    """Whether `compile_function` compiles nothing: never."""
    return False


def needs_static_shapes(jit_compile: bool) -> bool:
    """Whether another batch size means another compilation: always."""
    return True


def variable_values(variables: Sequence[Tensor]) -> list[Tensor]:
    """The values of `variables`, to be passed to a compiled function."""
    return [variable.value for variable in variables]


def compile_function(
    function: BatchFunction, jit_compile: bool = False
) -> BatchFunction:
    """Compiles `function(batch, shared)`, always with XLA.

    The first axis of every array in `batch` is the batch. Under
    `keras.distribution.DataParallel` each device takes a part of it.
    """
    compiled = jax.jit(function)

    def call(batch: Tensors, shared: Tensors) -> Tensors:
        return compiled(_spread(batch), shared)

    return call


def _spread(batch: Tensors) -> Tensors:
    """`batch` over the devices of a data-parallel distribution, if any."""
    distribution = keras.distribution.distribution()
    if not isinstance(distribution, keras.distribution.DataParallel):
        return batch
    devices = distribution.device_mesh.devices.size

    def place(array: Tensor) -> Tensor:
        if len(array) % devices:
            return array
        layout = distribution.get_data_layout(array.shape)
        return jax.device_put(array, layout.backend_layout)

    return jax.tree.map(place, batch)


def double_precision(
    enabled: bool = True,
) -> contextlib.AbstractContextManager[None]:
    """A context in which float64 is float64, not cut down to float32."""
    return jax.enable_x64(True) if enabled else contextlib.nullcontext()


def jpeg_codec(images: Tensor, quality: int) -> Tensor | None:
    """None: JAX has no JPEG codec."""
    del images, quality
    return None


def value_and_gradient(
    function: Callable[[Tensor], tuple[Tensor, Tensors]], x: Tensor
) -> tuple[tuple[Tensor, Tensors], Tensor]:
    """`function(x) -> (values, aux)` and the gradient of the sum of values.

    Where `values` does not depend on `x`, the gradient is zero.
    """

    def total(x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensors]]:
        values, aux = function(x)
        return values.sum(), (values, aux)

    (_, outputs), gradient = jax.value_and_grad(total, has_aux=True)(x)
    return outputs, gradient


def integers_cut_gradient(
    function: Callable[[Tensor], Tensor], x: Tensor
) -> bool:
    """Whether no gradient reaches `x`, as it is cast to integers on the way.

    `function` is traced, not run.

    Args:
        function: Maps `[n, ...]` floats to one float tensor.
        x: An input of it.
    """

    def gradient(x: Tensor, factor: Tensor) -> Tensor:
        return jax.grad(lambda x: (factor * function(x)).sum())(x)

    # A gradient that exists is a multiple of the factor.
    traced = jax.make_jaxpr(gradient)(x, jnp.float32(1)).jaxpr
    dependent = {traced.invars[1]}
    for equation in traced.eqns:
        if any(v in dependent for v in equation.invars if _is_variable(v)):
            dependent.update(equation.outvars)
    (result,) = traced.outvars
    if _is_variable(result) and result in dependent:
        return False
    return _casts_to_integers(jax.make_jaxpr(function)(x).jaxpr)


def _is_variable(atom: Any) -> bool:
    """Whether an operand is computed, not a literal."""
    return not hasattr(atom, "val")


def _casts_to_integers(traced: Any) -> bool:
    """Whether floats become integers anywhere in a traced function."""
    for equation in traced.eqns:
        if equation.primitive.name == "convert_element_type":
            floats = jnp.issubdtype(equation.invars[0].aval.dtype, jnp.floating)
            if floats and jnp.issubdtype(
                equation.params["new_dtype"], jnp.integer
            ):
                return True
        for part in jax.tree.leaves(
            list(equation.params.values()),
            is_leaf=lambda p: hasattr(p, "eqns") or hasattr(p, "jaxpr"),
        ):
            part = getattr(part, "jaxpr", part)
            if hasattr(part, "eqns") and _casts_to_integers(part):
                return True
    return False


def histogram(values: Tensor, bins: int) -> Tensor:
    """How often 0..bins-1 occur in each row of `values`, int32, [n, bins]."""
    return jax.vmap(lambda row: jnp.bincount(row, length=bins))(values)


def gather(values: Tensor, index: Tensor) -> Tensor:
    """Rows of `values`; every index must be in range, none negative."""
    return jnp.take(values, index, axis=0, mode="clip")


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a pure function of arrays with XLA."""
    return jax.jit(function)


def serving_function(model: keras.Model, signature: list[Any]) -> Any:
    """`None`: TensorFlow does not save JAX functions."""
    del model, signature
    return None
