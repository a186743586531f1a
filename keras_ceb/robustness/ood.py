"""Out-of-distribution scores, and how well they separate two sets."""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.robustness.ood.ood_report import OODReport
    from keras_ceb._src.robustness.ood.ranking import aupr
    from keras_ceb._src.robustness.ood.ranking import auroc
    from keras_ceb._src.robustness.ood.ranking import fpr_at_tpr
    from keras_ceb._src.robustness.ood.scores import energy
    from keras_ceb._src.robustness.ood.scores import max_logit
    from keras_ceb._src.robustness.ood.scores import max_softmax
    from keras_ceb._src.robustness.ood.separation import Separation
    from keras_ceb._src.robustness.ood.separation import separation

__all__ = [
    "OODReport",
    "Separation",
    "aupr",
    "auroc",
    "energy",
    "fpr_at_tpr",
    "max_logit",
    "max_softmax",
    "separation",
]

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src.robustness.ood",
    {
        "ood_report": ["OODReport"],
        "ranking": ["aupr", "auroc", "fpr_at_tpr"],
        "scores": ["energy", "max_logit", "max_softmax"],
        "separation": ["Separation", "separation"],
    },
)


def __dir__() -> list[str]:
    return __all__
