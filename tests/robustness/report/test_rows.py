import numpy as np

from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
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


def test_the_table_of_certificates_never_mixes_them_with_attacks():
    radii = np.array([0.5, 0.2, 0.9, 0.0])
    found = {
        name: CertifiedRadii(
            {"name": name, "space": space, "predictor": predictor},
            predicted=np.int32([1, 2, 0, -1]),
            labels=np.int32([1, 2, 1, 0]),
            radii=radii,
            table_radii=(0.0, 0.25),
        )
        for name, space, predictor in (
            ("a", "input", "model"),
            ("b", "input", "smoothed model"),
            ("c", "encoding", "model"),
        )
    }
    results = [
        make_result(0.25, (1, 1, 1, 0), "l2"),
        make_result(0.25, (1, 0, 1, 0), "l2"),
        make_result(0.25, (0, 0, 0, 0), "linf"),
    ]
    shown = rows.certificate_table(found, 0.75, results).rows
    assert [row[:4] for row in shown] == [
        ("a", "input of the model", "0", 0.5),
        ("a", "input of the model", "0.25", 0.25),
        ("b", "input of the smoothed model", "0", 0.5),
        ("b", "input of the smoothed model", "0.25", 0.25),
        ("c", "encoding of the model", "0", 0.5),
        ("c", "encoding of the model", "0.25", 0.25),
    ]
    # Only an attack on the same predictions, in the same ball, is beside them.
    attacked = [row[-1] for row in shown]
    assert attacked == [0.75, 0.5, None, None, None, None]
    assert {row[5] for row in shown} == {0.25}


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
