from keras_ceb._src.robustness.report import rows
from tests.robustness.report.test_report import make_result


def test_clean_table_has_the_nats_of_answers_that_exist():
    clean = {
        "num_images": 4,
        "accuracy": 0.75,
        "nll": 0.5,
        "brier": 0.25,
        "ece": 0.125,
        "residual_information": {"right": 2.0, "wrong": None},
    }
    table = rows.clean_table(clean)
    assert table.rows[0] == ("images", 4)
    assert table.rows[1] == ("accuracy", 0.75)
    *_, right, wrong = table.rows
    assert right == ("residual information, right answers, nats", 2.0)
    assert wrong == ("residual information, wrong answers, nats", "none")
    clean["residual_information"] = None
    assert len(rows.clean_table(clean).rows) == 5


def test_attack_table_has_a_row_per_result():
    results = [make_result(0.05, (1, 1)), make_result(0.5, (1, 0), "l2")]
    table = rows.attack_table(results)
    assert [row[:4] for row in table.rows] == [
        ("PGD-20", "linf", "0.05", 1.0),
        ("PGD-20", "l2", "0.5", 0.5),
    ]


def test_attacks_are_named_by_the_settings_in_which_they_differ():
    one, other = (
        make_result(0.1, (1, 1), loss=loss) for loss in ("margin", "dlr")
    )
    # The same attack in a curve too: one name for both.
    names = rows.names_of([one, other, one])
    assert names[0] == names[2] != names[1]
    assert rows.settings_of(one) == rows.settings_of(
        make_result(0.1, (0, 0), loss="margin")
    )
