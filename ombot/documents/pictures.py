"""Portraits: a picture from a phone becomes small, upright and without what the camera wrote into it."""

import base64
import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 15 * 1024 * 1024
SIDE = 640
"""The longest side of what is kept, in pixels."""
LEAST_SIDE = 96
_MOST_PIXELS = 80_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 82


class NoPortrait(Exception):
    """These bytes cannot become a portrait; ``code`` names why, as a refusal code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Portrait:
    """A JPEG in base64, with its size in pixels."""

    jpeg: str
    width: int
    height: int

    def as_json(self) -> dict[str, object]:
        """The form kept in rows."""
        return {"jpeg": self.jpeg, "width": self.width, "height": self.height}


def portrait(data: bytes) -> Portrait:
    """Make a portrait of a picture file. Only pixels are taken over: no place, no name of a camera, no comment.

    Raises:
        NoPortrait: it is too large, too small, or no picture.
    """
    if len(data) > MOST_BYTES:
        raise NoPortrait("photo_too_large")
    try:
        small = _small(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPortrait("photo_too_large") from error
    # What a broken file makes of a decoder is not one kind of error.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NoPortrait("photo_unreadable") from error
    if min(small.size) < LEAST_SIDE:
        raise NoPortrait("photo_too_small")
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return Portrait(base64.b64encode(out.getvalue()).decode(), *small.size)


def _small(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    # A file of a few kilobytes can claim a billion pixels.
    if picture.width * picture.height > _MOST_PIXELS:
        raise NoPortrait("photo_too_large")
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))
    upright = ImageOps.exif_transpose(picture)
    coloured = upright.convert("RGBA") if upright.mode in ("P", "LA", "PA", "RGBA") else upright.convert("RGB")
    if coloured.mode == "RGBA":
        ground = Image.new("RGB", coloured.size, "white")
        ground.paste(coloured, mask=coloured.getchannel("A"))
        coloured = ground
    coloured.thumbnail((SIDE, SIDE))
    # Copied pixel by pixel: what else the file had stays behind.
    clean = Image.new("RGB", coloured.size)
    clean.paste(coloured)
    return clean
