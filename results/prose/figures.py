"""The figures in the sentences of the pages, from the result files.

`FIGURES` holds a function of each figure by its name in the pages.
"""

from results.claims import page as claims
from results.prose import cifar10
from results.prose import gpu
from results.prose import others
from results.prose import studies
from results.prose import tpu

FIGURES = {
    **claims.FIGURES,
    **cifar10.FIGURES,
    **gpu.FIGURES,
    **tpu.FIGURES,
    **others.FIGURES,
    **studies.FIGURES,
}
