from examples.common import tables


def test_a_table():
    assert tables.table(["a", "b"], [["1", "2"], ["3", "4"]]) == (
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"
    )


def test_a_spread():
    assert tables.spread([0.1, 0.2, 0.6]) == "0.300 (0.100 to 0.600)"


def test_the_origin_of_a_record():
    text = tables.origin(
        {
            "command": "python x.py",
            "commit": "0123456789",
            "date": "2026-01-02",
            "hardware": "2 cores",
            "seconds": 3,
            "versions": {"keras": "3.15", "tensorflow": "2.21"},
        }
    )
    assert text == (
        "`python x.py`, commit 0123456, 2026-01-02, 2 cores, 3 s; "
        "Keras 3.15, TensorFlow 2.21."
    )
