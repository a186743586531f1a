"""All corruptions by name, collected from the modules that define them."""

from typing import Any

from keras_ceb._src.robustness.corruptions.images import blur
from keras_ceb._src.robustness.corruptions.images import color
from keras_ceb._src.robustness.corruptions.images import defocus
from keras_ceb._src.robustness.corruptions.images import elastic
from keras_ceb._src.robustness.corruptions.images import frost
from keras_ceb._src.robustness.corruptions.images import glass
from keras_ceb._src.robustness.corruptions.images import jpeg
from keras_ceb._src.robustness.corruptions.images import motion
from keras_ceb._src.robustness.corruptions.images import noise
from keras_ceb._src.robustness.corruptions.images import pixelate
from keras_ceb._src.robustness.corruptions.images import spatter
from keras_ceb._src.robustness.corruptions.images import weather
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.validation import one_of

_MODULES = (
    noise,
    blur,
    defocus,
    glass,
    motion,
    weather,
    frost,
    color,
    elastic,
    pixelate,
    jpeg,
    spatter,
)

_RECORDS = sorted(
    (record for module in _MODULES for record in module.RECORDS),
    key=lambda record: record.number,
)

BY_NAME: dict[str, Corruption] = {record.name: record for record in _RECORDS}

CORRUPTIONS = tuple(BY_NAME)
"""The 15 common corruptions, then the 4 extra ones."""

COMMON_CORRUPTIONS = tuple(name for name in BY_NAME if BY_NAME[name].common)
"""The 15 corruptions that `avg` and mCE are taken over, in the usual order."""

EXTRA_CORRUPTIONS = tuple(name for name in BY_NAME if not BY_NAME[name].common)
"""The 4 further corruptions, meant for choosing hyperparameters."""


def check_name(name: Any) -> str:
    """`name`, if it is the name of a corruption."""
    return str(one_of(name, "name", CORRUPTIONS))


def corruption(name: Any) -> Corruption:
    """The corruption of that name.

    Raises:
        ValueError: If there is none.
    """
    return BY_NAME[check_name(name)]
