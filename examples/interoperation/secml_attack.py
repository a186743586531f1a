"""An attack of SecML-Torch on a CEB classifier (PyTorch backend).

pip install 'keras-ceb[torch]' secml-torch scikit-learn
KERAS_BACKEND=torch python examples/interoperation/secml_attack.py
"""

import numpy as np
import torch
from absl import app
from digits_model import trained_digits_model
from secmlt.adv.backends import Backends
from secmlt.adv.evasion.perturbation_models import LpPerturbationModels
from secmlt.adv.evasion.pgd import PGD
from secmlt.models.pytorch.base_pytorch_nn import BasePyTorchClassifier
from torch_module import ChannelsFirst
from torch_module import channels_first


def adversarial_images(model, x, y, attack, batch_size=64):
    """The images that an attack of SecML-Torch makes of `x`."""
    images = torch.utils.data.TensorDataset(
        channels_first(x), torch.tensor(y).long()
    )
    loader = torch.utils.data.DataLoader(images, batch_size)
    classifier = BasePyTorchClassifier(ChannelsFirst(model))
    found = [part for part, _ in attack(classifier, loader)]
    return torch.cat(found).detach().permute(0, 2, 3, 1).numpy()


def pgd(eps, steps=20):
    """Its own PGD, in the ball of L-infinity."""
    return PGD(
        perturbation_model=LpPerturbationModels.LINF,
        epsilon=eps,
        num_steps=steps,
        step_size=2.5 * eps / steps,
        backend=Backends.NATIVE,
    )


def main(_):
    model, x, y = trained_digits_model()
    found = adversarial_images(model, x, y, pgd(0.1))
    right = model.predict(found, verbose=0).argmax(axis=1) == y
    print(f"accuracy under SecML-Torch's PGD: {np.mean(right):.4f}")


if __name__ == "__main__":
    app.run(main)
