"""Arrays as PNG files, without a library for images."""

import base64
import struct
import zlib

import numpy as np


def encode(image: np.ndarray) -> bytes:
    """A PNG file with 8 bits per channel.

    Args:
        image: `[height, width, channels]` uint8, with one channel of gray or
            three of color.

    Reference: ISO/IEC 15948, Portable Network Graphics.
    """
    height, width, channels = image.shape
    color = {1: 0, 3: 2}[channels]
    rows = np.zeros((height, 1 + width * channels), "uint8")
    # Each row is the difference to the one above it, filter 2, which makes
    # photographs smaller.
    rows[:, 0] = 2
    flat = image.reshape(height, -1)
    rows[:, 1:] = np.diff(flat, axis=0, prepend=np.zeros_like(flat[:1]))
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def data_url(image: np.ndarray) -> str:
    """A PNG file as the source of an image in a self-contained page."""
    text = base64.b64encode(encode(image)).decode("ascii")
    return f"data:image/png;base64,{text}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
