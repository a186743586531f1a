"""Objects from their configurations."""

import keras

from keras_ceb._src.typing import Config


def revived(config: Config, custom_objects: Config | None = None) -> Config:
    """A configuration whose nested configurations are objects again."""
    return {
        key: keras.saving.deserialize_keras_object(
            value, custom_objects=custom_objects
        )
        if isinstance(value, dict)
        else value
        for key, value in config.items()
    }
