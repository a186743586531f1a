"""Reads, summarizes and selects the results of the ImageNet study.

Errors are in percent, under the names that `results/paper/table1.json` uses.
"""

import pathlib

from examples.common import results as result_files
from examples.common import workdir
from examples.imagenet.experiments import NETWORKS
from examples.imagenet.experiments import TITLES
from examples.imagenet.experiments import experiment
from keras_ceb.robustness import corruptions

PAPER = pathlib.Path(__file__).parents[2] / "results/paper/table1.json"
SUMMARIES = {"clean": "Clean", "mce": "mCE", "average": "Average CE"}
CORRUPTIONS = {
    "gaussian_noise": "Gauss. Noise",
    "shot_noise": "Shot Noise",
    "impulse_noise": "Impulse Noise",
    "defocus_blur": "Defocus Blur",
    "glass_blur": "Glass Blur",
    "motion_blur": "Motion Blur",
    "zoom_blur": "Zoom Blur",
    "snow": "Snow",
    "frost": "Frost",
    "fog": "Fog",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "elastic_transform": "Elastic Trans.",
    "pixelate": "Pixelate",
    "jpeg_compression": "JPEG Comp.",
}
ATTACKS = {
    "imagenet_a": "ImageNet-A",
    "pgd_l2": "PGD L2",
    "pgd_linf": "PGD Linf",
    "pgd_l2_margin": "PGD L2, margin",
    "pgd_linf_margin": "PGD Linf, margin",
}
# The rows of Table 1 in its order, and two more.
ROWS = {**SUMMARIES, **CORRUPTIONS, **ATTACKS}
# The columns of Table 1: networks and methods.
COLUMNS = [
    (network, method)
    for network, settings in NETWORKS.items()
    for method in TITLES
    if method != "cceb" or settings.width == 2
]


def errors(result):
    """The errors of a result, percent.

    Args:
        result: Dict of `evaluation.json`.

    Returns:
        Dict of what was measured, of the names in `ROWS`. mCE is there if
        all 15 corruptions were measured at all severities of ImageNet-C.
    """
    found = {}
    by_corruption = {}
    counts = result["figures"]["counts"]
    for name, row in counts.items():
        for key, value in row.items():
            if key == "facts":
                continue
            wrong, count = value
            if key == "all":
                found[name] = 100 * wrong / count
            else:
                corruption, severity = key.rsplit(" ", 1)
                fractions = by_corruption.setdefault(corruption, {})
                fractions[int(severity)] = wrong / count
    by_corruption = {
        name: row for name, row in by_corruption.items() if name in CORRUPTIONS
    }
    for name, row in by_corruption.items():
        found[name] = 100 * sum(row.values()) / len(row)
    if len(by_corruption) == len(CORRUPTIONS):
        found["average"] = 100 * corruptions.average_error(by_corruption)
        facts = counts["corruptions"]["facts"]
        whole = all(len(row) == 5 for row in by_corruption.values())
        if facts["variant"] == "imagenet-c" and whole:
            mce = corruptions.mean_corruption_error(by_corruption)
            found["mce"] = 100 * mce
    return found


def load(folder):
    """The results in a folder.

    Returns:
        Dict from (network, method) to a dict from rho (`None` for XEnt) to
        errors, and the list of the results themselves.

    Raises:
        ValueError: If there are none, or their settings differ.
    """
    results = [
        result_files.read(file)
        for file in sorted(workdir.path_of(folder).glob("*-seed*.json"))
    ]
    if not results:
        raise ValueError(
            "`results` must be a folder with results of evaluate.py. "
            f"Received: results={str(folder)!r}, which has none"
        )
    first = results[0]["settings"]
    for result in results[1:]:
        settings = result["settings"]
        if settings["preset"] != first["preset"]:
            raise ValueError(
                "`results` must be of one preset. Received: other settings in "
                f"{first['experiment']} and {settings['experiment']}"
            )
    rows = {}
    for result in results:
        model = experiment(result["settings"]["experiment"])
        key = (model.network, model.method)
        seeds = rows.setdefault(key, {}).setdefault(model.rho, [])
        seeds.append(errors(result))
    return {
        key: {rho: _mean(seeds) for rho, seeds in by_rho.items()}
        for key, by_rho in rows.items()
    }, results


def file_name(result):
    """The name of the file of a result in the folder of a study."""
    name = result["settings"]["experiment"]
    return f"{name}-seed{result_files.seed_of(result)}.json"


def _mean(seeds):
    """The mean over seeds of what all of them have."""
    names = set.intersection(*(set(row) for row in seeds))
    return {
        name: sum(row[name] for row in seeds) / len(seeds)
        for name in ROWS
        if name in names
    }


def select(by_rho):
    """The rho of the best clean accuracy, the lowest of those that tie.

    Models tie if their errors are equal when rounded to 0.1 percent, as the
    paper prints them. Selection and result are on the same images, as in the
    paper.

    Args:
        by_rho: Dict from rho to errors.
    """
    return min(by_rho, key=lambda rho: (round(by_rho[rho]["clean"], 1), rho))


def selected(rows):
    """The rho and the errors of each column, `{(network, method): ...}`."""
    found = {}
    for key, by_rho in rows.items():
        rho = None if None in by_rho else select(by_rho)
        found[key] = rho, by_rho[rho]
    return found


def is_the_papers(results):
    """Whether results are of ImageNet at the paper's size."""
    preset = results[0]["settings"]["preset"]
    return (preset["image_size"], preset["num_classes"]) == (224, 1000)


def of_paper():
    """The paper's rho and errors, as `selected` gives ours."""
    models = result_files.read(PAPER)["figures"]
    found = {}
    for key in COLUMNS:
        row = dict(models["_".join(key)])
        found[key] = row.pop("rho", None), row
    return found


def column_title(key):
    """Network and method as Table 1 prints them."""
    network, method = key
    return f"{NETWORKS[network].title} {TITLES[method]}"
