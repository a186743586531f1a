"""Label smoothing."""

import numpy as np


def smoothed(labels, smoothing, classes):
    """One-hot labels of which a share goes to all classes alike, float32."""
    one_hot = np.eye(classes, dtype="float32")[labels]
    return (1.0 - smoothing) * one_hot + np.float32(smoothing / classes)
