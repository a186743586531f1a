import pytest

from keras_ceb._src.training.arguments import by_name


class Owner:
    def method(self, x, y=None, *, z=3, **kwargs):
        raise NotImplementedError


def test_positions_names_and_the_rest():
    found = by_name(Owner.method, (1,), {"z": 5, "other": 7})
    assert found == {"x": 1, "z": 5, "other": 7}


def test_what_the_method_does_not_take():
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        by_name(Owner.method, (), {"y": 2})
