"""What `keras-ceb` prints."""

import argparse
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

# Names in Python, and the options of the command that they stand for.
_OPTIONS = (
    (r"`?from_logits=False`?", "`--probabilities`"),
    (r"`?from_logits=True`?", "no `--probabilities`"),
    (r"`from_logits`", "`--probabilities`"),
    (r"`allow_chance=True`", "`--allow-chance`"),
    (r"`download=True`", "`--download`"),
    (r" to `Classifier`", ""),
    (r"`?bounds=\(([^,)]+), ([^)]+)\)`?", r"`--bounds \1 \2`"),
    (
        r"`(attacks|batch_size|bounds|corruptions|data|eps|limit|norm|ood)`",
        lambda match: f"`--{match[1].replace('_', '-')}`",
    ),
)


def tell(options: argparse.Namespace, text: str) -> None:
    """Prints what only people read: nothing with `--json` or `--quiet`."""
    if is_told(options):
        print(text, flush=True)


def is_told(options: argparse.Namespace) -> bool:
    """Whether progress is printed."""
    return not (options.json or options.quiet)


def complain(text: str) -> None:
    """Prints a message in one line, with options in place of arguments."""
    for pattern, option in _OPTIONS:
        text = re.sub(pattern, option, text)
    print("keras-ceb:", " ".join(text.split()), file=sys.stderr, flush=True)


@contextmanager
def warnings_in_one_line() -> Iterator[None]:
    """Within it, a warning is a line of the command."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        yield


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    complain(f"warning: {message}")
