"""The original AutoAttack attacks a CEB classifier (PyTorch backend).

pip install 'keras-ceb[torch]' pyautoattack scikit-learn
KERAS_BACKEND=torch python examples/interoperation/autoattack_original.py
"""

import torch
from absl import app
from digits_model import trained_digits_model
from pyautoattack import AutoAttack
from torch_module import ChannelsFirst
from torch_module import channels_first


def original_autoattack(model, x, y, eps, norm="Linf", seed=0, **options):
    """The adversarial images and which of them are right, in its own words."""
    attack = AutoAttack(
        ChannelsFirst(model), norm=norm, eps=eps, seed=seed, **options
    )
    labels = torch.tensor(y).long()
    adversarial, predicted = attack.run_standard_evaluation(
        channels_first(x), labels
    )
    return adversarial.permute(0, 2, 3, 1).numpy(), (
        predicted == labels
    ).numpy()


def main(_):
    model, x, y = trained_digits_model()
    _, right = original_autoattack(model, x, y, eps=0.1)
    print(f"accuracy under the original AutoAttack: {right.mean():.4f}")


if __name__ == "__main__":
    app.run(main)
