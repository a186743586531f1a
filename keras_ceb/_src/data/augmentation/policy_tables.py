"""The operations of a policy on images of one size, as tables.

An entry is an operation of the policy with its sign: number `4 * sub_policy +
2 * slot + negative`.
"""

import numpy as np

from keras_ceb._src.data.augmentation import affine
from keras_ceb._src.data.augmentation import lookup
from keras_ceb._src.data.augmentation import magnitudes as conventions
from keras_ceb._src.data.augmentation.policies import Policy

# Operations that run together. The order does not matter.
FIXED_TABLE = ("Brightness", "Invert", "Posterize", "Solarize")
GROUPS = (
    FIXED_TABLE,
    ("AutoContrast",),
    ("Equalize",),
    conventions.AFFINE,
    ("Color",),
    ("Contrast",),
    ("Sharpness",),
)


def groups_of(policy: Policy) -> list[tuple[str, ...]]:
    """The groups of operations that a policy needs."""
    names = {name for row in policy for name, _, _ in row}
    return [group for group in GROUPS if names & set(group)]


def make_tables(
    policy: Policy,
    magnitudes: str,
    max_translation: float | None,
    height: int,
    width: int,
) -> dict[str, np.ndarray]:
    """The tables of a policy, for images of one size.

    Args:
        policy: The sub-policies.
        magnitudes: What a level means, see `magnitudes`.
        max_translation: The longest translation in pixels, or `None` for that
            of `magnitudes`.
        height: Height of the images, pixels.
        width: Width of the images, pixels.

    Returns:
        `group`, int32, `[entries]`: the place in `groups_of` the policy;
        `fixed`, uint8, `[entries, 256]`: the new value of each value;
        `affine`, int32, `[entries, 6]`: coefficients;
        `blends`, uint8, `[factors, 256 * 256]`, and `blend_row`, int32,
        `[entries]`: the distinct blends, and the blend of each entry.
    """
    groups = groups_of(policy)
    entries = [
        (operation, level, negative)
        for row in policy
        for operation, _, level in row
        for negative in (False, True)
    ]
    size = len(entries)
    group = np.zeros(size, "int32")
    fixed = np.zeros((size, 256), "uint8")
    matrices = np.zeros((size, 6), "int32")
    factors = np.ones(size)
    for i, (operation, level, negative) in enumerate(entries):
        (group[i],) = (g for g, n in enumerate(groups) if operation in n)
        side = height if operation == "TranslateY" else width
        longest = max_translation
        if longest is None:
            longest = conventions.max_translation(magnitudes, side)
        value = conventions.magnitude(
            operation, level, negative, magnitudes, longest
        )
        if operation in FIXED_TABLE:
            fixed[i] = _fixed_table(operation, value)
        elif operation in conventions.AFFINE:
            matrices[i] = affine.fixed_point(
                affine.matrix(operation, value, height, width)
            )
        elif operation in conventions.ENHANCEMENTS:
            factors[i] = value
    distinct, blend_row = np.unique(factors, return_inverse=True)
    return {
        "group": group,
        "fixed": fixed,
        "affine": matrices,
        "blends": np.stack([lookup.blend_table(f) for f in distinct]),
        "blend_row": blend_row.astype("int32").reshape(-1),
    }


def _fixed_table(operation: str, value: float) -> np.ndarray:
    """The table of an operation that does not depend on the image."""
    if operation == "Invert":
        return lookup.invert_table()
    if operation == "Posterize":
        return lookup.posterize_table(value)
    if operation == "Solarize":
        return lookup.solarize_table(value)
    return lookup.blend_table(value)[:256]
