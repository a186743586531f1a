"""The tables of the CIFAR-10 study in results/README.md."""

import numpy as np

from examples.cifar10 import summary
from examples.common.results import run_of
from examples.common.results import seed_of
from examples.common.tables import origin
from examples.common.tables import spread
from keras_ceb.robustness import Table


def _row(name, results, autoattack):
    """The cells of one model.

    A radius of AutoAttack that not all its seeds have says how many have it.
    """
    reports = [summary.report(result) for result in results]
    cells = [name, str(len(results))]
    cells.append(spread([summary.clean_accuracy(result) for result in results]))
    for norm in ("linf", "l2"):
        curves = summary.mean(results, lambda r, n=norm: summary.curve(r, n)[1])
        cells += [f"{value:.3f}" for value in curves[1:-1]]
    for eps in autoattack:
        found = [summary.autoattack(result).get(eps) for result in results]
        found = [accuracy for accuracy in found if accuracy is not None]
        cell = f"{np.mean(found):.3f}" if found else ""
        if 0 < len(found) < len(results):
            cell += f" ({len(found)} seeds)"
        cells.append(cell)
    for figure in (
        lambda r: r["corruptions"]["average"],
        lambda r: r["clean"]["ece"],
    ):
        cells.append(f"{np.mean([figure(r) for r in reports]):.3f}")
    flags = {
        check["name"]
        for r in reports
        for check in r["audit"]["checks"]
        if check["flagged"]
    }
    return [*cells, "; ".join(sorted(flags)) or "none"]


def models(folder):
    """The models of a study, but those without the jump-start.

    Those trained on attacked images have a table of their own, if there are
    any.
    """
    study = summary.jump_started(summary.load(folder))
    groups = summary.trained_on_clean(study), summary.trained_on_attacks(study)
    return "\n\n".join(_models(group) for group in groups if group)


def _training(settings):
    """What a model was trained on, as text for the note."""
    images = settings.get("train_images")
    images = f"the first {images:,} images" if images else "all"
    text = f"{settings['epochs']} epochs on {images} of CIFAR-10"
    if settings.get("adversary"):
        eps = 255 * settings["train_eps"]
        text += f", attacked at {eps:g}/255 in L-infinity"
    return text


def _models(study):
    """A table of some models of a study."""
    autoattack = sorted(
        {
            eps
            for results in study.values()
            for result in results
            for eps in summary.autoattack(result)
        }
    )
    rows = [_row(name, results, autoattack) for name, results in study.items()]
    sample = next(iter(study.values()))[0]
    report = summary.report(sample)
    header = ["model", "seeds", "clean"]
    for norm in ("linf", "l2"):
        for eps in summary.curve(sample, norm)[0][1:-1]:
            size = f"{255 * eps:g}/255" if norm == "linf" else f"{eps:g}"
            header.append(f"PGD-20 {norm} {size}")
    header += [f"AutoAttack linf {255 * eps:g}/255" for eps in autoattack]
    header += ["corruption error", "ECE", "audit flags"]
    settings = sample["settings"]
    runs = [
        run_of(r, "training") for results in study.values() for r in results
    ]
    seconds = np.mean([run["seconds"] for run in runs])
    rho = summary.selected_rho(study)
    rule = ""
    if rho is not None:
        rule = (
            "By the paper's rule, over the seeds that all have, "
            f"rho = {rho:g}. "
        )
    hardware = "; ".join(sorted({run["hardware"] for run in runs}))
    note = (
        f"Wide ResNet {settings['depth']}-{settings['width']} without "
        f"normalization, stem of stride {settings['stem_stride']} "
        f"({sample['figures']['parameters']:,} weights), "
        f"{_training(settings)}. Means over the "
        "seeds; clean with its range, on all 10,000 test images, the rest on "
        "the first "
        f"{report['clean']['num_images']:,}. Corruptions are in the style of "
        "CIFAR-10-C, made here; mean error over "
        f"{report['corruptions']['coverage']}. {rule}{seconds / 60:.0f} "
        f"minutes of training per model, on {hardware}. The files hold the "
        "command, commit and time of each; the first of them: "
    )
    origin_of_first = origin(run_of(sample, "training"))
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin_of_first}"


def jump_start(folder):
    """CEB of one rho with the jump-start and without."""
    study = summary.load(folder)
    keys = ("accuracy", "val_accuracy", "val_hyz", "val_rex")
    rows = []
    for name in study.keys() - summary.jump_started(study).keys():
        for model in (name.replace("plain", "ceb"), name):
            last = [r["figures"]["epochs"][-1] for r in study[model]]
            rows.append(
                [
                    model,
                    str(len(last)),
                    *(spread([epoch[key] for epoch in last]) for key in keys),
                ]
            )
    header = ["model", "seeds", "accuracy in training", "in the test"]
    header += ["-log c(y|z), nats", "residual information, nats"]
    return Table(header, sorted(rows)).to_markdown()


# What a reader of the table wants to know of a model, by title.
COMPARED = {
    "clean": summary.clean_accuracy,
    "PGD-20 linf 1/255": lambda r: summary.curve(r, "linf")[1][1],
    "residual information": lambda r: r["figures"]["epochs"][-1]["val_rex"],
    "ECE": lambda r: summary.report(r)["clean"]["ece"],
}


def before_and_after(name, earlier, study):
    """Rows that compare models with those of an earlier commit.

    Args:
        name: Name of the study.
        earlier: {experiment: {seed: {title: figure}}}, seeds as text.
        study: What `summary.load` returned.
    """
    rows = []
    for experiment, seeds in earlier.items():
        results = [r for r in study[experiment] if str(seed_of(r)) in seeds]
        cells = [name, experiment, str(len(results))]
        for title, figure in COMPARED.items():
            before = np.mean([seeds[str(seed_of(r))][title] for r in results])
            after = np.mean([figure(result) for result in results])
            cells.append(f"{before:.3f}, {after:.3f}")
        rows.append(cells)
    return rows


def _autoattack(eps):
    return lambda result: summary.autoattack(result).get(eps)


def _lead(pairs):
    """Figures of a model and of the baseline: how far it is ahead."""
    points = [100 * (a - b) for a, b in pairs if None not in (a, b)]
    if not points:
        return ""
    ahead = sum(lead > 0 for lead in points)
    return (
        f"{np.mean(points):+.1f} ({min(points):+.1f} to {max(points):+.1f}), "
        f"{ahead} of {len(points)}"
    )


def leads(folder):
    """How far CEB is ahead of the baseline, seed by seed, in points.

    For the rho that the paper's rule selects, and for all models that have
    the seeds of the baseline. A seed without a figure is left out there.
    """
    study = summary.jump_started(summary.trained_on_clean(summary.load(folder)))
    selected = f"ceb_{summary.selected_rho(study):g}"
    baseline = {seed_of(result): result for result in study["baseline"]}
    names = [
        name
        for name, results in study.items()
        if name == selected or baseline.keys() <= set(map(seed_of, results))
    ]
    names.remove("baseline")
    columns = {"clean": summary.clean_accuracy}
    radii = summary.curve(study["baseline"][0], "linf")[0]
    for index in (1, 2, 3):
        title = f"PGD-20 linf {255 * radii[index]:g}/255"
        columns[title] = lambda r, i=index: summary.curve(r, "linf")[1][i]
    results = sum(study.values(), [])
    for eps in sorted({e for r in results for e in summary.autoattack(r)}):
        columns[f"AutoAttack linf {255 * eps:g}/255"] = _autoattack(eps)
    rows = []
    for name in names:
        cells = [name]
        for figure in columns.values():
            pairs = [
                (figure(result), figure(baseline[seed_of(result)]))
                for result in study[name]
                if seed_of(result) in baseline
            ]
            cells.append(_lead(pairs))
        rows.append(cells)
    note = (
        "Mean over the seeds, the range, and with how many seeds it is ahead. "
        "Clean on all test images, the rest on the first "
        f"{summary.report(results[0])['clean']['num_images']:,}."
    )
    table = Table(["model", *columns], rows).to_markdown()
    return f"{table}\n\n{note}"
