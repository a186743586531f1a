"""The parts of a report as plain values, and back."""

import dataclasses
import json
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.audit.check import Check
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.robustness.ood.ood_report import OODReport
from keras_ceb._src.robustness.ood.separation import Separation
from keras_ceb._src.robustness.report.arrays import from_plain
from keras_ceb._src.robustness.report.arrays import to_plain
from keras_ceb._src.robustness.result import Example
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.robustness.selective.selective_report import SelectiveReport

# Of the files; raised whenever an old reader would misread a new file.
SCHEMA = 1
_CLEAN = {"num_images": int, "accuracy": float, "nll": float, "brier": float}
_CLEAN |= {"ece": float, "fingerprint": str}


def content_of(source: str | pathlib.Path, kind: str) -> dict[str, Any]:
    """The content of a file, or of JSON text.

    Args:
        source: Path of a file, or text that begins with `{`.
        kind: What the content should be, for errors.

    Raises:
        ValueError: If it is not JSON, or of another version of the schema.
    """
    if not isinstance(source, str | pathlib.Path):
        raise TypeError(
            "`source` must be the path of a file, or JSON text. Received: "
            f"source={source!r} of type {type(source).__name__}"
        )
    text, name = str(source), "JSON text"
    if not text.lstrip().startswith("{"):
        name = repr(text)
        try:
            text = pathlib.Path(source).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            text = ""
    try:
        content = json.loads(text)
    except (RecursionError, ValueError):
        content = None
    if not isinstance(content, dict) or "keras_ceb" not in content:
        raise ValueError(
            f"`source` must be {kind} that `to_json` wrote. Received: {name}, "
            "which is something else"
        )
    version = content.get("schema")
    if version != SCHEMA:
        raise ValueError(
            f"`source` must be {kind} of schema version {SCHEMA}, which this "
            f"version of keras_ceb reads. Received: {name} of schema version "
            f"{version}, written by keras_ceb {content['keras_ceb']}"
        )
    return content


def restored(kind: str, make: Callable[[], Any]) -> Any:
    """What `make` makes of plain values, whose faults are one kind of error."""
    try:
        return make()
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(
            f"`source` must be {kind} that `to_json` wrote. Received: a "
            f"damaged one ({type(error).__name__}: {str(error)[:200]})"
        ) from error


def result_to_plain(result: RobustAccuracy) -> dict[str, Any]:
    """A `RobustAccuracy` as plain values."""
    return {
        "attack": result.attack,
        "accuracy": result.accuracy,
        "interval": list(result.interval),
        "confidence": result.confidence,
        "clean_accuracy": result.clean_accuracy,
        "num_images": len(result.robust),
        "after": result.after,
        # One bit per image, for comparisons over the same images.
        "robust": _bits(result.robust),
        "clean": _bits(result.clean),
        "examples": [
            {
                "index": example.index,
                "label": example.label,
                "loss": example.loss,
                "predicted": example.predicted,
                "confidence": example.confidence,
                "file": example.file,
                "clean": to_plain(example.clean),
                "adversarial": to_plain(example.adversarial),
            }
            for example in result.examples
        ],
    }


def result_from_plain(content: dict[str, Any]) -> RobustAccuracy:
    """The `RobustAccuracy` of `result_to_plain`."""
    attack = dict(content["attack"])
    lower, upper = map(float, attack["bounds"])
    attack["bounds"] = (lower, upper)
    _check(attack, {"name": str, "norm": str, "eps": float})
    number = int(content["num_images"])
    clean = _from_bits(content["clean"], number)
    robust = _from_bits(content["robust"], number)
    result = RobustAccuracy(
        attack,
        clean,
        robust,
        {str(k): float(v) for k, v in content["after"].items()},
        [_example_from_plain(example) for example in content["examples"]],
        float(content["confidence"]),
    )
    if content["accuracy"] != result.accuracy:
        raise ValueError(f"an accuracy of {content['accuracy']!r}")
    if not 0 < result.confidence < 1:
        raise ValueError(f"a confidence of {result.confidence}")
    return result


def _example_from_plain(content: dict[str, Any]) -> Example:
    for name, kind in {"predicted": int, "confidence": float}.items():
        if content.get(name) is not None:
            _check(content, {name: kind})
    example = Example(
        int(content["index"]),
        int(content["label"]),
        from_plain(content["clean"]),
        from_plain(content["adversarial"]),
        float(content["loss"]),
        content.get("predicted"),
        content.get("confidence"),
    )
    file = content.get("file")
    example.file = None if file is None else str(file)
    if example.clean.shape != example.adversarial.shape:
        raise ValueError("two images of different shapes")
    return example


def clean_from_plain(content: dict[str, Any]) -> dict[str, Any]:
    """The figures without attack."""
    _check(content, _CLEAN)
    if content["num_images"] < 1 or not 0 <= content["accuracy"] <= 1:
        raise ValueError("figures without attack out of range")
    for value in (content["residual_information"] or {}).values():
        if value is not None:
            float(value)
    if content.get("num_classes") is not None:
        _check(content, {"num_classes": int})
    if content.get("confidence") is not None:
        _check(content, {"confidence": float})
    for part in content.get("calibration") or ():
        _check(part, {"count": int, "confidence": float, "accuracy": float})
        if part["count"] < 1 or not 0 <= part["accuracy"] <= 1:
            raise ValueError("a bin of the calibration out of range")
    return dict(content)


def labels_from_plain(text: str | None, number: int) -> np.ndarray | None:
    """The labels of all images, `[n]` integers, from numbers in a text."""
    if text is None:
        return None
    labels = np.array([int(label) for label in text.split()], "int64")
    if len(labels) != number or labels.min() < 0:
        raise ValueError(f"{len(labels)} labels for {number} images")
    return labels


def labels_to_plain(labels: np.ndarray | None) -> str | None:
    """Labels as numbers in a text, of which JSON has one line."""
    return None if labels is None else " ".join(map(str, labels.tolist()))


def run_from_plain(content: dict[str, Any] | None) -> dict[str, Any]:
    """The record of an evaluation."""
    run = dict(content or {})
    for name in ("date", "command", "data", "machine"):
        if run.get(name) is not None:
            _check(run, {name: str})
    if run.get("num_parameters") is not None:
        _check(run, {"num_parameters": int})
    for name, kind in (("versions", str), ("seconds", float)):
        values = run.get(name) or {}
        _check(values, dict.fromkeys(values, kind))
    return run


def audit_from_plain(content: dict[str, Any] | None) -> AuditReport | None:
    """The `AuditReport` of its `to_dict`."""
    if content is None:
        return None
    _check(content, {"num_images": int, "norm": str, "eps": float})
    fields = {"name": str, "figures": dict, "flagged": bool}
    fields |= {"explanation": str, "source": str}
    for check in content["checks"]:
        _check(check, fields)
    checks = [Check(**check) for check in content["checks"]]
    return AuditReport(
        checks, content["num_images"], content["norm"], content["eps"]
    )


def corruptions_from_plain(content: Any) -> Any:
    """The `CorruptionReport` of its `to_dict`; anything else unchanged."""
    if not isinstance(content, dict) or "variant" not in content:
        return content
    fields = [field.name for field in dataclasses.fields(CorruptionReport)]
    return CorruptionReport(**{name: content[name] for name in fields})


def selective_to_plain(report: SelectiveReport | None) -> Any:
    """A `SelectiveReport` with its curves."""
    if report is None:
        return None
    plain = report.to_dict()
    for name, curve in report.curves.items():
        plain[name]["curve"] = to_plain(curve)
    return plain


def selective_from_plain(content: dict[str, Any] | None) -> Any:
    """The `SelectiveReport` of `selective_to_plain`."""
    if content is None:
        return None
    return SelectiveReport(
        {name: from_plain(part["curve"]) for name, part in content.items()},
        {name: float(part["aurc"]) for name, part in content.items()},
        {name: float(part["excess_aurc"]) for name, part in content.items()},
    )


def ood_from_plain(content: dict[str, Any] | None) -> OODReport | None:
    """The `OODReport` of its `to_dict`."""
    if content is None:
        return None
    return OODReport(
        {
            name: {score: _separation(one) for score, one in scores.items()}
            for name, scores in content.items()
        }
    )


def _bits(values: np.ndarray) -> str:
    return np.packbits(values).tobytes().hex()


def _from_bits(text: str, number: int) -> np.ndarray:
    data = bytes.fromhex(text)
    if number < 1 or len(data) != -(-number // 8):
        raise ValueError(f"{len(data)} bytes for {number} images")
    bits = np.unpackbits(np.frombuffer(data, "uint8"))[:number]
    return bits.astype(bool)


def _separation(content: dict[str, Any]) -> Separation:
    kinds: dict[str, type] = {"num_inside": int, "num_outside": int}
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Separation):
        value = content[field.name]
        if field.name.endswith("_interval"):
            low, high = map(float, value)
            value = (low, high)
        else:
            _check(content, {field.name: kinds.get(field.name, float)})
        values[field.name] = value
    return Separation(**values)


def _check(content: dict[str, Any], kinds: dict[str, type]) -> None:
    """Raises an error unless the values of some keys are of their types."""
    for name, kind in kinds.items():
        value = content[name]
        fits = isinstance(value, int | float if kind is float else kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{name} {value!r:.50}")
