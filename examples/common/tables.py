"""Tables in Markdown, and what stands beside them."""

import numpy as np


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def origin(record):
    return (
        f"`{record['command']}`, commit {record['commit'][:7]}, "
        f"{record['date']}, {record['hardware']}, "
        f"{record['seconds']} s; Keras {record['versions']['keras']}, "
        f"TensorFlow {record['versions']['tensorflow']}."
    )


def spread(values):
    """Mean and, behind it, the lowest and highest value."""
    return (
        f"{np.mean(values):.3f} ({np.min(values):.3f} to {np.max(values):.3f})"
    )
