"""Runs the command within the process."""

import keras_ceb_cli

FAST = ["--attacks", "pgd", "--norm", "linf", "--no-audit", "--no-curves"]


def run(files, output, *extra, data=None, bounds=("0", "1")):
    model, data = str(files / "model.keras"), str(data or files / "data.npz")
    arguments = ["evaluate", model, "--data", data, "--output", str(output)]
    if bounds:
        arguments += ["--bounds", *bounds]
    return keras_ceb_cli.main([*arguments, *FAST, *extra])
