from examples.common import results
from examples.fashion_mnist import experiments
from examples.fashion_mnist import selection
from examples.fashion_mnist import sweep


def test_the_rule_takes_the_best_and_of_equals_the_lower_rho():
    assert selection.select({3.0: 0.92, 1.0: 0.91, 2.0: 0.92}) == 2.0


def train(runs, accuracies):
    """Files of models over rho that have these accuracies, in order."""
    for name, accuracy in zip(experiments.SWEEP, accuracies, strict=False):
        results.write(
            runs / name / "seed_0" / "train.json",
            {"experiment": name},
            [],
            {"epochs": [{"val_accuracy": 0.0}, {"val_accuracy": accuracy}]},
        )


def test_rho_is_selected_when_all_are_trained(tmp_path):
    train(tmp_path, [0.5, 0.6, 0.9])
    assert selection.selected_rho(tmp_path) is None
    train(tmp_path, [0.5, 0.6, 0.9, 0.7, 0.9, 0.7])
    assert selection.selected_rho(tmp_path) == 2.0


def test_first_what_selects_rho_then_plain_rows_then_trained_ones():
    assert {seed for _, seed in sweep.rows(None)} == {0}
    assert [name for name, _ in sweep.rows(None)] == [
        "baseline",
        *experiments.SWEEP,
    ]
    rows = sweep.rows(3.0)
    assert rows[:7] == sweep.rows(None)
    assert len(rows) == len(set(rows)) == 3 * 8 + 5 + 6
    trained = [name.startswith("fast_") for name, _ in rows[: 7 + 21]]
    assert trained == sorted(trained)
    assert {name for name, seed in rows if seed == 2} == set(
        experiments.main_rows(3.0)
    )
