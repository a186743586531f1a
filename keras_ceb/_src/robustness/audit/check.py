"""One check of an audit: figures, a verdict and an explanation."""

import dataclasses
from typing import Any

ATHALYE = "Athalye, Carlini and Wagner, 2018"
CARLINI = "Carlini et al., 2019"
CROCE = "Croce and Hein, 2020"

# By how much an attack that should be weaker may be stronger, as a share
# of all images: the sampling error of a few hundred images.
SLACK = 0.03


@dataclasses.dataclass(frozen=True)
class Check:
    """One check of an audit.

    Attributes:
        name: What was checked.
        figures: What was measured.
        flagged: Whether the figures suggest that the robust accuracy is
            too high.
        explanation: What the check means, in a sentence.
        source: Where it comes from.
    """

    name: str
    figures: dict[str, Any]
    flagged: bool
    explanation: str
    source: str
