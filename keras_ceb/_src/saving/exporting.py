"""How a model is exported."""

import functools
import inspect

import keras

from keras_ceb._src import backbone_inputs
from keras_ceb._src import backend


class Exported:
    """Mixin of a Keras model that is exported as its `backbone` would be.

    Keras gives a model that is not functional float32 inputs with no names:
    it cannot know that the backbone takes pixels, tokens or text.
    """

    @functools.wraps(keras.Model.export)
    def export(self, *args, **kwargs):
        bound = inspect.signature(super().export).bind(*args, **kwargs)
        if bound.arguments.get("input_signature") is None:
            signature = backbone_inputs.signature(self.backbone)
            if signature is not None:
                bound.arguments["input_signature"] = signature
        return super().export(*bound.args, **bound.kwargs)

    @property
    def _default_save_signature(self):
        # `tf.saved_model.save` traces this function of each model that it
        # writes; with float32 inputs, text fails there.
        signature = backbone_inputs.signature(self.backbone)
        if signature is None:
            return super()._default_save_signature
        return backend.serving_function(self, signature)
