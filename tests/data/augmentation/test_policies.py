"""The policy tables, row by row, as published."""

import re

import pytest

from keras_ceb._src.data.augmentation import policies

# In the notation of public listings: operation, probability, level.
CIFAR10 = """
Invert .1 7 Contrast .2 6; Rotate .7 2 TranslateX .3 9;
Sharpness .8 1 Sharpness .9 3; ShearY .5 8 TranslateY .7 9;
AutoContrast .5 8 Equalize .9 2; ShearY .2 7 Posterize .3 7;
Color .4 3 Brightness .6 7; Sharpness .3 9 Brightness .7 9;
Equalize .6 5 Equalize .5 1; Contrast .6 7 Sharpness .6 5;
Color .7 7 TranslateX .5 8; Equalize .3 7 AutoContrast .4 8;
TranslateY .4 3 Sharpness .2 6; Brightness .9 6 Color .2 8;
Solarize .5 2 Invert 0 3; Equalize .2 0 AutoContrast .6 0;
Equalize .2 8 Equalize .6 4; Color .9 9 Equalize .6 6;
AutoContrast .8 4 Solarize .2 8; Brightness .1 3 Color .7 0;
Solarize .4 5 AutoContrast .9 3; TranslateY .9 9 TranslateY .7 9;
AutoContrast .9 2 Solarize .8 3; Equalize .8 8 Invert .1 3;
TranslateY .7 9 AutoContrast .9 1
"""
IMAGENET = """
Posterize .4 8 Rotate .6 9; Solarize .6 5 AutoContrast .6 5;
Equalize .8 8 Equalize .6 3; Posterize .6 7 Posterize .6 6;
Equalize .4 7 Solarize .2 4; Equalize .4 4 Rotate .8 8;
Solarize .6 3 Equalize .6 7; Posterize .8 5 Equalize 1 2;
Rotate .2 3 Solarize .6 8; Equalize .6 8 Posterize .4 6;
Rotate .8 8 Color .4 0; Rotate .4 9 Equalize .6 2;
Equalize 0 7 Equalize .8 8; Invert .6 4 Equalize 1 8;
Color .6 4 Contrast 1 8; Rotate .8 8 Color 1 2;
Color .8 8 Solarize .8 7; Sharpness .4 7 Invert .6 8;
ShearX .6 5 Equalize 1 9; Color .4 0 Equalize .6 3;
Equalize .4 7 Solarize .2 4; Solarize .6 5 AutoContrast .6 5;
Invert .6 4 Equalize 1 8; Color .6 4 Contrast 1 8;
Equalize .8 8 Equalize .6 3
"""


@pytest.mark.parametrize(
    "name, listing", [("cifar10", CIFAR10), ("imagenet", IMAGENET)]
)
def test_tables_are_the_published_ones(name, listing):
    rows = []
    for line in listing.split(";"):
        found = re.findall(r"(\w+) ([\d.]+) (\d)", line)
        rows.append(tuple((op, float(p), int(m)) for op, p, m in found))
    assert len(rows) == 25 and all(len(row) == 2 for row in rows)
    for row, expected in zip(policies.get(name), rows, strict=True):
        assert row == expected


def test_the_imagenet_policy_has_20_distinct_rows():
    rows = policies.IMAGENET
    assert len(set(rows)) == 20
    for later, earlier in ((20, 4), (21, 1), (22, 13), (23, 14), (24, 2)):
        assert rows[later] == rows[earlier]
    assert len(set(policies.CIFAR10)) == 25


def test_rows_that_overlap_with_corruptions():
    # Section 3.1 of the CEB paper: brightness and contrast.
    overlapping = [
        i
        for i, row in enumerate(policies.CIFAR10)
        if {"Brightness", "Contrast"} & {operation for operation, _, _ in row}
    ]
    assert overlapping == [0, 6, 7, 9, 13, 19]


@pytest.mark.parametrize(
    "policy, error, text",
    [
        ("v0", ValueError, "`policy`"),
        ([[("Invert", 1, 1)]], TypeError, "`policy`.*two"),
        (3, TypeError, "`policy`.*Received: policy=3"),
        ([[("Cutout", 1, 1)] * 2], ValueError, "`operation`.*Cutout"),
        ([[("Invert", 1.5, 1)] * 2], ValueError, "`probability`.*1.5"),
        ([[("Invert", 1, 10)] * 2], ValueError, "`level`.*10"),
        ([[("Invert", 1, 1.5)] * 2], ValueError, "`level`.*1.5"),
    ],
)
def test_bad_policies(policy, error, text):
    with pytest.raises(error, match=text):
        policies.get(policy)
