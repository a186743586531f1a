"""The result of `evaluate_robustness`."""

import dataclasses
import json
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.ood.ood_report import OODReport
from keras_ceb._src.robustness.report import saved
from keras_ceb._src.robustness.report.rows import attack_table
from keras_ceb._src.robustness.report.rows import certificate_table
from keras_ceb._src.robustness.report.rows import clean_table
from keras_ceb._src.robustness.report.saved_certificates import (
    certified_from_plain,
)
from keras_ceb._src.robustness.report.saved_certificates import (
    certified_to_plain,
)
from keras_ceb._src.robustness.report.shares import results_of
from keras_ceb._src.robustness.report.verdict import plain_text
from keras_ceb._src.robustness.report.verdict import verdict
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.robustness.selective.selective_report import SelectiveReport
from keras_ceb._src.saving import paths
from keras_ceb._src.tables import Table
from keras_ceb._src.version import __version__

_ABOUT_CERTIFICATES = (
    "Lower bounds on the accuracy within a radius, which no attack can refute; "
    "an accuracy under attack is an upper bound."
)


@dataclasses.dataclass(eq=False)
class RobustnessReport:
    """The robustness of a model, with an audit of the figures.

    Reports are equal if their JSON is, but for `run`.

    Attributes:
        name: Name of the model.
        clean: `num_images`, `accuracy`, `nll` (nats), `brier`, `ece`, the
            `fingerprint` of the images, and `residual_information`: mean
            nats of `right` and `wrong` answers, or `None`.
        attacks: `RobustAccuracy` of each attack. Tables add a number to the
            names of attacks that would otherwise be equal.
        curves: By norm, the `RobustAccuracy` at increasing radii.
        audit: `AuditReport`, or `None`.
        corruptions: Result of the common corruptions, or `None`.
        notes: Remarks for the reader, such as files that were left out.
        class_names: Names of the classes in the order of their labels, where
            the data has them in its attribute `class_names`.
        selective: `SelectiveReport`, accuracy where only the images that the
            model is most certain of are answered.
        ood: `OODReport`, how well scores detect the images of other data
            sets, or `None`.
        labels: The label of each image, `[n]` integers, or `None` if they
            were not recorded.
        run: When and how the figures were measured: `date`, `versions`,
            `machine`, `num_parameters`, `seconds` by part, and from the
            command line `command` and `data`.
        certificates: By name, the `CertifiedRadii` of each certificate: lower
            bounds on the accuracy, which no attack can refute. Those of
            attacks are upper bounds.
    """

    name: str
    clean: dict[str, Any]
    attacks: list[RobustAccuracy]
    curves: dict[str, list[RobustAccuracy]]
    audit: AuditReport | None = None
    corruptions: Any = None
    notes: list[str] = dataclasses.field(default_factory=list)
    class_names: list[str] | None = None
    selective: SelectiveReport | None = dataclasses.field(
        default=None, init=False
    )
    ood: OODReport | None = dataclasses.field(default=None, init=False)
    labels: np.ndarray | None = dataclasses.field(default=None, init=False)
    run: dict[str, Any] = dataclasses.field(default_factory=dict, init=False)
    certificates: dict[str, CertifiedRadii] = dataclasses.field(
        default_factory=dict, init=False
    )

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        corruptions = self.corruptions
        if hasattr(corruptions, "to_dict"):
            corruptions = corruptions.to_dict()
        return {
            "schema": saved.SCHEMA,
            "keras_ceb": __version__,
            "name": self.name,
            "clean": self.clean,
            "attacks": [
                saved.result_to_plain(result) for result in self.attacks
            ],
            "curves": {
                norm: [saved.result_to_plain(r) for r in results]
                for norm, results in self.curves.items()
            },
            "audit": None if self.audit is None else self.audit.to_dict(),
            "corruptions": corruptions,
            "selective": saved.selective_to_plain(self.selective),
            "ood": self.ood and self.ood.to_dict(),
            "certificates": {
                name: certified_to_plain(found)
                for name, found in self.certificates.items()
            },
            "notes": self.notes,
            "class_names": self.class_names,
            "labels": saved.labels_to_plain(self.labels),
            "run": self.run,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "RobustnessReport":
        """The report of `to_dict`.

        Raises:
            ValueError: If `content` is something else, or damaged.
        """

        def make() -> RobustnessReport:
            names = content["class_names"]
            report = cls(
                str(content["name"]),
                saved.clean_from_plain(content["clean"]),
                [saved.result_from_plain(r) for r in content["attacks"]],
                {
                    norm: [saved.result_from_plain(r) for r in results]
                    for norm, results in content["curves"].items()
                },
                saved.audit_from_plain(content["audit"]),
                saved.corruptions_from_plain(content["corruptions"]),
                [str(note) for note in content["notes"]],
                None if names is None else [str(name) for name in names],
            )
            report.selective = saved.selective_from_plain(
                content.get("selective")
            )
            report.ood = saved.ood_from_plain(content.get("ood"))
            report.labels = saved.labels_from_plain(
                content.get("labels"), report.clean["num_images"]
            )
            report.run = saved.run_from_plain(content.get("run"))
            report.certificates = {
                name: certified_from_plain(found)
                for name, found in content.get("certificates", {}).items()
            }
            # Fails here rather than later if a value is of the wrong kind.
            report.to_json()
            report.to_markdown()
            return report

        made: RobustnessReport = saved.restored("a report", make)
        return made

    @classmethod
    def from_json(cls, source: str | pathlib.Path) -> "RobustnessReport":
        """The report of `to_json`.

        Args:
            source: Path of a file, or its text.

        Raises:
            ValueError: If it is something else, damaged, or of another
                version of the schema.
        """
        return cls.from_dict(saved.content_of(source, "a report"))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RobustnessReport):
            return NotImplemented
        mine, theirs = self.to_dict(), other.to_dict()
        del mine["run"], theirs["run"]
        return json.dumps(mine) == json.dumps(theirs)

    __hash__ = None  # type: ignore[assignment]

    def to_json(self, path: str | pathlib.Path | None = None) -> str:
        """JSON text, written to `path` if one is given."""
        check_path(path)
        return write_text(path, json.dumps(self.to_dict(), indent=1))

    def to_markdown(self, path: str | pathlib.Path | None = None) -> str:
        """The verdict and tables in Markdown, written to `path` if given."""
        check_path(path)
        lines = [
            f"# Robustness of {self.name}",
            "",
            f"{self.clean['num_images']} images.",
            "",
            plain_text(verdict(self)),
            "",
            clean_table(self.clean).to_markdown(),
            "",
            attack_table(self.attacks).to_markdown(),
        ]
        for norm, results in self.curves.items():
            if results:
                lines += ["", f"## Accuracy against eps, {norm}", ""]
                lines.append(attack_table(results).to_markdown())
        if self.certificates:
            lines += ["", "## Certificates", "", _ABOUT_CERTIFICATES, ""]
            lines.append(self.certificate_table().to_markdown())
        if self.audit is not None:
            flags = ", ".join(self.audit.flags) or "no flag"
            lines += ["", "## Audit", "", f"Flags: {flags}.", ""]
            lines.append(self.audit.to_markdown())
        if self.corruptions is not None:
            lines += ["", "## Corruptions", ""]
            lines.append(
                self.corruptions.to_markdown()
                if hasattr(self.corruptions, "to_markdown")
                else f"`{json.dumps(self.corruptions)}`"
            )
        for title, part in self.score_sections():
            lines += ["", f"## {title}", "", part.table().to_markdown()]
        lines += ["", *(f"- {note}" for note in self.notes)]
        return write_text(path, "\n".join(lines).rstrip() + "\n")

    def certificate_table(self) -> Table:
        """Certified accuracies, and the attacked ones in the same balls."""
        clean_accuracy = float(self.clean["accuracy"])
        return certificate_table(
            self.certificates, clean_accuracy, results_of(self)
        )

    def score_sections(self) -> list[tuple[str, SelectiveReport | OODReport]]:
        """The parts on the scores of the model that there are, with titles."""
        parts = {
            "Selective prediction": self.selective,
            "Out-of-distribution detection": self.ood,
        }
        return [(title, part) for title, part in parts.items() if part]

    def to_html(self, path: str | pathlib.Path | None = None) -> str:
        """One self-contained page with figures and pictures.

        Needs Jinja2 (`pip install 'keras-ceb[report]'`).
        """
        check_path(path)
        from keras_ceb._src.robustness.report.html import page

        return write_text(path, page([self]))

    def plot(self) -> Any:
        """A Matplotlib figure of accuracy against eps, one panel per norm."""
        from keras_ceb._src.robustness.report.plotting import plot_curves

        return plot_curves([self])

    def __str__(self) -> str:
        return self.to_markdown()


def check_reports(reports: Any) -> list[RobustnessReport]:
    """One or several reports as a list.

    Raises:
        TypeError: If one of them is not a `RobustnessReport`.
    """
    if isinstance(reports, RobustnessReport):
        reports = [reports]
    several = isinstance(reports, Iterable) and not isinstance(reports, str)
    checked = list(reports) if several else [reports]
    for report in checked:
        if not isinstance(report, RobustnessReport):
            raise TypeError(
                "`reports` must be results of `evaluate_robustness`, a "
                "sequence of `RobustnessReport`. Received: an element "
                f"{report!r} of type {type(report).__name__}"
            )
    return checked


def check_path(path: str | pathlib.Path | None) -> None:
    """Raises an error if `path` is given and cannot be written."""
    if path is not None:
        paths.file_to_write(path)


def write_text(path: str | pathlib.Path | None, text: str) -> str:
    """`text`, written to `path` if one is given."""
    if path is not None:
        paths.write_text(path, text)
    return text
