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
from keras_ceb._src.robustness.corruptions.images.names import check_name

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


def corruption(name: Any) -> Corruption:
    """The corruption of that name.

    Raises:
        ValueError: If there is none.
    """
    return BY_NAME[check_name(name)]
