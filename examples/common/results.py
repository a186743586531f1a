"""Result files: settings, provenance and figures; see results/schema.json."""

from examples.common import workdir

KEYS = {"settings", "provenance", "figures"}


def write(file, settings, provenance, figures):
    """Writes a result.

    Args:
        file: Path of the JSON file.
        settings: Dict of what the figures depend on. `radii` holds, by name
            of a norm or an attack, those of every attack that was run.
        provenance: The runs that made the figures, in their order, each what
            `provenance.run` returned.
        figures: Dict of what was measured.
    """
    workdir.write(
        file,
        {"settings": settings, "provenance": provenance, "figures": figures},
    )


def read(file):
    """The dict in a result file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no result, only half there, or of another
            version.
    """
    result = workdir.read(file)
    if set(result) != {"format", *KEYS}:
        raise ValueError(
            f"A result file must hold {', '.join(sorted(KEYS))}. "
            f"Received: {str(file)!r} with {', '.join(sorted(result))}"
        )
    return result


def run_of(result, step="measurement"):
    """The run of a result that did a step, the first one of several."""
    return next(run for run in result["provenance"] if run["step"] == step)


def seed_of(result):
    """The one seed of a result."""
    (seed,) = result["provenance"][0]["seeds"]
    return seed
