"""Interpolation between two values of rho."""

from keras import ops

from keras_ceb._src.typing import Tensor

INTERPOLATIONS = ("weight", "rho")


def interpolate(fraction: Tensor, start: float, end: float, by: str) -> Tensor:
    """rho a fraction of the way from `start` to `end`.

    Args:
        fraction: Scalar, clipped to 0..1.
        start: rho at fraction 0.
        end: rho at fraction 1.
        by: `"weight"` moves exp(-rho), the weight of the residual
            information, linearly, as the paper's Listing 3 does. `"rho"`
            moves rho itself linearly, so most of the bottleneck closes in the
            last steps.

    Returns:
        rho, float32 scalar.
    """
    fraction = ops.clip(ops.cast(fraction, "float32"), 0.0, 1.0)
    if by == "rho":
        return start * (1.0 - fraction) + end * fraction
    # -log((1 - s) e^-start + s e^-end), in logs: e^-100 is 0 in float32.
    return -ops.logaddexp(ops.log1p(-fraction) - start, ops.log(fraction) - end)
