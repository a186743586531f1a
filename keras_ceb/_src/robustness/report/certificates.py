"""The certificates of a robustness report."""

import dataclasses
import pathlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.certify.certificate import Certificate
from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.certify.deterministic import check_deterministic
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.held_batches import checked_batches

# Of the range of the inputs, where no L2 attack sets radii to compare with.
_INPUT_RADII = (0.25, 0.5, 0.75, 1.0)
# Standard deviations of the encoder's noise.
_ENCODING_RADII = (1.0, 2.0, 3.0)


def check_model(
    classifier: Classifier, data: Any, certificates: Sequence[Certificate]
) -> None:
    """Raises an error if the model does not fit, before it is attacked.

    Args:
        classifier: `Classifier`, whose model is built.
        data: Data that can be read several times, of which one batch is.
        certificates: The certificates to compute.
    """
    for certificate in certificates:
        certificate.check_fits(classifier)
    if certificates:
        batch, _ = next(checked_batches(classifier, data))
        check_deterministic(classifier, batch["x"])


def compute(
    classifier: Classifier,
    data: Any,
    certificates: Sequence[Certificate],
    attacks: Sequence[Attack],
    path_of: Callable[[dict[str, Any]], pathlib.Path | None],
    verbose: int,
) -> dict[str, CertifiedRadii]:
    """The result of each certificate, by its name.

    Args:
        classifier: `Classifier`.
        data: Data that can be read several times.
        certificates: Different certificates.
        attacks: All attacks of the report, whose L2 radii tables show.
        path_of: The file for intermediate results, by the settings.
        verbose: 1 shows progress, 0 does not.
    """
    records: list[dict[str, Any]] = [
        {**certificate.describe(), "bounds": classifier.bounds}
        for certificate in certificates
    ]
    names = distinct_names(records, ())
    found = {}
    for name, certificate, record in zip(
        names, certificates, records, strict=True
    ):
        if verbose:
            print(f"Certificate: {name}", flush=True)
        path = path_of(record)
        result = certificate.measure(classifier, data, path, verbose)
        found[name] = dataclasses.replace(
            result,
            table_radii=_table_radii(certificate, attacks, classifier.bounds),
        )
        if verbose:
            print(found[name], flush=True)
    return found


def _table_radii(
    certificate: Certificate,
    attacks: Sequence[Attack],
    bounds: tuple[float, float],
) -> tuple[float, ...]:
    """0, and those of the L2 attacks for balls around inputs."""
    if certificate.space == "encoding":
        return (0.0, *_ENCODING_RADII)
    width = bounds[1] - bounds[0]
    radii = {float(a.eps) for a in attacks if a.norm == "l2"}
    return tuple(sorted({0.0} | (radii or {r * width for r in _INPUT_RADII})))
