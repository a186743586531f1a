"""Any backbone as a map from inputs to one feature vector each."""

from typing import Any

import keras

from keras_ceb._src.layers import backbone_inputs
from keras_ceb._src.layers.feature_average import FeatureAverage
from keras_ceb._src.saving.revived import revived
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors
from keras_ceb._src.validation import one_of

DATA_FORMATS = ("channels_first", "channels_last")


@keras.saving.register_keras_serializable(package="keras_ceb")
class PooledBackbone(keras.layers.Layer):
    """Runs a backbone and averages its features over space or tokens.

    4-D features are averaged over their two spatial axes, 5-D features over
    three, 3-D token features over the tokens (masked ones left out), and 2-D
    features are taken as they are. A row of tokens that is all padding gets
    zeros. The average is in float32, whatever the backbone computes in.

    Args:
        backbone: A Keras model or layer that maps inputs to one tensor of
            features. Any structure of inputs passes through to it.
        data_format: `"channels_last"` or `"channels_first"`, for features of
            rank 4 and 5. `None` takes that of the backbone's own layers or,
            if they have none, `keras.config.image_data_format()`.
        dtype: Defaults to `"float32"` whatever the global policy is; the
            backbone keeps its own.
        **kwargs: `name`, `trainable`.

    Call arguments:
        inputs: Whatever the backbone takes.

    Output shape:
        `[batch, features]`, float32.

    Raises:
        TypeError: If `backbone` is not a Keras layer or model.
        ValueError: If the backbone's output is not one tensor of rank 2 to 5
            with a known number of features above zero.

    Example:

    ```python
    resnet = keras.applications.ResNet50(include_top=False, weights=None)
    features = keras_ceb.layers.PooledBackbone(resnet)
    features(np.zeros((2, 64, 64, 3))).shape  # (2, 2048)
    ```
    """

    def __init__(
        self,
        backbone: keras.layers.Layer,
        data_format: str | None = None,
        *,
        dtype: Any = "float32",
        **kwargs: Any,
    ):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        if not isinstance(backbone, keras.layers.Layer):
            raise TypeError(
                "`backbone` must be a Keras model or layer. "
                f"Received: backbone={backbone!r} of type "
                f"{type(backbone).__name__}"
            )
        if data_format is not None:
            one_of(data_format, "data_format", DATA_FORMATS)
        self.backbone = backbone
        self.data_format = data_format
        self.pooling: FeatureAverage | None = None

    def build(self, input_shape: Any) -> None:
        shape = self._feature_shape(input_shape)
        if len(shape) > 2:
            axes = tuple(range(1, len(shape) - 1))
            if len(shape) > 3 and self._resolved_data_format() == (
                "channels_first"
            ):
                axes = tuple(range(2, len(shape)))
            self.pooling = FeatureAverage(
                axes,
                masked=len(shape) == 3,
                dtype=self.dtype_policy,
                name="pooling",
            )
        if self.pooling is not None:
            self.pooling.build(shape)
        if not self.compute_output_shape(input_shape)[-1]:
            raise ValueError(
                "`backbone` must return a known number of features above "
                f"zero. Received: output of shape {shape}"
            )

    def call(self, inputs: Tensors, training: bool | None = None) -> Tensor:
        # `training` reaches the backbone through the call context, also one
        # whose `call` does not name it.
        features = self.backbone(inputs)
        if self.pooling is not None:
            features = self.pooling(features)
        return keras.ops.cast(features, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        shape = self._feature_shape(input_shape)
        if self.pooling is not None:
            shape = self.pooling.compute_output_shape(shape)
        return tuple(shape)

    def _feature_shape(self, input_shape: Any) -> Shape:
        # A symbolic call, for it also builds a backbone that is not built.
        features = self.backbone(
            backbone_inputs.of_shape(self.backbone, input_shape)
        )
        if not isinstance(features, keras.KerasTensor):
            shapes = keras.tree.map_structure(lambda t: t.shape, features)
            raise ValueError(
                "`backbone` must return one tensor of features; choose one "
                "with `keras.Model(backbone.inputs, output)`. "
                f"Received: outputs of shape {shapes}"
            )
        shape = features.shape
        if not 2 <= len(shape) <= 5:
            raise ValueError(
                "`backbone` must return features of rank 2 (vectors), 3 "
                "(tokens), 4 (maps) or 5 (volumes), batch included. "
                f"Received: output of shape {tuple(shape)}"
            )
        return tuple(shape)

    def _resolved_data_format(self) -> str:
        if self.data_format is not None:
            return self.data_format
        layers = [self.backbone]
        if isinstance(self.backbone, keras.Model):
            layers += self.backbone._flatten_layers(include_self=False)
        for layer in reversed(layers):
            if getattr(layer, "data_format", None) in DATA_FORMATS:
                return str(layer.data_format)
        return str(keras.config.image_data_format())

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "data_format": self.data_format,
        }

    @classmethod
    def from_config(cls, config: Config) -> "PooledBackbone":
        return cls(**revived(config))
