"""CIFAR-10-C as it was released: one .npy file for each corruption."""

import pathlib

import numpy as np

from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_severity,
)
from keras_ceb._src.robustness.corruptions.images.names import check_name


def load_cifar_c(
    path: str | pathlib.Path, name: str, severity: int
) -> tuple[np.ndarray, np.ndarray]:
    """Images of one corruption at one severity, and their labels.

    Each file holds the five severities one after the other. It is mapped into
    memory, so that only the images in use are read.

    Args:
        path: Folder that holds `fog.npy`, ..., and `labels.npy`.
        name: The corruption.
        severity: Integer, 1 to 5.

    Returns:
        uint8 images, [number, 32, 32, 3], and integer labels, [number].

    Raises:
        ValueError: If the corruption or the severity is unknown, or files are
            missing or have the wrong shape.

    Example:

    ```python
    report = evaluate_corrupted_sets(
        model,
        lambda name, severity: load_cifar_c("CIFAR-10-C", name, severity),
        variant="cifar10-c",
    )
    ```
    """
    check_name(name)
    check_severity(severity)
    folder = pathlib.Path(path)
    missing = [
        file
        for file in (f"{name}.npy", "labels.npy")
        if not (folder / file).is_file()
    ]
    if missing:
        raise ValueError(
            f"`path` must be a folder that holds {name}.npy and labels.npy. "
            f"Received: path={str(path)!r}, which lacks {missing}"
        )
    images = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    labels = np.load(folder / "labels.npy", allow_pickle=False)
    if images.ndim != 4 or len(images) % 5 or len(labels) != len(images):
        raise ValueError(
            f"{name}.npy must hold images of five severities, with a label "
            f"for each. Received: images.shape={images.shape}, "
            f"labels.shape={labels.shape}"
        )
    number = len(images) // 5
    part = slice((severity - 1) * number, severity * number)
    return images[part], labels[part]
