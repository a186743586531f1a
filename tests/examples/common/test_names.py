import pytest

from examples.common import names


def test_a_name_stands_for_its_entry_and_unknown_ones_list_the_known():
    table = {"short": 1, "paper": 2}
    assert names.find("preset", "paper", table) == 2
    with pytest.raises(ValueError) as error:
        names.find("preset", "long", table)
    assert str(error.value) == (
        "`preset` must be one of short, paper. Received: preset='long'"
    )
