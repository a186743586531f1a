"""Compares the corruptions with other packages: speed, parity, statistics.

Speed: images per CPU-second (all threads count), ours through the public
`corrupt` on NumPy batches, the others image by image on the same pictures, in
turn in one process; the median over the rounds. All run the ImageNet-C
severities 1 to 5. For corruptions without random numbers, the largest
difference in levels of 255 is recorded too: a package that differs by more
than two levels on an ordinary image, or is known to leave out part of the
original, has another definition, and is listed but not compared.

Statistics: fog, snow, elastic transform and the others with random numbers
over many seeds, for ours and the package that follows the originals.

Packages that are not installed are skipped with a message:

    pip install imagecorruptions-imaug corrupt-tta scikit-image opencv-python
    python -m benchmarks.corruptions --sizes=224 \
        --output=results/corruptions/speed_224.json
    python -m benchmarks.corruptions --statistics --names=fog,snow \
        --output=results/corruptions/statistics_fog_snow.json

Frost photographs come from an installed package, or from --textures.
"""

import importlib.metadata
import json
import statistics
import time
import warnings

import numpy as np
from absl import app
from absl import flags

from examples.common import provenance
from examples.common import results
from keras_ceb.robustness import corruptions

FLAGS = flags.FLAGS
flags.DEFINE_string("output", None, "File to write.")
flags.DEFINE_list("names", list(corruptions.CORRUPTIONS), "What to run.")
flags.DEFINE_list("sizes", ["32", "224"], "Sides of the images, pixels.")
flags.DEFINE_integer("rounds", 3, "Rounds of timing.")
flags.DEFINE_bool("statistics", False, "Compare statistics, not speed.")
flags.DEFINE_integer("seeds", 100, "Draws of the statistics.")
flags.DEFINE_string("textures", None, "Folder of the frost photographs.")

# Peers that leave out part of a corruption (read in their sources).
OTHER_DEFINITION = {
    "corrupt-tta": (
        "motion_blur",
        "snow",
        "fog",
        "spatter",
        "elastic_transform",
    ),
    "imagecorruptions-imaug": ("elastic_transform",),
}
DETERMINISTIC = (
    "defocus_blur",
    "zoom_blur",
    "brightness",
    "contrast",
    "pixelate",
    "jpeg_compression",
    "gaussian_blur",
    "saturate",
)
RANDOM = ("fog", "snow", "elastic_transform", "motion_blur", "glass_blur")
RANDOM += ("gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise")
# Images a batch of ours, and at most a timing of a peer, of `PICTURES` kinds.
BATCH = {32: (256, 16), 224: (32, 8)}
PICTURES = 8
# A timing of a slow peer stops after about so many seconds.
PEER_SECONDS = 1.0
IMAGENET_IMAGES = 50_000


def picture(size, seed=0):
    """An ordinary image: smooth shapes with some texture, uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size][..., None] / size
    phase, rate = rng.uniform(0, 6, 3), rng.uniform(4, 12, (2, 3))
    image = 128 + 60 * np.sin(rate[0] * x + phase) * np.cos(rate[1] * y)
    image = image + 30 * (np.hypot(x - 0.5, y - 0.4) < 0.25)
    image = image + rng.normal(0, 6, (size, size, 3))
    return np.clip(image, 0, 255).astype("uint8")


def load_peers():
    """Functions (image, name, severity) -> image, by name of the package."""
    peers = {}
    try:
        import imagecorruptions

        version = importlib.metadata.version("imagecorruptions-imaug")
        peers[f"imagecorruptions-imaug {version}"] = (
            lambda image, name, severity: imagecorruptions.corrupt(
                image, corruption_name=name, severity=severity
            )
        )
    except ImportError as error:
        print(f"imagecorruptions-imaug is skipped: {error}")
    try:
        import corrupt_tta

        version = importlib.metadata.version("corrupt-tta")
        peers[f"corrupt-tta {version}"] = lambda image, name, severity: (
            corrupt_tta.corrupt(image, severity=severity, corruption_name=name)
        )
    except ImportError as error:
        print(f"corrupt-tta is skipped: {error}")
    try:
        from tensorflow_datasets.image_classification import corruptions as tfds

        version = importlib.metadata.version("tensorflow-datasets")
        peers[f"tensorflow-datasets {version}"] = lambda image, name, level: (
            vars(tfds)[name](image, level)
        )
    except ImportError as error:
        print(f"tensorflow-datasets is skipped: {error}")
    try:
        import cv2

        cv2.setNumThreads(1)
    except ImportError:
        pass
    return peers


def textures():
    """The frost photographs, or None with a line that says so."""
    try:
        return corruptions.load_textures(FLAGS.textures)
    except corruptions.FrostTexturesNotFound as error:
        print(f"frost is skipped: {error}")
        return None


def seconds(function, *arguments):
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def measure(name, severity, size, peers, frost):
    """CPU-seconds an image of ours and of each peer, and the deviations."""
    batch, most = BATCH.get(size, (32, PICTURES))
    images = np.stack([picture(size, seed) for seed in range(PICTURES)])
    images = np.tile(images, (batch // PICTURES, 1, 1, 1))

    def ours():
        return corruptions.corrupt(images, name, severity, textures=frost)

    def other(peer, few):
        return [peer(image, name, severity) for image in images[:few]]

    result = ours()
    times = {"keras_ceb": []}
    counts = {}
    deviation = {}
    for title, peer in list(peers.items()):
        try:
            expected = np.asarray(other(peer, 1)[0]).astype("float64")
        except Exception as error:
            if severity == 1:
                print(f"{title} fails on {name} at {size}: {error!r}"[:120])
            continue
        times[title] = []
        affordable = int(PEER_SECONDS / seconds(other, peer, 1))
        counts[title] = min(max(affordable, 1), most)
        if name in DETERMINISTIC:
            difference = np.abs(np.floor(expected) - result[0])
            deviation[title] = float(difference.max())
    for _ in range(FLAGS.rounds):
        times["keras_ceb"].append(seconds(ours) / batch)
        for title, few in counts.items():
            times[title].append(seconds(other, peers[title], few) / few)
    return {t: statistics.median(v) for t, v in times.items()}, deviation


def same_definition(title, name, deviations):
    package = title.split()[0]
    if name in OTHER_DEFINITION.get(package, ()):
        return False
    return max(deviations.get(title, [0])) <= 2


def speed(peers, frost):
    figures = {}
    for size in map(int, FLAGS.sizes):
        rows = figures[str(size)] = {}
        for name in FLAGS.names:
            if name == "frost" and frost is None:
                continue
            totals, deviations = {}, {}
            for severity in corruptions.SEVERITIES:
                times, deviation = measure(name, severity, size, peers, frost)
                for title, value in times.items():
                    totals.setdefault(title, []).append(value)
                for title, value in deviation.items():
                    deviations.setdefault(title, []).append(value)
            rate = {
                title: 1 / statistics.mean(values)
                for title, values in totals.items()
                if len(values) == len(corruptions.SEVERITIES)
            }
            rivals = {
                title: value
                for title, value in rate.items()
                if title != "keras_ceb"
                and same_definition(title, name, deviations)
            }
            fastest = max(rivals, key=rivals.get) if rivals else None
            rows[name] = {
                "images_per_cpu_second": rate,
                "largest_difference_in_levels": deviations,
                "fastest_peer_of_the_same_definition": fastest,
                "times_faster": rate["keras_ceb"] / rivals[fastest]
                if fastest
                else None,
            }
            times_faster = rows[name]["times_faster"] or float("nan")
            print(
                f"{size:4d} {name:18s} {rate['keras_ceb']:9.0f}/s, "
                f"{times_faster:6.1f} times {fastest}",
                flush=True,
            )
    for rows in figures.values():
        rows["summary"] = summary(rows)
        print(json.dumps(rows["summary"], indent=1))
    return figures


def summary(rows):
    """Ours against the fastest peer of each corruption, over the 15."""
    common = [
        rows[name]
        for name in corruptions.COMMON_CORRUPTIONS
        if name in rows and rows[name]["times_faster"]
    ]
    if not common:
        return {}

    def hours(title):
        cost = [1 / row["images_per_cpu_second"][title(row)] for row in common]
        return sum(cost) * 5 * IMAGENET_IMAGES / 3600

    ours = hours(lambda row: "keras_ceb")
    best = hours(lambda row: row["fastest_peer_of_the_same_definition"])
    return {
        "corruptions": len(common),
        "least_times_faster": min(row["times_faster"] for row in common),
        "times_faster_over_all": best / ours,
        "cpu_hours_of_imagenet_c": ours,
        "cpu_hours_of_the_fastest_peer_of_each": best,
    }


def compare_statistics(peers, frost):
    """Mean level, spread and change, with standard errors, over seeds."""
    keeps = {name: "imagecorruptions" for name in RANDOM}
    keeps["elastic_transform"] = "tensorflow-datasets"
    figures = {}
    image = picture(224)
    batch = np.tile(image, (FLAGS.seeds, 1, 1, 1))
    for name in RANDOM:
        titles = [t for t in peers if t.startswith(keeps[name])]
        if name not in FLAGS.names or not titles:
            continue
        title = titles[0]
        for severity in corruptions.SEVERITIES:
            np.random.seed(severity)
            theirs = [
                np.asarray(peers[title](image, name, severity))
                for _ in range(FLAGS.seeds)
            ]
            ours = corruptions.corrupt(batch, name, severity, seed=1)
            rows = {}
            for measured, values in (
                ("keras_ceb", ours),
                (title, np.stack(theirs)),
            ):
                # TFDS rounds where the originals cut off.
                half = 0.5 * measured.startswith("tensorflow-datasets")
                values = np.floor(values).astype("float64") - half
                change = np.abs(values - image).mean(axis=(1, 2, 3))
                level = values.mean(axis=(1, 2, 3))
                spread = values.std(axis=(1, 2, 3))
                rows[measured] = {
                    key: [float(v.mean()), float(v.std() / len(v) ** 0.5)]
                    for key, v in (
                        ("level", level),
                        ("spread", spread),
                        ("change", change),
                    )
                }
            figures[f"{name} {severity}"] = rows
            first, second = rows.values()
            print(
                f"{name:18s} {severity}",
                *(
                    f"{key} {first[key][0]:7.2f} {second[key][0]:7.2f} "
                    f"+-{np.hypot(first[key][1], second[key][1]):.2f};"
                    for key in first
                ),
                flush=True,
            )
    return figures


def settings():
    """What the figures depend on."""
    names = {"names": FLAGS.names}
    if FLAGS.statistics:
        return {**names, "draws": FLAGS.seeds}
    return {
        **names,
        "sizes": [int(size) for size in FLAGS.sizes],
        "rounds": FLAGS.rounds,
        "timed": "one image stream, CPU time of all threads",
    }


def seeds():
    """Those of the draws, by severity, or those of the pictures."""
    return corruptions.SEVERITIES if FLAGS.statistics else range(PICTURES)


def main(_):
    warnings.filterwarnings("ignore")
    start = time.time()
    peers = load_peers()
    frost = textures()
    figures = (compare_statistics if FLAGS.statistics else speed)(peers, frost)
    packages = ("Pillow", "opencv-python")
    seconds = time.time() - start
    run = provenance.run("measurement", seconds, seeds(), packages)
    if FLAGS.output:
        results.write(FLAGS.output, settings(), [run], figures)


if __name__ == "__main__":
    app.run(main)
