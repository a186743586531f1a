"""`keras-ceb corrupt`, which writes a corrupted copy of a folder."""

import argparse
import pathlib
from typing import Any

import numpy as np

from keras_ceb import data
from keras_ceb._src.cli.inputs import given_size
from keras_ceb._src.cli.messages import complain
from keras_ceb._src.cli.messages import tell
from keras_ceb._src.cli.output import Output
from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.corruptions.benchmark.plan import make_plan
from keras_ceb._src.robustness.corruptions.benchmark.suite import (
    CorruptionSuite,
)
from keras_ceb.robustness import corruptions

_BATCH = 32


def run(options: argparse.Namespace) -> int:
    """Writes the copy, one folder per corruption and severity."""
    image = optional_module("PIL.Image", "`keras-ceb corrupt`")
    source = pathlib.Path(options.folder)
    if not source.is_dir():
        raise ValueError(
            "`FOLDER` must be a folder that holds a folder of images per "
            f"class. Received: {options.folder!r}"
        )
    names = options.corruptions
    if names == ["all"]:
        names = list(corruptions.COMMON_CORRUPTIONS)
    suite = CorruptionSuite(
        names, options.severities, options.variant, options.seed
    )
    suite.check()
    output = Output(options, f"{source.absolute().name}-corrupted", suite.names)
    _check_apart(source, output.path)
    size = given_size(options.image_size) or _size_of_first(source, image)
    suite.check_fits((*size, 3))
    images = data.from_folder(
        source,
        size,
        _BATCH,
        resize=options.resize,
        limit=options.limit,
        bounds=(0, 255),
    )
    plan = make_plan(suite)
    for name, reason in plan.left_out.items():
        complain(f"warning: left out {name}. {reason}")
    folder = output.open()
    count = _write_all(options, images, source, folder, plan, suite, image)
    for name in images.failed:
        complain(f"warning: could not read {name}, which is left out")
    kinds = f"{len(plan.runs)} corruptions and severities"
    tell(options, f"{count} images under {kinds}, written to {folder}")
    return 0


def _write_all(
    options: argparse.Namespace,
    images: data.FolderDataset,
    source: pathlib.Path,
    folder: pathlib.Path,
    plan: Any,
    suite: CorruptionSuite,
    image: Any,
) -> int:
    variant = suite.variant_for(*images[0][0].shape[1:3])
    files = [path for path, _ in images.files]
    seen = 0
    for first in range(0, len(files), _BATCH):
        places = np.arange(first, min(first + _BATCH, len(files)))
        read, pixels, _ = images.read(places)
        if not len(read):
            continue
        levels = np.rint(pixels).astype("uint8")
        # As many as in other batches, for which the corruptions are compiled.
        missing = _BATCH - len(levels)
        padded = np.concatenate([levels, np.repeat(levels[:1], missing, 0)])
        indices = np.concatenate([read, np.repeat(read[:1], missing)])
        for kind in plan.runs:
            corrupted = corruptions.corrupt(
                padded,
                kind.name,
                kind.severity,
                seed=suite.seed,
                variant=variant,
                indices=indices.astype("int32"),
                textures=plan.textures,
            )
            for place, array in zip(read, corrupted, strict=False):
                path = files[place].relative_to(source)
                target = folder / kind.name / str(kind.severity) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                _save(image.fromarray(np.asarray(array)), target)
        seen += len(read)
        tell(options, f"{seen} of {len(files)} images")
    return seen


def _save(picture: Any, target: pathlib.Path) -> None:
    """Saves a picture as PNG, which keeps every pixel, or not at all."""
    # The suffix stays: two files may differ in nothing else.
    target = target.with_name(f"{target.name}.png")
    part = target.with_name(f".{target.name}.part")
    try:
        picture.save(part, "PNG")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _size_of_first(source: pathlib.Path, image: Any) -> tuple[int, int]:
    """Height and width of the first image of a folder."""
    # Its own size is not known before it is read; any will do to list files.
    for path, _ in data.from_folder(source, (1, 1), 1).files:
        try:
            with image.open(path) as picture:
                return int(picture.height), int(picture.width)
        except OSError:
            continue
    raise ValueError(
        f"`FOLDER` must hold images that can be read. Received: {str(source)!r}"
    )


def _check_apart(source: pathlib.Path, output: pathlib.Path) -> None:
    inside = output.absolute().resolve()
    if inside == source.resolve() or source.resolve() in inside.parents:
        raise ValueError(
            "`--output` must lie outside the folder of the images. Received: "
            f"{str(output)!r}"
        )
