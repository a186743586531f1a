"""Backend functions on TensorFlow."""

import contextlib
import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import TypeAlias

import keras
import tensorflow as tf

from keras_ceb._src.optional import optional_module
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# Maps a batch of arrays, and arrays that are not a batch, to arrays.
BatchFunction: TypeAlias = Callable[[Tensors, Tensors], Tensors]

# Without AutoGraph, which would rewrite every function of the package before
# it is traced: none has a Python branch or loop over a tensor.
_graph = functools.partial(tf.function, autograph=False)


def num_replicas() -> int:
    """The number of replicas that train in step, int."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def replica_id() -> Tensor:
    """The index of this replica among all replicas, int32 scalar."""
    context = tf.distribute.get_replica_context()
    if num_replicas() == 1 or context is None:
        return tf.constant(0, "int32")
    return tf.cast(context.replica_id_in_sync_group, "int32")


def all_reduce_sum(value: Tensor) -> Tensor:
    """The sum of `value` over all replicas; `value` itself on one replica."""
    context = tf.distribute.get_replica_context()
    if num_replicas() == 1 or context is None:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value)


def seed_word(seed: int | None) -> int | None:
    """A seed from 0 to 2**32 - 1, as `keras.random.SeedGenerator` takes it."""
    return seed


def replica_normal(
    like: Tensor, seed_generator: keras.random.SeedGenerator
) -> Tensor:
    """Standard normal noise, different on every replica.

    A Keras seed generator advances alike on all replicas of a strategy, so
    its seeds alone would give every replica the same noise.

    Args:
        like: Tensor whose shape and dtype the noise takes.
        seed_generator: `keras.random.SeedGenerator`; advances by one.

    Returns:
        Noise of the shape and dtype of `like`.
    """
    seed = tf.cast(seed_generator.next(), "int32")
    # An odd multiplier is a bijection of int32, so the seeds are distinct.
    seed += tf.stack([replica_id() * 0x9E3779B, 0])
    return tf.random.stateless_normal(tf.shape(like), seed, dtype=like.dtype)


def replica_seed(
    seed_generator: keras.random.SeedGenerator,
) -> tuple[Tensor, Tensor]:
    """The two words of a seed, the first one different on every replica.

    Args:
        seed_generator: `keras.random.SeedGenerator`; advances by one.

    Returns:
        Integer scalars: the seed, and how many were drawn before.
    """
    seed, count = tf.unstack(tf.cast(seed_generator.next(), "int32"))
    return seed + replica_id() * 0x9E3779B, count


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
    return (change(data),)


def step_result(logs: Any) -> Any:
    """The logs of a step, in a shape that Keras can reduce over replicas.

    With several workers Keras averages over the first axis, which the scalars
    of its own steps lack.
    """
    strategy = tf.distribute.get_strategy()
    if (
        isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        and strategy.extended._in_multi_worker_mode()
    ):
        return {name: tf.reshape(value, (1,)) for name, value in logs.items()}
    return logs


def local_batch(model: keras.Model, iterator: Any) -> Tensors:
    """The first batch of an epoch, as this process's first replica sees it."""
    # Older Keras gives two items, newer Keras three.
    *_, batches = next(iter(iterator))
    local_results = model.distribute_strategy.experimental_local_results
    return tf.nest.map_structure(
        lambda part: local_results(part)[0], next(batches)
    )


def sync_state(model: keras.Model) -> None:
    """Does nothing: `fit` updates the variables of `model` in place."""


def tfp_distributions() -> Any:
    """The distributions of TensorFlow Probability."""
    tfp = optional_module("tensorflow_probability", "A distribution object")
    return tfp.distributions


def unit_normal(mean: Tensor) -> Any:
    """N(mean, I) as a distribution of TensorFlow Probability."""
    return tfp_distributions().MultivariateNormalDiag(
        loc=tf.convert_to_tensor(mean)
    )


def is_symbolic(value: Any) -> bool:
    """Whether `value` belongs to a graph that is being traced."""
    return tf.is_symbolic_tensor(value)


def assert_in_graph(
    condition: Tensor, message: str, values: Sequence[Tensor]
) -> None:
    """Stops the graph unless `condition`; XLA leaves it out.

    Args:
        condition: Boolean scalar tensor.
        message: Text of the `tf.errors.InvalidArgumentError`.
        values: Tensors that are shown after it.
    """
    tf.debugging.Assert(condition, [message, *values])


def has_accelerator() -> bool:
    """Whether a GPU or a TPU is visible."""
    return any(
        device.device_type in ("GPU", "TPU")
        for device in tf.config.list_logical_devices()
    )


def runs_eagerly() -> bool:
    """Whether `compile_function` compiles nothing: never."""
    return False


def needs_static_shapes(jit_compile: bool) -> bool:
    """Whether another batch size means another compilation."""
    return jit_compile or tf.distribute.has_strategy()


def variable_values(variables: Sequence[Tensor]) -> list[Tensor]:
    """Empty: a `tf.function` captures variables and reads them itself."""
    return []


def compile_function(
    function: BatchFunction, jit_compile: bool = False
) -> BatchFunction:
    """Compiles `function(batch, shared)` once for every batch size.

    `batch` and `shared` are nests of arrays; the first axis of every array in
    `batch` and of every result is the batch, whose size may differ from call
    to call. In the scope of a strategy, each of its replicas takes a part.
    """
    compiled = None
    replicated = None

    def call(batch: Tensors, shared: Tensors) -> Tensors:
        nonlocal compiled, replicated
        batch = tf.nest.map_structure(tf.convert_to_tensor, batch)
        shared = tf.nest.map_structure(tf.convert_to_tensor, shared)
        if tf.distribute.has_strategy():
            if replicated is None:
                replicated = _on_replicas(function, jit_compile)
            return replicated(batch, shared)
        if compiled is None:
            signature = (
                tf.nest.map_structure(
                    lambda t: tf.TensorSpec([None, *t.shape[1:]], t.dtype),
                    batch,
                ),
                tf.nest.map_structure(
                    lambda t: tf.TensorSpec(t.shape, t.dtype), shared
                ),
            )
            compiled = _graph(
                function, jit_compile=jit_compile
            ).get_concrete_function(*signature)
        return compiled(batch, shared)

    return call


def _on_replicas(function: BatchFunction, jit_compile: bool) -> BatchFunction:
    """`function(batch, shared)` in equal parts on the strategy's replicas."""
    strategy = tf.distribute.get_strategy()
    count = strategy.num_replicas_in_sync
    compiled = _graph(function, jit_compile=jit_compile)

    @_graph
    def run(parts: Tensors, shared: Tensors) -> Tensors:
        return strategy.run(compiled, args=(parts, shared))

    def call(batch: Tensors, shared: Tensors) -> Tensors:
        size = len(tf.nest.flatten(batch)[0])
        each = -(-size // count)

        def part(context: Any) -> Tensors:
            first = each * context.replica_id_in_sync_group
            # If the size is not a multiple, the last row is repeated.
            rows = tf.minimum(tf.range(first, first + each), size - 1)
            return tf.nest.map_structure(lambda t: tf.gather(t, rows), batch)

        parts = strategy.experimental_distribute_values_from_function(part)
        results = strategy.experimental_local_results
        return tf.nest.map_structure(
            lambda value: tf.concat(results(value), 0)[:size],
            run(parts, shared),
        )

    return call


def double_precision(
    enabled: bool = True,
) -> contextlib.AbstractContextManager[None]:
    """A context in which float64 is float64: always so on TensorFlow."""
    del enabled
    return contextlib.nullcontext()


def jpeg_codec(images: Tensor, quality: int) -> Tensor | None:
    """JPEG there and back, by libjpeg's accurate transform, 4:2:0.

    Args:
        images: Uint8, [batch, height, width, channels], 1 or 3 channels.
        quality: 1 to 100.

    Returns:
        uint8 tensor of the shape of `images`; None on a backend without a
        codec.
    """
    return _code_jpeg(images, quality)


@_graph
def _code_jpeg(images: Tensor, quality: int) -> Tensor:
    shape = images.shape[1:]

    def code(image: Tensor) -> Tensor:
        data = tf.io.encode_jpeg(image, quality=quality)
        return tf.io.decode_jpeg(
            data, channels=shape[-1], dct_method="INTEGER_ACCURATE"
        )

    signature = tf.TensorSpec(shape, "uint8")
    return tf.map_fn(code, images, fn_output_signature=signature)


def value_and_gradient(
    function: Callable[[Tensor], tuple[Tensor, Tensors]], x: Tensor
) -> tuple[tuple[Tensor, Tensors], Tensor]:
    """`function(x) -> (values, aux)` and the gradient of the sum of values.

    Where `values` does not depend on `x`, the gradient is zero.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        values, aux = function(x)
    gradient = tape.gradient(
        values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    return (values, aux), gradient


def integers_cut_gradient(
    function: Callable[[Tensor], Tensor], x: Tensor
) -> bool:
    """Whether no gradient reaches `x`, as it is cast to integers on the way.

    `function` is traced, not run.

    Args:
        function: Maps `[n, ...]` floats to one float tensor.
        x: An input of it.
    """
    gradients = []

    @_graph(input_signature=[tf.TensorSpec((None, *x.shape[1:]), x.dtype)])
    def traced(x: Tensor) -> Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            outputs = function(x)
        gradients.append(tape.gradient(outputs, x))
        return outputs

    graph = traced.get_concrete_function().graph
    if gradients[-1] is not None:
        return False
    definition = graph.as_graph_def()
    nodes = [
        definition.node,
        *(f.node_def for f in definition.library.function),
    ]
    return any(
        node.op == "Cast"
        and tf.as_dtype(node.attr["SrcT"].type).is_floating
        and tf.as_dtype(node.attr["DstT"].type).is_integer
        for part in nodes
        for node in part
    )


def histogram(values: Tensor, bins: int) -> Tensor:
    """How often 0..bins-1 occur in each row of `values`, int32, [n, bins]."""
    return tf.raw_ops.DenseBincount(
        input=values, size=bins, weights=tf.zeros((0,), "int32")
    )


def gather(values: Tensor, index: Tensor) -> Tensor:
    """Rows of `values`; every index must be in range, none negative."""
    return tf.gather(values, index)


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a pure function of arrays with XLA."""
    return _graph(function, jit_compile=True)


def serving_function(model: keras.Model, signature: list[Any]) -> Any:
    """A `tf.function` that runs a model, for `tf.saved_model.save`.

    Args:
        model: A Keras model.
        signature: A list of one `keras.InputSpec`, or of one structure of
            them.
    """
    signature = tf.nest.map_structure(
        lambda spec: tf.TensorSpec(spec.shape, spec.dtype, spec.name),
        signature,
    )

    @_graph(input_signature=signature)
    def serving_default(inputs: Tensors) -> Tensors:
        return model(inputs)

    return serving_default
