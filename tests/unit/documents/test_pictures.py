"""Portraits are small, upright, and say nothing but what they show."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from ombot.documents.pictures import LEAST_SIDE, MOST_BYTES, SIDE, NoPortrait, portrait


def made(mode: str, size: tuple[int, int], fmt: str, color: object, **options: object) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, fmt, **options)  # type: ignore[arg-type]
    return out.getvalue()


def opened(jpeg: str) -> Image.Image:
    """The portrait as another program reads it."""
    return Image.open(io.BytesIO(base64.b64decode(jpeg)))


def test_a_large_photo_becomes_small_upright_and_loses_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Geheime Kamera"
    exif.get_ifd(0x8825)[1] = "N"  # a place
    photo = made("RGB", (1600, 1200), "JPEG", "red", exif=exif.tobytes(), comment=b"zu Hause")
    assert b"Geheime Kamera" in photo

    found = portrait(photo)

    picture = opened(found.jpeg)
    assert picture.format == "JPEG"
    assert picture.size == (found.width, found.height) == (480, SIDE)
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Kamera" not in base64.b64decode(found.jpeg)


def test_what_is_transparent_becomes_white() -> None:
    found = opened(portrait(made("RGBA", (200, 200), "PNG", (0, 0, 0, 0))).jpeg)
    assert found.mode == "RGB"
    assert min(channel[0] for channel in found.getextrema()) > 250


def bomb() -> bytes:
    """A PNG of some bytes that claims to be 60,000 pixels wide and high."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xd8" + b"\0" * 31_000_000, "photo_too_large"),
        (b"", "photo_unreadable"),
        (b"%PDF-1.7 kein Bild", "photo_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_unreadable"),
        (made("RGB", (400, 400), "JPEG", "red")[:300], "photo_unreadable"),
        (made("RGB", (LEAST_SIDE - 1, 400), "PNG", "red"), "photo_too_small"),
        (bomb(), "photo_too_large"),
    ],
    ids=["30 MB", "empty", "pdf", "svg", "cut off", "tiny", "bomb"],
)
def test_what_is_no_portrait_says_why(data: bytes, code: str) -> None:
    assert MOST_BYTES < 31_000_000
    with pytest.raises(NoPortrait) as problem:
        portrait(data)
    assert problem.value.code == code
