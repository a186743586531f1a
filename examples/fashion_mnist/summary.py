"""The rows of the Fashion-MNIST study among its result files."""

from examples.common import study as study_lib
from examples.common.results import seed_of
from examples.fashion_mnist import experiments
from examples.fashion_mnist import selection


def load(folder):
    """The results in a folder, see `examples.common.study.load`."""
    return study_lib.load(folder, experiments.EXPERIMENTS)


def over_rho(study, prefix=""):
    """Models of one seed over rho: [(rho, result)].

    Args:
        study: What `load` returned.
        prefix: Of their names, `"ceb"` or `"fast_ceb"`.
    """
    found = []
    for rho in experiments.RHOS:
        for result in study.get(f"{prefix}_{rho}", []):
            if seed_of(result) == experiments.SEEDS[0]:
                found.append((float(rho), result))
    return found


def selected_rho(study):
    """The rho that the paper's rule selects, `None` before all are there."""
    found = {
        rho: study_lib.accuracy(result, "clean")
        for rho, result in over_rho(study, "ceb")
    }
    whole = len(found) == len(experiments.SWEEP)
    return selection.select(found) if whole else None


def main_rows(study):
    """The main rows that there are: {experiment: results}.

    Before the rule has selected, those of every rho.
    """
    rho = selected_rho(study)
    names = [
        name
        for value in (experiments.RHOS if rho is None else (rho,))
        for name in experiments.main_rows(value)
    ]
    return {name: study[name] for name in dict.fromkeys(names) if name in study}


def further_rows(study):
    """All rows that are no main rows."""
    main = main_rows(study)
    return {name: rows for name, rows in study.items() if name not in main}
