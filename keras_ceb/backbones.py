"""Networks of the paper that no package offers."""

from keras_ceb._src.backbones.resnet import ResNet
from keras_ceb._src.backbones.scalar_gate import ScalarGate
from keras_ceb._src.backbones.wide_resnet import WideResNet

__all__ = ["ResNet", "ScalarGate", "WideResNet"]


def __dir__() -> list[str]:
    return __all__
