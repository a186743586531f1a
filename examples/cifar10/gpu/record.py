"""Writes the results of a GPU study in the form of `results/schema.json`."""

import json
import pathlib

from examples.common import results

_RUN = ("command", "hardware", "backend", "versions", "date")


def _run(raw, step, seconds, seeds, commit):
    """The provenance of one step of a model."""
    return {
        "step": step,
        **{name: raw[name] for name in _RUN},
        "commit": commit or raw["commit"],
        "modified": False if commit else raw.get("modified"),
        "seconds": round(seconds),
        "seeds": seeds,
    }


def _model(raw, commit):
    """Settings, provenance and figures of a model."""
    names = ("network", "fast", "head", "seed", "preset", "epochs", "workers")
    shared = dict(raw["settings"])
    # The radii that were attacked, and no other list of what might have been.
    for name in ("pgd", "autoattack", "epochs"):
        shared.pop(name)
    radii = {}
    for name, figures in raw["measures"].items():
        if "eps" in figures:
            radii.setdefault(name.split()[0], []).append(figures["eps"])
    settings = {**shared, **{name: raw[name] for name in names}}
    runs = [
        _run(
            raw,
            "training",
            sum(epoch["seconds"] for epoch in raw["history"]),
            [raw["seed"]],
            commit,
        ),
        _run(
            raw,
            "measurement",
            sum(figures["seconds"] for figures in raw["measures"].values()),
            [0],
            commit,
        ),
    ]
    figures = {
        "parameters": raw["parameters"],
        "epochs": raw["history"],
        "measures": raw["measures"],
    }
    return {**settings, "radii": radii}, runs, figures


def file_study(study, folder, commit=None):
    """Writes the results of a study into a folder.

    Args:
        study: The study's `workdir`.
        folder: Where to write, such as results/cifar10_gpu.
        commit: That of the source, where the study ran on a copy of it that
            could not say, and none of it was changed.

    Returns:
        The number of models.

    Raises:
        ValueError: If there is none, or one was not measured at full size.
    """
    study, folder = pathlib.Path(study), pathlib.Path(folder)
    found = {
        file.name: json.loads(file.read_text())
        for file in sorted((study / "results").glob("*.json"))
    }
    presets = {raw["preset"] for raw in found.values()}
    if presets != {"full"}:
        raise ValueError(
            "`study` must be the folder of a GPU study of the preset 'full'. "
            f"Received: study={str(study)!r} with "
            f"{', '.join(sorted(presets)) or 'no result'}"
        )
    for name, raw in found.items():
        results.write(folder / name, *_model(raw, commit))
    plan = json.loads((study / "plan.json").read_text())
    calls = json.loads((study / "clock.json").read_text())["calls"].values()
    raw = next(iter(found.values()))
    results.write(
        folder / "study.json",
        {"policy": raw["settings"]["policy"], "workers": raw["workers"]},
        [_run(raw, "measurement", sum(calls), [], commit)],
        {
            "epochs": plan["epochs"],
            "seconds": plan["seconds"],
            "call_seconds": list(calls),
        },
    )
    return len(found)
