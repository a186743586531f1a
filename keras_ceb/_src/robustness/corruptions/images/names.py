"""The names of the corruptions. Imports nothing that takes time."""

from typing import Any

from keras_ceb._src.validation import one_of

COMMON_CORRUPTIONS = (
    "gaussian_noise",
    "shot_noise",
    "impulse_noise",
    "defocus_blur",
    "glass_blur",
    "motion_blur",
    "zoom_blur",
    "snow",
    "frost",
    "fog",
    "brightness",
    "contrast",
    "elastic_transform",
    "pixelate",
    "jpeg_compression",
)
"""The 15 corruptions that `avg` and mCE are taken over, in the usual order."""

EXTRA_CORRUPTIONS = (
    "speckle_noise",
    "gaussian_blur",
    "spatter",
    "saturate",
)
"""The 4 further corruptions, meant for choosing hyperparameters."""

CORRUPTIONS = (*COMMON_CORRUPTIONS, *EXTRA_CORRUPTIONS)
"""The 15 common corruptions, then the 4 extra ones."""


def check_name(name: Any) -> str:
    """`name`, if it is the name of a corruption."""
    return str(one_of(name, "name", CORRUPTIONS))
