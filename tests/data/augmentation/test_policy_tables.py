import numpy as np

from keras_ceb._src.data.augmentation import policies
from keras_ceb._src.data.augmentation import policy_tables

POLICY = policies.get(
    [
        (("Invert", 0.5, 0), ("TranslateX", 0.5, 5)),
        (("Color", 1.0, 9), ("Posterize", 1.0, 5)),
    ]
)


def test_only_the_groups_of_a_policy_are_run():
    assert policy_tables.groups_of(POLICY) == [
        policy_tables.FIXED_TABLE,
        ("Rotate", "ShearX", "ShearY", "TranslateX", "TranslateY"),
        ("Color",),
    ]


def test_the_entries_of_a_policy():
    tables = policy_tables.make_tables(POLICY, "authors", 10, 8, 16)
    # Each operation twice, for its two signs.
    assert tables["group"].tolist() == [0, 0, 1, 1, 2, 2, 0, 0]
    values = np.arange(256)
    np.testing.assert_array_equal(tables["fixed"][0], 255 - values)
    # Level 5 leaves 4 - int(0.4 * 5) = 2 bits.
    np.testing.assert_array_equal(tables["fixed"][6], values & 0b11000000)
    # int(10 * 5 / 10) = 5 pixels to either side, in 16.16 fixed point.
    shifts = tables["affine"][2:4, 2] >> 16
    assert sorted(shifts.tolist()) == [-5, 5]
    # Blends: none, and 0.1 + 1.8 * 9 / 10 = 1.72 for the color.
    assert tables["blends"].shape == (2, 256 * 256)
    assert tables["blend_row"].tolist() == [0, 0, 0, 0, 1, 1, 0, 0]
    assert tables["blends"][1][256 * 0 + 100] == 172
