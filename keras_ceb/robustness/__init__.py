"""How robust a Keras classifier is, measured honestly.

Works on any Keras classifier that returns logits.
"""

from keras_ceb.robustness import attacks
from keras_ceb.robustness import corruptions
from keras_ceb.robustness.audit import AuditReport
from keras_ceb.robustness.audit import audit
from keras_ceb.robustness.comparison import Comparison
from keras_ceb.robustness.evaluate import evaluate_robustness
from keras_ceb.robustness.report import RobustnessReport
from keras_ceb.robustness.robust_accuracy import RobustAccuracy
from keras_ceb.robustness.robust_accuracy import robust_accuracy

__all__ = [
    "AuditReport",
    "Comparison",
    "RobustAccuracy",
    "RobustnessReport",
    "attacks",
    "audit",
    "corruptions",
    "evaluate_robustness",
    "robust_accuracy",
]
