from keras_ceb._src.robustness.report.curves import radius_charts
from tests.robustness.report.test_report import make_report
from tests.robustness.report.test_report import make_result


def test_autoattack_is_marked_on_the_curve():
    report = make_report()
    report.attacks = [make_result(8 / 255, (1, 0, 1, 1))]
    report.attacks[0].attack["name"] = "AutoAttack"
    report.curves = {"linf": [make_result(8 / 255, (1, 1, 1, 1))]}
    (chart,) = radius_charts([report])
    curve, attack = chart["series"]
    assert [m["tip"].split(":")[0] for m in curve["marks"]] == [
        "without an attack",
        "PGD-20, L-infinity 8/255",
    ]
    (mark,) = attack["marks"]
    assert mark["shape"] == "diamond" and "75.0 % (95 %" in mark["tip"]
    assert mark["y"] == chart["frame"].y(0.75)
    assert [text for _, text in chart["x_ticks"]] == ["0", "8"]
