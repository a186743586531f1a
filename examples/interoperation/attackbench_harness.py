"""AttackBench's harness measures an attack on a CEB classifier (PyTorch).

It counts the queries of the attack, stops it at a budget, and keeps the
smallest perturbation that it tried for each image.

    pip install 'keras-ceb[torch]' attackbenchlib torchattacks scikit-learn
    KERAS_BACKEND=torch python examples/interoperation/attackbench_harness.py
"""

import attackbench
import numpy as np
import torch
import torchattacks
from absl import app
from digits_model import trained_digits_model
from torch_module import ChannelsFirst
from torch_module import channels_first


def pgd_l2(model, inputs, labels):
    """An attack as AttackBench calls it; it brings many of its own."""
    attack = torchattacks.PGDL2(model, eps=2.0, alpha=0.2, steps=40)
    return attack(inputs, labels)


def benchmarked(model, x, y, attack, threat_model="l2", batch_size=64):
    """What AttackBench found: a dict with a row per image."""
    images = torch.utils.data.TensorDataset(
        channels_first(x), torch.tensor(y).long()
    )
    loader = torch.utils.data.DataLoader(images, batch_size)
    return attackbench.run_attack(
        ChannelsFirst(model), loader, attack, threat_model
    )


def main(_):
    model, x, y = trained_digits_model()
    found = benchmarked(model, x, y, pgd_l2)
    distances = np.array(found["distances"]["l2"])
    print(f"clean accuracy: {np.mean(found['correct']):.4f}")
    print(f"median distance to a wrong class: {np.median(distances):.3f}")


if __name__ == "__main__":
    app.run(main)
