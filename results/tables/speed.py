"""How fast it is: steps, imports, attacks, corruptions, augmentation."""

import statistics

from examples.common.results import run_of
from examples.common.tables import origin
from keras_ceb.robustness import Table
from results.files import load


def training_step(name="training_step"):
    record = load(name)
    figures = record["figures"]
    rows = []
    for backbone in ("ResNet-50", "the head alone"):
        measured = figures[backbone]
        for head, seconds in measured["seconds"].items():
            rows.append(
                [
                    backbone,
                    head,
                    f"{1000 * seconds:.1f}",
                    f"{measured['ratio_to_cross_entropy'][head]:.3f}",
                    *(
                        [f"{measured['ratio_to_listing'][head]:.3f}"]
                        if "ratio_to_listing" in measured
                        else []
                    ),
                ]
            )
    header = ["network", "head", "ms per step"]
    header += ["against cross-entropy", "against the listing"]
    header = header[: len(rows[0])]
    settings = ", ".join(f"{k} {v}" for k, v in record["settings"].items())
    note = "Medians over turns in one process; " + settings + ". "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def adversarial():
    record = load("adversarial")
    settings, figures = record["settings"], record["figures"]
    rows = []
    for network, measured in figures.items():
        slower = measured.get("art_times_ours")
        for name, seconds in measured["seconds"].items():
            rows.append(
                [
                    network,
                    name,
                    f"{1000 * seconds:.1f}",
                    f"{measured['ratio_to_plain'][name]:.2f}",
                    f"{slower:.1f}" if name == "ART" else "",
                ]
            )
    header = ["network", "adversary", "ms per step", "against plain"]
    header += [f"against PGDTraining({settings['steps']})"]
    note = (
        f"Medians over {settings['turns']} turns in one process; batches of "
        f"{settings['resnet_batch_size']} images of 32 pixels for the ResNet, "
        f"of {settings['width']} channels in its first group, and of "
        f"{settings['wide_batch_size']} for the Wide ResNet. "
    )
    art = run_of(record)["versions"].get("adversarial-robustness-toolbox")
    if art:
        note += f"ART {art}. "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def import_time():
    record = load("import_time")
    figures = record["figures"]
    return (
        f"`import keras` takes {figures['import_keras_seconds']:.2f} s, "
        "`import keras_ceb` after it "
        f"{figures['import_keras_ceb_adds_seconds']:.2f} s: medians of "
        f"{record['settings']['runs']} processes. {origin(run_of(record))}"
    )


def earlier():
    record = load("earlier")
    settings = record["settings"]
    rows = [
        [
            name,
            f"{row['earlier_seconds']:.3f}",
            f"{row['seconds']:.3f}",
            f"{row['ratio']:.2f}",
            f"{row['ratios'][0]:.2f} to {row['ratios'][-1]:.2f}",
        ]
        for name, row in record["figures"].items()
    ]
    header = ["", f"{settings['commit']}, s", "now, s", "ratio", "of a turn"]
    note = f"Medians of {settings['turns']} processes of each, turn by turn. "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def augment():
    record = load("augment")
    rows = []
    for case in record["figures"]["cases"]:
        for name, speed in case["images_per_cpu_second"].items():
            ratio = case["ours_against"].get(name)
            rows.append(
                [
                    f"{case['policy']}, {case['size']} px",
                    name,
                    f"{speed:,.0f}",
                    "" if ratio is None else f"{ratio:.1f}",
                ]
            )
    header = [
        "policy",
        "augmentation",
        "images per CPU-second",
        "ours against it",
    ]
    turns = record["settings"]["turns"]
    note = f"Medians over {turns} turns in one process. "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def corruptions():
    record = load("corruptions/speed_224")
    figures = record["figures"]["224"]
    whole = figures["summary"]
    rows = []
    for name, figure in figures.items():
        if name == "summary":
            continue
        speeds = figure["images_per_cpu_second"]
        peer = figure["fastest_peer_of_the_same_definition"]
        rows.append(
            [
                name,
                f"{speeds['keras_ceb']:,.0f}",
                f"{speeds[peer]:,.0f}",
                peer,
                f"{figure['times_faster']:.1f}",
            ]
        )
    header = ["corruption", "images per CPU-second", "fastest peer's", "peer"]
    header += ["times faster"]
    note = (
        "Over all of them (harmonic mean) "
        f"{whole['times_faster_over_all']:.1f} times faster; ImageNet-C "
        f"takes {whole['cpu_hours_of_imagenet_c']:.1f} CPU-hours, with the "
        "fastest peer of each "
        f"{whole['cpu_hours_of_the_fastest_peer_of_each']:.1f}. Medians of "
        f"{record['settings']['rounds']} rounds in one process, "
        f"{record['settings']['timed']}. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def attacks():
    record = load("attacks")
    settings, figures = record["settings"], record["figures"]
    rows = []
    for case in ("half_broken", "never_broken"):
        for steps in (20, 100):
            row = figures[f"{case}_pgd_{steps}"]
            cells = [f"{case.replace('_', ' ')}, PGD-{steps}"]
            cells.append(f"{row['accuracy']['keras_ceb']:.3f}")
            for name in ("cleverhans", "foolbox", "art"):
                cells.append(
                    f"{row['times_ours'][name]:.2f} "
                    f"({row['accuracy'][name]:.3f})"
                )
            rows.append(cells)
    header = ["model and attack", "our robust accuracy"]
    header += ["CleverHans", "Foolbox", "ART"]
    note = (
        "Their time divided by ours and, in brackets, the robust accuracy that "
        f"each found on the same {settings['images']} images; medians over "
        f"{settings['turns']} turns in one process. A step of our PGD takes "
        f"{figures['step_over_bare_pass']:.3f} of one bare forward and "
        "gradient pass. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def smoothing():
    record = load("smoothing")
    settings = record["settings"]
    rows = []
    for row in record["figures"]["runs"]:
        seconds = {
            tool: statistics.median(values)
            for tool, values in row["cpu_seconds_per_sample"].items()
        }
        rows.append(
            [
                row["network"],
                f"{row['parameters']:,}",
                f"{row['samples']:,}",
                *(f"{1e6 * seconds[t]:.3g}" for t in ("keras_ceb", "art")),
                f"{row['times_faster']['art']:.2f}",
                *(f"{row['mean_radius'][t]:.4f}" for t in ("keras_ceb", "art")),
            ]
        )
    header = ["network", "parameters", "samples per image"]
    header += ["ours, µs per sample", "ART, µs per sample", "ART over ours"]
    header += ["mean radius, ours", "mean radius, ART"]
    note = (
        f"CPU time on one thread, medians of {settings['turns']} turns in one "
        f"process; ours in batches of {settings['batch_size']}. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"
