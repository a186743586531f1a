"""The folder of one run: bound to its settings, written atomically."""

import json
import os
import pathlib

# Of the files that `write` writes; raised when they change their meaning.
FORMAT = 2


def path_of(folder):
    """A `pathlib.Path`, or its like where TensorFlow alone can write.

    Args:
        folder: A path, or an address such as gs://bucket/folder, which needs
            TensorFlow and the package etils (TensorFlow Datasets brings it).
    """
    if isinstance(folder, pathlib.PurePath):
        return folder
    if "://" in os.fspath(folder):
        from etils import epath

        return epath.Path(folder)
    return pathlib.Path(folder)


def claim(folder, settings):
    """Takes a folder for a run, or finds it taken by the same run.

    Args:
        folder: Path; made if it is not there.
        settings: Dict of what the run's result depends on.

    Returns:
        The folder, a `pathlib.Path`.

    Raises:
        ValueError: If the folder cannot be written to, or holds a run of
            other settings.
    """
    folder = path_of(folder)
    # As JSON gives them back.
    settings = json.loads(json.dumps(settings))
    file = folder / "settings.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            write(file, settings)
            return folder
    except OSError as error:
        raise ValueError(
            "`workdir` must be a folder that can be written to. "
            f"Received: workdir={os.fspath(folder)!r} ({error})"
        ) from error
    found = read(file)
    found.pop("format")
    if found != settings:
        names = sorted(
            name
            for name in {*found, *settings}
            if found.get(name) != settings.get(name)
        )
        differences = "; ".join(
            f"{name}: {found.get(name)!r} there, {settings.get(name)!r} here"
            for name in names
        )
        raise ValueError(
            "`workdir` holds another experiment. Give each its own folder. "
            f"Received: workdir={os.fspath(folder)!r} ({differences})"
        )
    return folder


def lock(folder):
    """Keeps the folder to this process, as long as the result is held.

    The system lets go of the lock when the process ends, however it ends.

    Raises:
        ValueError: If another process has it.
    """
    try:
        import fcntl
    except ImportError:  # Windows.
        return None
    file = open(pathlib.Path(folder) / "lock", "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise ValueError(
            "`workdir` is in use by another process. "
            f"Received: workdir={os.fspath(folder)!r}"
        ) from error
    return file


def write(file, record):
    """Writes a dict as JSON. A run killed here leaves the old file whole."""
    file = path_of(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    # Of this process alone: several may write the file.
    partial = file.with_suffix(f".{os.getpid()}.partial")
    text = json.dumps({"format": FORMAT, **record}, indent=1)
    partial.write_text(text + "\n")
    partial.replace(file)


def read(file):
    """The dict in a file that `write` wrote.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is only half there, or of another version.
    """
    text = path_of(file).read_text()
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            "The file is not whole, or no result of this study: delete it and "
            f"run the experiment again. Received: {os.fspath(file)!r} ({error})"
        ) from error
    found = record.get("format") if isinstance(record, dict) else None
    if found != FORMAT:
        raise ValueError(
            f"The file must be of format {FORMAT}, which this version writes. "
            f"Received: {os.fspath(file)!r} of format {found!r}"
        )
    return record
