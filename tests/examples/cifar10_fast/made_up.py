"""Results of the study that no model gave."""

from examples.common import results
from tests.examples.fashion_mnist import made_up as fashion


def write(folder, name, seed, right, stands, rho=None, **more):
    """Writes the result of a model of which these answers are known.

    Args:
        folder: Of the results.
        name: Of the experiment.
        seed: Of the training.
        right: Text of ones and zeros: the answers without attack.
        stands: Those under AutoAttack at 1/255.
        rho: Of the model.
        **more: The commit of the code, and further settings.
    """
    fashion.write(
        folder, name, seed, right, stands, rho, **{"preset": "fast", **more}
    )
    file = folder / f"{name}-seed{seed}.json"
    result = results.read(file)
    result.pop("format")
    epochs = [{"cpu_seconds": 1800.0, "val_accuracy": v} for v in (0.5, 0.75)]
    result["figures"]["epochs"] = epochs
    measures = result["figures"]["measures"]
    for attack in ("pgd", "autoattack"):
        figures = measures.pop(f"{attack} linf 0.1")
        measures[f"{attack} linf {1 / 255:g}"] = {**figures, "eps": 1 / 255}
    results.write(file, **result)
