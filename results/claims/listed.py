"""The claims of the paper's abstract and of its section 3, in its order."""

import dataclasses
from collections.abc import Callable

from results.claims import measured
from results.claims import studies
from results.claims.findings import Finding
from results.claims.findings import verdict
from results.claims.studies import ahead
from results.files import load


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim and what is held against it.

    Attributes:
        text: The claim, in our words.
        paper: The paper's figures, as text.
        findings: Makes the findings, some of them `None`.
        imagenet: Whether it is about ImageNet, where nothing of ours decides.
    """

    text: str
    paper: Callable[[], str] = lambda: ""
    findings: Callable[[], list[Finding | None]] = lambda: []
    imagenet: bool = False

    def found(self):
        """The findings that there are, those that decide first."""
        found = [f for f in self.findings() if f is not None]
        if self.imagenet:
            found = [dataclasses.replace(f, decides=False) for f in found]
        return sorted(found, key=lambda finding: not finding.decides)

    def verdict(self):
        return verdict(self.found())


def _paper(name):
    return load("paper/claims")["figures"][name]


def _errors(column, key):
    """CEB against cross-entropy in a row of the paper's Table 1."""
    table = load("paper/table1")["figures"]
    ceb, xent = (table[f"{column}_{head}"][key] for head in ("ceb", "xent"))
    return f"error {ceb:g} % against {xent:g} % ({column})"


GENERAL = {
    "easy": Claim(
        "CEB is easy to implement and train.",
        findings=lambda: [measured.cost()],
    ),
    "augmentation": Claim(
        "CEB works in tandem with data augmentation.",
        paper=lambda: "with and without AutoAugment on ImageNet",
        imagenet=True,
    ),
    "clean": Claim(
        "CEB generalizes better than a deterministic baseline: CIFAR-10.",
        paper=lambda: (
            f"{_paper('cifar10')['ceb_clean'][0]} to "
            f"{_paper('cifar10')['ceb_clean'][1]} %, baseline "
            f"{_paper('cifar10')['det_clean']} %"
        ),
        findings=lambda: measured.each(lambda study: "clean"),
    ),
    "pgd": Claim(
        "CEB withstands untargeted PGD better.",
        paper=lambda: "always substantially more robust (Figure 1)",
        findings=lambda: measured.each(measured.pgd),
    ),
    "autoattack": Claim(
        "The same under AutoAttack, which is newer than the paper.",
        paper=lambda: "not measured",
        findings=measured.autoattack,
    ),
    "other_norm": Claim(
        "Adversarially trained models fail against attacks that they were not "
        "trained on: trained on L-infinity, they are less robust to L2 than "
        "undefended models.",
        paper=lambda: (
            f"L2: trained on attacks {_paper('cifar10')['madry_l2']} %, "
            f"undefended {_paper('cifar10')['det_l2']} %"
        ),
        findings=measured.other_norm,
    ),
}

CIFAR10 = {
    "batch_norm": Claim(
        "BatchNorm costs robustness to L-infinity attacks.",
        paper=lambda: (
            "CEB with it rarely above "
            f"{_paper('cifar10')['batch_norm_ceb_linf_rarely_above']} % at "
            "8/255"
        ),
        findings=measured.batch_norm,
    ),
    "undefended": Claim(
        "A baseline with BatchNorm keeps nothing under PGD at 8/255.",
        paper=lambda: f"{_paper('cifar10')['batch_norm_det_linf']} %",
        findings=lambda: [
            measured.falls(studies.gpu()[0], "pgd 8/255", "baseline keeps")
        ],
    ),
    "l2": Claim(
        "CEB is markedly more robust to L2 attacks.",
        paper=lambda: (
            f"above {_paper('cifar10')['ceb_l2_above']} %, baseline "
            f"{_paper('cifar10')['det_l2']} %"
        ),
        findings=lambda: [
            *measured.each(lambda study: study.l2),
            *(
                ahead(study, study.ceb(), "baseline", "pgd l2 0.5")
                for study in studies.on_a_cpu()[:2]
            ),
        ],
    ),
    "without_adversary": Claim(
        "CEB alone withstands L-infinity attacks better than adversarial "
        "training, at the radius of that training.",
        paper=lambda: (
            "many CEB models above the network of Madry et al. at 8/255"
        ),
        findings=lambda: measured.each(
            lambda study: study.strong, other="fast_baseline"
        ),
    ),
    "rho": Claim(
        "The lower rho, the more robust.",
        paper=lambda: "a clear general trend (Figure 1)",
        findings=lambda: measured.over_rho(measured.attack_of),
    ),
    "same_clean": Claim(
        "CEB is about as accurate on clean images, within a point.",
        paper=lambda: (
            f"{_paper('cifar10')['ceb_clean'][0]} to "
            f"{_paper('cifar10')['ceb_clean'][1]} %, baseline "
            f"{_paper('cifar10')['det_clean']} %"
        ),
        findings=measured.same_accuracy,
    ),
    "collapse": Claim(
        "At a low rho training collapses to chance when the network is too "
        "small; a jump-start helps.",
        paper=lambda: (
            f"below rho {_paper('cifar10')['lowest_rho_trained']} all of them"
        ),
        findings=lambda: [measured.collapse()],
    ),
    "corruptions": Claim(
        "Lower rho is better on common corruptions.",
        paper=lambda: (
            f"mCE {_paper('cifar10')['mce_rho_0']} at rho 0, "
            f"{_paper('cifar10')['mce_rho_5']} at rho 5"
        ),
        findings=lambda: measured.over_rho(
            lambda study, prefix: None if prefix else "corruptions"
        ),
    ),
}

IMAGENET = {
    "imagenet_clean": Claim(
        "CEB is more accurate.",
        paper=lambda: (
            f"{_paper('imagenet')['gain_smaller']} to "
            f"{_paper('imagenet')['gain_wide'][1]} points"
        ),
        imagenet=True,
    ),
    "imagenet_c": Claim(
        "CEB has lower errors on ImageNet-C.",
        paper=lambda: (
            "substantial improvements; the baseline's figures are not legible "
            "in our copy"
        ),
        findings=lambda: measured.each(lambda study: "corruptions"),
        imagenet=True,
    ),
    "imagenet_a": Claim(
        "CEB has lower errors on ImageNet-A.",
        paper=lambda: _errors("resnet152x2", "imagenet_a"),
        imagenet=True,
    ),
    "targeted": Claim(
        "CEB withstands targeted PGD, most with large networks.",
        paper=lambda: _errors("resnet152x2", "pgd_linf"),
        imagenet=True,
    ),
    "consistent": Claim(
        "The consistent classifier is better than the linear one: accuracy.",
        paper=lambda: "a small but noticeable gain",
        findings=lambda: measured.consistent(lambda study, name: "clean"),
        imagenet=True,
    ),
    "consistent_attacked": Claim(
        "The same under attack.",
        paper=lambda: "large gains but for the largest network",
        findings=lambda: measured.consistent(
            lambda study, name: (
                study.strong if name.startswith("fast_") else study.attack
            )
        ),
        imagenet=True,
    ),
    "capacity": Claim(
        "The gains grow with the size of the network.",
        paper=lambda: (
            f"{_paper('imagenet')['gain_smaller']} points, wide networks "
            f"{_paper('imagenet')['gain_wide'][0]} to "
            f"{_paper('imagenet')['gain_wide'][1]}"
        ),
        imagenet=True,
    ),
    "auto_augment": Claim(
        "AutoAugment makes networks less robust to PGD.",
        paper=lambda: "ResNet-152",
        imagenet=True,
    ),
}

# Not claims of the paper, but what users ask.
BEYOND = {
    "calibration": Claim(
        "CEB is calibrated better: lower ECE and lower NLL.",
        findings=measured.calibration,
    ),
    "out_of_distribution": Claim(
        "The density of CEB's encodings tells images of another kind from "
        "those of the data set better than the energy of a network trained "
        "with cross-entropy: larger AUROC.",
        findings=measured.out_of_distribution,
    ),
    "adversarial": Claim(
        "On top of adversarial training, CEB adds robustness.",
        findings=lambda: measured.on_top(lambda study: study.strong),
    ),
    "adversarial_clean": Claim(
        "On top of adversarial training, CEB adds clean accuracy.",
        findings=lambda: measured.on_top(lambda study: "clean"),
    ),
    "smoothing": Claim(
        "CEB withstands AutoAttack better than label smoothing.",
        findings=lambda: measured.each(
            lambda study: study.attack, other="smoothed"
        ),
    ),
    "dropout": Claim(
        "CEB withstands AutoAttack better than dropout.",
        findings=lambda: measured.each(
            lambda study: study.attack, other="dropout"
        ),
    ),
    "vib": Claim(
        "CEB withstands AutoAttack better than VIB at the same rho.",
        findings=lambda: [
            ahead(
                study,
                study.ceb(),
                (study.ceb() or "").replace("ceb", "vib"),
                study.attack,
            )
            for study in studies.every()
        ],
    ),
}

EVERY = {**GENERAL, **CIFAR10, **IMAGENET, **BEYOND}
# The paper says nothing of AutoAttack.
PAPER = {**GENERAL, **CIFAR10, **IMAGENET}
del PAPER["autoattack"]
