"""A CEB classifier under RobustBench's protocol (PyTorch backend).

RobustBench reports the accuracy on the first images of a test set and that
under standard AutoAttack, of a model in evaluation that is deterministic and
through which gradients reach the input. `protocol` is what its `benchmark`
does, and checks these conditions first; it does not need the package
`robustbench`, which asks for AutoAttack from its repository.

    pip install 'keras-ceb[torch]' pyautoattack scikit-learn
    KERAS_BACKEND=torch python examples/interoperation/robustbench_protocol.py
"""

import torch
from absl import app
from autoattack_original import original_autoattack
from digits_model import trained_digits_model
from torch_module import ChannelsFirst
from torch_module import channels_first


def admissible(model, x, y):
    """Whether a model is deterministic and passes gradients to its input."""
    module = ChannelsFirst(model)
    images = channels_first(x).requires_grad_(True)
    logits = module(images)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(y).long())
    (gradient,) = torch.autograd.grad(loss, images)
    nonzero = gradient.flatten(1).abs().amax(1) > 0
    return torch.equal(logits, module(images)) and bool(nonzero.all())


def accuracy(module, images, labels, batch_size=250):
    with torch.no_grad():
        right = [
            module(part).argmax(dim=1) == y
            for part, y in zip(
                images.split(batch_size), labels.split(batch_size), strict=True
            )
        ]
    return float(torch.cat(right).float().mean())


def protocol(model, x, y, eps, norm="Linf", **options):
    """The clean and the robust accuracy, as RobustBench's `benchmark`."""
    if not admissible(model, x, y):
        raise ValueError("`model` is not admissible to RobustBench.")
    module, labels = ChannelsFirst(model), torch.tensor(y).long()
    adversarial, _ = original_autoattack(model, x, y, eps, norm, **options)
    return (
        accuracy(module, channels_first(x), labels),
        accuracy(module, channels_first(adversarial), labels),
    )


def main(_):
    model, x, y = trained_digits_model()
    clean, robust = protocol(model, x, y, eps=0.1)
    print(f"accuracy: {clean:.4f}, under AutoAttack: {robust:.4f}")


if __name__ == "__main__":
    app.run(main)
