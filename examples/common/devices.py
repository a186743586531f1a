"""Where a model trains: one device, one or several machines, or a TPU.

    devices = make("tpu", tpu="my-tpu")
    with devices.scope():
        model = ...
    model.fit(devices.distribute(make_dataset, batch_size), ...)

A strategy for TensorFlow is one of `tf.distribute`; `jax` is
`keras.distribution.DataParallel` over all devices that JAX sees.
"""

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras

STRATEGIES = ("one_device", "mirrored", "multiworker", "tpu", "jax")
# Where a TPU of this machine shows itself.
TPU_DEVICES = ("/dev/accel0", "/dev/accel_0", "/dev/vfio/0")


@dataclasses.dataclass(frozen=True)
class Devices:
    """Devices that train in step, as one process sees them.

    Attributes:
        name: The strategy.
        num_replicas: Into how many parts a batch is split.
        shard: The number of this process and how many there are: each reads
            and evaluates a part of the data.
        strategy: The `tf.distribute` strategy, or `None`.
    """

    name: str
    num_replicas: int
    shard: tuple[int, int] = (0, 1)
    strategy: Any = None

    @property
    def is_chief(self) -> bool:
        """Whether this is the process that writes files."""
        return self.shard[0] == 0

    def scope(self) -> Any:
        """The context in which models are built and measured."""
        if self.strategy is None:
            return contextlib.nullcontext()
        return self.strategy.scope()

    def check_batch_size(self, batch_size: int) -> None:
        """Raises a `ValueError` unless all replicas get equally much."""
        if batch_size % self.num_replicas:
            lower = batch_size - batch_size % self.num_replicas
            raise ValueError(
                f"`batch_size` must be divisible by the {self.num_replicas} "
                f"replicas of strategy {self.name!r}: "
                f"{f'{lower} or ' if lower else ''}"
                f"{lower + self.num_replicas}, for example. "
                f"Received: batch_size={batch_size}"
            )

    def distribute(
        self,
        dataset: Callable[[int, tuple[int, int]], Any],
        batch_size: int,
    ) -> Any:
        """Batches for `fit`.

        Args:
            dataset: Function from a batch size and a shard to a
                `tf.data.Dataset`.
            batch_size: That of all processes together.
        """
        self.check_batch_size(batch_size)
        if self.strategy is None:
            return dataset(batch_size // self.shard[1], self.shard)

        def pipeline(context):
            return dataset(
                context.get_per_replica_batch_size(batch_size),
                (context.input_pipeline_id, context.num_input_pipelines),
            )

        return self.strategy.distribute_datasets_from_function(pipeline)


def make(
    name: str,
    tpu: str | None = None,
    num_processes: int = 1,
    together: bool = True,
) -> Devices:
    """The devices of a strategy.

    Args:
        name: `"one_device"`, `"mirrored"` (all GPUs, or all logical CPUs),
            `"multiworker"` (`TF_CONFIG` says which machines), `"tpu"`, or
            `"jax"` (all devices that JAX sees).
        tpu: Name or address of the TPU; `None` for that of `TPU_NAME`, or of
            this machine.
        num_processes: For `"jax"`, how many processes there are, each with
            devices of its own, as on a TPU slice of several hosts.
        together: Whether the processes train one model, in step. If not, each
            has the devices of its own machine, to evaluate its shard.

    Raises:
        ValueError: If the name is another, it does not fit the Keras backend,
            there is no TPU, or `TF_CONFIG` is not set.
    """
    if name not in STRATEGIES:
        raise ValueError(
            f"`strategy` must be one of {', '.join(STRATEGIES)}. "
            f"Received: strategy={name!r}"
        )
    backend = keras.backend.backend()
    if (name == "jax") != (backend == "jax"):
        needed = "jax" if name == "jax" else "tensorflow"
        raise ValueError(
            f"`strategy={name!r}` needs the Keras backend {needed!r}: set "
            f"KERAS_BACKEND={needed}. Received: backend={backend!r}"
        )
    if name == "jax":
        return _jax(num_processes, together)
    import tensorflow as tf

    if name == "one_device":
        return Devices(name, 1)
    if name == "mirrored":
        return _of_strategy(name, tf.distribute.MirroredStrategy(_local(tf)))
    if name == "tpu":
        return _of_strategy(name, _tpu(tf, tpu))
    if not os.environ.get("TF_CONFIG"):
        raise ValueError(
            "`strategy='multiworker'` needs the environment variable "
            "TF_CONFIG, which names the machines and says which one this is: "
            "https://www.tensorflow.org/guide/distributed_training#"
            "setting_up_the_tf_config_environment_variable. "
            "Received: TF_CONFIG is not set"
        )
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    workers = resolver.cluster_spec().as_dict()["worker"]
    shard = (resolver.task_id, len(workers))
    if together:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    else:
        strategy = tf.distribute.MirroredStrategy(_local(tf))
    return _of_strategy(name, strategy, shard)


def _of_strategy(name, strategy, shard=(0, 1)):
    return Devices(name, strategy.num_replicas_in_sync, shard, strategy)


def _local(tf):
    """All GPUs, or all logical CPUs."""
    gpus = tf.config.list_logical_devices("GPU")
    devices = gpus or tf.config.list_logical_devices("CPU")
    return [device.name for device in devices]


def _tpu(tf, tpu):
    name = tpu or os.environ.get("TPU_NAME")
    here = [path for path in TPU_DEVICES if pathlib.Path(path).exists()]
    found = None
    if name or here:
        try:
            resolver = tf.distribute.cluster_resolver.TPUClusterResolver(
                name or "local"
            )
            tf.config.experimental_connect_to_cluster(resolver)
            tf.tpu.experimental.initialize_tpu_system(resolver)
            return tf.distribute.TPUStrategy(resolver)
        # The resolver raises errors of many kinds.
        except Exception as error:
            found = error
    others = ", ".join(s for s in STRATEGIES if s not in ("tpu", "jax"))
    raise ValueError(
        "`strategy='tpu'` found no TPU. Looked for: `tpu`="
        f"{tpu!r}, TPU_NAME={os.environ.get('TPU_NAME')!r}, and a TPU of this "
        f"machine at {', '.join(TPU_DEVICES)} "
        f"({'found' if here else 'none is there'}). TensorFlow "
        f"{tf.__version__}: TPUs need the package tensorflow-tpu. Other "
        f"strategies: {others}; with KERAS_BACKEND=jax, jax."
        + (f" ({found})" if found else "")
    ) from found


def _jax(num_processes, together):
    import jax

    if num_processes > 1:
        keras.distribution.initialize(num_processes=num_processes)
    devices = jax.devices() if together else jax.local_devices()
    if len(devices) > 1:
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(
                devices=[f"{d.platform}:{d.id}" for d in devices],
                # Every process reads its own part already.
                auto_shard_dataset=False,
            )
        )
    shard = (jax.process_index(), jax.process_count())
    return Devices("jax", len(devices), shard)
