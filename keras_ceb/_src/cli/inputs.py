"""The images of `keras-ceb`, in the range that the model expects."""

import argparse
import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_ceb import data
from keras_ceb._src.cli.class_names import Relabeled
from keras_ceb._src.cli.class_names import check_number
from keras_ceb._src.cli.class_names import given_names
from keras_ceb._src.cli.measured_range import measured_range
from keras_ceb._src.cli.messages import tell
from keras_ceb._src.robustness import checks
from keras_ceb._src.typing import Shape
from keras_ceb.robustness import input_range

# How many images are used to find the range of a model.
_TRIED = 256
Bounds = tuple[float, float]
# Reads images into a range, up to a limit.
Maker = Callable[[Bounds, int | None], data.FolderDataset | data.TfdsStream]
# Some images and their labels.
Sample = Callable[[], tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass
class Inputs:
    """Images and labels for `evaluate_robustness`.

    Attributes:
        data: Images in `bounds`, with labels.
        bounds: Pair (lower, upper).
        reason: Where `bounds` come from, in words.
        notes: What a reader of the results should know.
        class_names: Those of `--class-names`, or `None`.
    """

    data: Any
    bounds: Bounds
    reason: str
    notes: list[str] = dataclasses.field(default_factory=list)
    class_names: list[str] | None = None

    @property
    def range(self) -> str:
        """`bounds` in words."""
        return _text(self.bounds)


def load_inputs(
    options: argparse.Namespace, model: keras.Model, labeled: bool = True
) -> Inputs:
    """The images of `--data`, in the range of `--bounds` or of the model.

    Args:
        options: Those of the command.
        model: The model.
        labeled: Whether labels must be classes of the model.
    """
    names = None
    if labeled:
        names = given_names(options.class_names)
    if names is not None:
        check_number(names, num_classes(model))
    inputs = _load(options, model, labeled, names)
    inputs.class_names = names
    return inputs


def _load(
    options: argparse.Namespace,
    model: keras.Model,
    labeled: bool,
    names: list[str] | None,
) -> Inputs:
    path = pathlib.Path(options.data)
    if path.is_dir():
        maker = _folder_maker(options, model)
        return _pixels(options, model, maker, labeled, names)
    if path.is_file() and path.suffix == ".npz":
        return _arrays(options, model, path, labeled)
    if path.exists():
        raise ValueError(
            "`--data` must be an .npz file, a folder of images by class, or a "
            f"name of TensorFlow Datasets. Received: {options.data!r}"
        )
    if path.suffix == ".npz":
        raise FileNotFoundError(f"The file {options.data!r} does not exist.")
    maker = _tfds_maker(options, model)
    return _pixels(options, model, maker, labeled, names)


def load_ood(
    options: argparse.Namespace, model: keras.Model, bounds: Bounds
) -> dict[str, Any] | None:
    """The images of each `--ood` by its name, in the range of `--data`."""
    if options.ood is None:
        return None
    found: dict[str, Any] = {}
    for source in options.ood:
        name = pathlib.Path(source).stem
        if name in found:
            raise ValueError(
                "`--ood` must name each data set once, by the last part of its "
                f"path without its ending. Received: twice {name!r}"
            )
        changed = {"data": source, "bounds": bounds}
        own = argparse.Namespace(**{**vars(options), **changed})
        found[name] = load_inputs(own, model, labeled=False).data
    return found


def _folder_maker(options: argparse.Namespace, model: keras.Model) -> Maker:
    size, channels = _size(options, model)
    if size is None:
        raise ValueError(
            "`--image-size` must be given, as the model has no fixed input "
            f"size to which images are resized. Received: {model.name!r}"
        )

    def make(bounds: Bounds, limit: int | None) -> data.FolderDataset:
        return data.from_folder(
            options.data,
            size,
            options.batch_size,
            channels=channels,
            resize=options.resize,
            limit=limit,
            bounds=bounds,
        )

    return make


def _size(
    options: argparse.Namespace, model: keras.Model
) -> tuple[tuple[int, int] | None, int]:
    """As `input_size`, with `--image-size` for a model of any size."""
    size, channels = input_size(model)
    asked = given_size(options.image_size)
    if asked is None:
        return size, channels
    if size is not None and asked != size:
        raise ValueError(
            "`--image-size` must be the input size of the model, "
            f"{size[0]} {size[1]}. Received: {asked[0]} {asked[1]}"
        )
    return asked, channels


def given_size(values: list[int] | None) -> tuple[int, int] | None:
    """The height and width of `--image-size`, one number or two numbers."""
    if values is None:
        return None
    if len(values) > 2:
        raise ValueError(
            "`--image-size` must be two numbers, the height and the width, or "
            f"one for both. Received: {values}"
        )
    return values[0], values[-1]


def _tfds_maker(options: argparse.Namespace, model: keras.Model) -> Maker:
    size, _ = _size(options, model)

    def make(bounds: Bounds, limit: int | None) -> data.TfdsStream:
        try:
            stream = data.stream_tfds(
                options.data,
                options.split,
                options.batch_size,
                image_size=size,
                resize=options.resize,
                bounds=bounds,
                data_dir=options.data_dir,
                download=options.download,
            )
        except (ImportError, ValueError) as error:
            kind = ImportError if isinstance(error, ImportError) else ValueError
            raise kind(
                "`--data` must be an .npz file, a folder of images by class, "
                "or a name of TensorFlow Datasets, and no file or folder of "
                f"this name exists. Received: {options.data!r}. {error}"
            ) from error
        return stream if limit is None else stream.take(limit)

    return make


def _pixels(
    options: argparse.Namespace,
    model: keras.Model,
    read: Maker,
    labeled: bool,
    class_names: list[str] | None,
) -> Inputs:
    """Images that are read as pixels in 0..255."""

    def make(bounds: Bounds, limit: int | None) -> Any:
        images = read(bounds, limit)
        if class_names is None or images.class_names is None:
            return images
        return Relabeled(images, class_names)

    images = make((0.0, 255.0), options.limit)
    notes = _check_class_names(images.class_names, model) if labeled else []

    def sample() -> tuple[np.ndarray, np.ndarray]:
        few = list(make((0.0, 255.0), min(_TRIED, options.limit or _TRIED)))
        if not few:
            raise ValueError("`--data` must hold at least one image.")
        images, labels = zip(*few, strict=True)
        return np.concatenate(images), np.concatenate(labels)

    bounds, reason = _bounds_of_pixels(options, model, sample)
    if bounds != (0.0, 255.0):
        images = make(bounds, options.limit)
    return Inputs(images, bounds, reason, notes)


def _arrays(
    options: argparse.Namespace,
    model: keras.Model,
    path: pathlib.Path,
    labeled: bool,
) -> Inputs:
    """The arrays of an .npz file."""
    x, y = data.read_npz(path)
    shape = _input_shape(model)
    if x.ndim == 3 and shape is not None and tuple(shape[3:]) == (1,):
        x = x[..., None]
    if shape is not None and not _fits(x.shape, shape):
        raise ValueError(
            f"`x` of `{path}` must have the shape of the inputs of the model, "
            f"{tuple(shape)}. Received: x.shape={x.shape}"
        )
    number = num_classes(model)
    if labeled and number is not None:
        checks.check_labels(y, len(y), number)
    if x.dtype.kind == "f":
        if not np.isfinite(x).all():
            raise ValueError(
                f"`x` of `{path}` must hold finite numbers. Received: "
                f"{int((~np.isfinite(x)).sum())} that are not"
            )
        x, y = x[: options.limit], y[: options.limit]
        bounds, reason = _bounds_of_floats(options, model, x)
        return Inputs((x.astype("float32"), y), bounds, reason)
    if x.min() < 0 or x.max() > 255:
        raise ValueError(
            f"`x` of `{path}` must hold pixels in 0..255, or floats in the "
            f"range of `--bounds`. Received: {x.dtype} from {x.min()} to "
            f"{x.max()}"
        )
    x, y = x[: options.limit], y[: options.limit]
    take = np.linspace(0, len(x) - 1, min(_TRIED, len(x))).round().astype(int)
    bounds, reason = _bounds_of_pixels(
        options, model, lambda: (x[take], y[take])
    )
    whole = data.ArrayDataset(x, y, len(x), shuffle=False, bounds=bounds)
    return Inputs(whole[0], bounds, reason)


def _bounds_of_pixels(
    options: argparse.Namespace, model: keras.Model, sample: Sample
) -> tuple[Bounds, str]:
    if options.bounds is not None:
        return options.bounds, "given by --bounds"
    expected = input_range(model)
    if expected is not None:
        return expected, "the first layers of the model expect them"
    tell(options, "Trying the usual ranges of inputs")
    found, accuracies = measured_range(
        model,
        *sample(),
        from_logits=not options.probabilities,
        batch_size=options.batch_size,
    )
    figures = ", ".join(
        f"{accuracy:.3f} with {_text(bounds)}"
        for bounds, accuracy in accuracies.items()
    )
    if found is None:
        raise ValueError(
            "`--bounds` must give the range that the model expects: none of "
            f"its layers shows it, and no range is clearly best (accuracy "
            f"{figures}). Pass `--bounds 0 1`, `--bounds 0 255` or "
            "`--bounds -1 1`, as in training; pixels are scaled to it."
        )
    return found, f"the model is most accurate with it, {figures}"


def _bounds_of_floats(
    options: argparse.Namespace, model: keras.Model, x: np.ndarray
) -> tuple[Bounds, str]:
    if options.bounds is not None:
        return options.bounds, "given by --bounds"
    low, high = float(x.min()), float(x.max())
    expected = input_range(model)
    if expected is None:
        if 0 <= low and high <= 1:
            return (0.0, 1.0), "the values of the images"
        if -1 <= low and high <= 1:
            return (-1.0, 1.0), "the values of the images"
        # Between 1 and 100 it may be another scale: 0..16 of the digits.
        if 0 <= low and 100 < high <= 255:
            return (0.0, 255.0), "the values of the images"
    elif expected[0] <= low and high <= expected[1]:
        if high > 1 or expected[1] < 100:
            return expected, "the first layers of the model expect them"
    tells = "" if expected is None else _text(expected)
    raise ValueError(
        "`--bounds` must give the range of the images, which are floats "
        "and are not scaled. "
        + (f"The first layers of the model expect {tells}. " if tells else "")
        + "Pass for example `--bounds 0 1`, if the model was trained on such "
        f"inputs. Received: values from {low:g} to {high:g}"
    )


def _check_class_names(
    names: list[str] | None, model: keras.Model
) -> list[str]:
    """A note if there are fewer classes than outputs; an error if more."""
    number = num_classes(model)
    if names is None or number is None or len(names) == number:
        return []
    text = (
        f"`--data` should have as many classes as the model, {number}: "
        "labels count the classes of the data in the order of their names. "
        f"Received: {len(names)} classes, {', '.join(map(str, names[:10]))}"
        + (", ..." if len(names) > 10 else "")
    )
    if len(names) > number:
        raise ValueError(text)
    return [text]


def input_size(model: keras.Model) -> tuple[tuple[int, int] | None, int]:
    """Height and width of the images of a model, and their channels."""
    shape = _input_shape(model)
    if shape is None or len(shape) != 4:
        return None, 3
    first = keras.config.image_data_format() == "channels_first"
    height, width = shape[2:] if first else shape[1:3]
    channels = shape[1] if first else shape[3]
    size = None if height is None or width is None else (height, width)
    return size, channels or 3


def _input_shape(model: keras.Model) -> Shape | None:
    """What a model or its backbone declares; a subclass may declare nothing."""
    backbone = getattr(model, "backbone", None)
    return getattr(model, "input_shape", getattr(backbone, "input_shape", None))


def num_classes(model: keras.Model) -> int | None:
    """The number of classes of a model, if it is known."""
    number = getattr(model, "num_classes", None)
    if number is None:
        number = getattr(model, "output_shape", (None,))[-1]
    # One output is the probability of the second of two classes.
    return 2 if number == 1 else number if isinstance(number, int) else None


def _fits(shape: Shape, expected: Shape) -> bool:
    return len(shape) == len(expected) and all(
        there == asked or asked is None
        for there, asked in zip(shape[1:], expected[1:], strict=True)
    )


def _text(bounds: Bounds) -> str:
    """A range for people, such as 0..255."""
    return f"{bounds[0]:g}..{bounds[1]:g}"
