"""Results of the study that no model gave."""

from examples.common import results

COMMIT = "0" * 40


def write(folder, name, seed, right, stands, rho=None, commit=COMMIT, **more):
    """Writes the result of a model of which these answers are known.

    Args:
        folder: Of the results.
        name: Of the experiment.
        seed: Of the training.
        right: Text of ones and zeros: the answers without attack.
        stands: Those under AutoAttack.
        rho: Of the model.
        commit: Of the code.
        **more: Further settings.
    """
    run = {
        "step": "training",
        "command": "python -m examples.fashion_mnist.train",
        "commit": commit,
        "modified": False,
        "hardware": "1 of 2 cores of X, no GPU",
        "backend": "tensorflow",
        "versions": {"keras": "3", "tensorflow": "2", "numpy": "2"},
        "date": "2026-01-01",
        "seconds": 9,
        "seeds": [seed],
    }

    def share(flags):
        return flags.count("1") / len(flags)

    attacked = {
        "accuracy": share(stands),
        "clean": share(right),
        "stands": stands,
        "images": len(stands),
        "eps": 0.1,
        "cpu_seconds": 5.0,
    }
    clean = {
        "accuracy": share(right),
        "right": right,
        "images": len(right),
        "ece": 0.1,
        "scaled_ece": 0.05,
        "nll": 0.4,
        "scaled_nll": 0.3,
        "temperatures": [1.0, 2.0],
        "reliability": {
            "count": [0, 40],
            "confidence": [0.0, 36.0],
            "right": [0.0, 30.0],
        },
        "cpu_seconds": 5.0,
    }
    if rho is not None:
        clean["rex"] = 1.5
    epoch = {"cpu_seconds": 3590.0, "val_hyz": 0.3, "val_rex": 2.0}
    results.write(
        folder / f"{name}-seed{seed}.json",
        {
            "experiment": name,
            "preset": "full",
            "rho": rho,
            "adversary": None,
            "macs": 2_500_000,
            "epochs": 20,
            "train_eps": 0.1,
            **more,
        },
        [run, {**run, "step": "measurement", "seeds": [0]}],
        {
            "parameters": 1000,
            "epochs": [epoch],
            "measures": {
                "clean": clean,
                "pgd linf 0.1": {**attacked, "accuracy": 0.75},
                "autoattack linf 0.1": attacked,
                "ood": {
                    "sets": {"noise": {"energy": {"auroc": 0.7}}},
                    "cpu_seconds": 0.0,
                },
                "corruptions": {
                    "average": 0.25,
                    "variant": "cifar10-c",
                    "cpu_seconds": 0.0,
                },
                "audit": {
                    "checks": [{"name": "a check", "flagged": rho == 0}],
                    "cpu_seconds": 0.0,
                },
            },
        },
    )
