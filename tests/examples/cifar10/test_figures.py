"""What Figure 1 draws, on an axis that only notes it."""

from unittest import mock

import pytest

from examples.cifar10 import figures


def results(rho=None, clean=0.5, adversary=None, classifier="linear"):
    curve = [
        {"attack": {"eps": eps}, "accuracy": clean / 2} for eps in (0.1, 0.2)
    ]
    settings = {"rho": rho, "classifier": classifier, "adversary": adversary}
    report = {"curves": {"linf": curve, "l2": curve}}
    epochs = [{"val_accuracy": clean}]
    return [
        {
            "settings": settings,
            "figures": {"epochs": epochs, "report": report},
        }
    ]


PLAIN = {"baseline": results(), "ceb_2": results(2.0, 0.6)}
MADRY = {"madry": results(clean=0.8, adversary="madry")}


def drawn(study):
    """The axis after Figure 1 was drawn."""
    axis = mock.Mock()
    figures.accuracy_against_rho(study, axis, figures.marks(study))
    return axis


def lines(axis, style):
    calls = axis.axhline.call_args_list
    return [c.args[0] for c in calls if c.kwargs["ls"] == style]


def quoted_of_madry(axis):
    calls = axis.annotate.call_args_list
    found = {c.args[0]: c.args[1][1] for c in calls}
    return {text: y for text, y in found.items() if "Madry" in text}


def test_madry_is_quoted_where_it_was_not_measured():
    axis = drawn(PLAIN)
    assert lines(axis, "-.") == []
    assert quoted_of_madry(axis) == {
        "paper: Madry, clean": 0.873,
        "paper: Madry, L2": 0.457,
    }
    assert {0.873, 0.457} < set(lines(axis, ":"))


def test_madry_is_measured_where_it_was():
    axis = drawn({**PLAIN, **MADRY})
    assert lines(axis, "-.") == [0.8, 0.4, 0.4]
    assert lines(axis, "--") == [0.5, 0.25, 0.25]
    assert quoted_of_madry(axis) == {}
    assert "Madry, measured" in axis.set_xlabel.call_args.args[0]
    # What the paper quotes of its own models stays.
    assert 0.951 in lines(axis, ":")


@pytest.mark.parametrize("adversary, crosses", [(None, 3), ("fast", 0)])
def test_crosses_are_of_training_on_clean_images(adversary, crosses):
    consistent = results(3.0, 0.7, adversary, "consistent")
    axis = drawn({**PLAIN, "one": consistent})
    styles = [call.args[2] for call in axis.plot.call_args_list]
    assert styles.count("x") == crosses


@pytest.mark.parametrize(
    "name, style",
    [("baseline", "k--"), ("ceb_2", "o-"), ("madry", "s:")],
)
def test_figure_2_marks_training_on_attacks(name, style):
    study = {name: {**PLAIN, **MADRY}[name]}
    study[name][0]["settings"]["jump_start"] = True
    study[name][0]["figures"]["report"]["clean"] = {"accuracy": 0.5}
    axis = mock.Mock()
    figures.accuracy_against_radius(study, "l2", axis)
    ((radii, _, found),) = (call.args for call in axis.plot.call_args_list)
    assert radii == [0, 0.1, 0.2]
    assert found == style
