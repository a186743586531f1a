"""An attack of adv-lib on a CEB classifier (PyTorch backend).

pip install 'keras-ceb[torch]' adv-lib scikit-learn
KERAS_BACKEND=torch python examples/interoperation/adv_lib_attack.py
"""

import numpy as np
import torch
from absl import app
from adv_lib.attacks import ddn
from digits_model import trained_digits_model
from torch_module import ChannelsFirst
from torch_module import channels_first


def closest_points(model, x, y, attack=ddn, **options):
    """What an attack of adv-lib that searches the closest points finds."""
    labels = torch.tensor(y).long()
    found = attack(ChannelsFirst(model), channels_first(x), labels, **options)
    return found.detach().permute(0, 2, 3, 1).numpy()


def main(_):
    model, x, y = trained_digits_model()
    # `levels=None`: without rounding to 256 gray values.
    found = closest_points(model, x, y, steps=100, levels=None)
    distances = np.linalg.norm((found - x).reshape(len(x), -1), axis=1)
    print(f"median distance to a wrong class: {np.median(distances):.3f}")


if __name__ == "__main__":
    app.run(main)
