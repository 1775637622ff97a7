"""What an image is, by its content; and what is none."""

import hashlib
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.image import Quarantine, Quarantined
from tenfold.settings import Settings
from tenfold.sources.decode import Probed, flaw, probe
from tenfold.sources.prepare import Prepared, prepare

Encode = Callable[..., bytes]
LIMIT = 120_000_000

KINDS = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp",
    "BMP": "image/bmp", "TIFF": "image/tiff", "GIF": "image/gif",
}  # fmt: skip


def _refused(data: bytes, limit: int = LIMIT) -> Quarantined:
    found = probe(data, "some/file.jpg", limit)
    assert isinstance(found, Quarantined)
    assert found.path == "some/file.jpg"
    assert found.detail
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_content_says_what_it_is(kind: str, corners: Image.Image, encode: Encode) -> None:
    data = encode(corners, kind)
    assert probe(data, "misnamed.txt", LIMIT) == Probed(
        sha256=hashlib.sha256(data).hexdigest(),
        width=96,
        height=64,
        orientation=1,
        media_type=KINDS[kind],
    )


def test_a_phones_jpeg_with_a_second_picture_is_a_jpeg(
    corners: Image.Image, encode: Encode
) -> None:
    data = encode(corners, "MPO", save_all=True, append_images=[corners.rotate(90)])
    assert b"MPF" in data
    found = probe(data, "x", LIMIT)
    assert isinstance(found, Probed)
    assert (found.media_type, found.width) == ("image/jpeg", 96)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_image(
    kind: str, orientation: int, corners: Image.Image, encode: Encode
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = probe(encode(corners, kind, exif=exif), "x", LIMIT)
    assert isinstance(found, Probed)
    assert found.orientation == orientation
    upright = (64, 96) if orientation >= 5 else (96, 64)
    assert (found.width, found.height) == upright


def test_a_nonsensical_orientation_is_upright(corners: Image.Image, encode: Encode) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    found = probe(encode(corners, exif=exif), "x", LIMIT)
    assert isinstance(found, Probed)
    assert (found.orientation, found.width) == (1, 96)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as tenfold.sources.decode does
def test_broken_exif_does_no_harm(corners: Image.Image, encode: Encode) -> None:
    data = encode(corners, exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff garbage")
    assert isinstance(probe(data, "x", LIMIT), Probed)


def test_an_empty_file_is_set_aside() -> None:
    assert _refused(b"").reason is Quarantine.EMPTY


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_broken(kind: str, share: float, encode: Encode) -> None:
    noise = Image.effect_noise((300, 200), 80).convert("RGB")
    data = encode(noise, kind)
    assert isinstance(probe(data, "x", LIMIT), Probed)
    assert _refused(data[: int(len(data) * share)]).reason is Quarantine.BROKEN


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as tenfold.sources.decode does
@pytest.mark.parametrize(
    ("kind", "packed"), [*((kind, {}) for kind in KINDS), ("TIFF", {"compression": "tiff_lzw"})]
)
def test_a_file_is_judged_as_its_bytes_are(
    kind: str, packed: dict[str, str], encode: Encode, tmp_path: Path
) -> None:
    noise = Image.effect_noise((300, 200), 80).convert("RGB")
    data = encode(noise, kind, **packed)
    for kept in (0, 12, len(data) // 2, len(data) - 40, len(data)):
        path = tmp_path / f"{kept}"
        path.write_bytes(data[:kept])
        judged = probe(data[:kept], "x", LIMIT)
        with path.open("rb") as file:
            wrong = flaw(file, "x", LIMIT, 50)
        assert wrong == (judged if isinstance(judged, Quarantined) else None)
        assert (wrong is None) == (kept == len(data))
    assert flaw(BytesIO(data), "x", 300 * 200 - 1, 50) == probe(data, "x", 300 * 200 - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_ends_after_its_first_bytes_is_broken(
    kind: str, corners: Image.Image, encode: Encode
) -> None:
    assert _refused(encode(corners, kind)[:12]).reason is Quarantine.BROKEN


def test_a_png_with_a_flipped_bit_is_broken(corners: Image.Image, encode: Encode) -> None:
    data = bytearray(encode(corners, "PNG"))
    data[data.index(b"IDAT") + 10] ^= 0xFF
    assert _refused(bytes(data)).reason is Quarantine.BROKEN


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"path,label\na.jpg,cat\n", "text"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"PK\x03\x04....", "ZIP"),
        (bytes(range(128, 256)), "JPEG, PNG, WebP, BMP, TIFF and GIF"),
    ],
)
def test_what_is_no_image_is_set_aside_with_what_it_seems_to_be(data: bytes, says: str) -> None:
    found = _refused(data)
    assert found.reason is Quarantine.NOT_AN_IMAGE
    assert says in found.detail


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be large and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(12_001, 10_000), (60_000, 60_000), (1_000_000, 1_000_000)])
def test_too_many_pixels_are_noticed_before_decoding(size: tuple[int, int]) -> None:
    found = _refused(_png_header(*size))
    assert found.reason is Quarantine.TOO_LARGE
    assert str(size[0]) in found.detail


def test_the_pixel_limit_itself_is_allowed(corners: Image.Image, encode: Encode) -> None:
    data = encode(corners, "PNG")
    assert isinstance(probe(data, "x", 96 * 64), Probed)
    assert _refused(data, 96 * 64 - 1).reason is Quarantine.TOO_LARGE


def test_an_image_above_pillows_own_warning_is_taken(encode: Encode) -> None:
    data = encode(Image.new("1", (10_000, 10_000)), "PNG")  # 100 million pixels
    found = probe(data, "x", LIMIT)
    assert isinstance(found, Probed)
    assert found.width == 10_000


def test_many_threads_decode_alike(corners: Image.Image, encode: Encode) -> None:
    files = [encode(corners, kind) for kind in KINDS] + [b"", b"text", encode(corners)[:200]]
    alone = [probe(data, "x", LIMIT) for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: probe(data, "x", LIMIT), files * 20))
    assert together == alone * 20


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as tenfold.sources.decode does
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_bytes_never_raise(kind: str, corners: Image.Image, encode: Encode) -> None:
    rng = np.random.default_rng(list(KINDS).index(kind))
    whole = np.frombuffer(encode(corners, kind), np.uint8)
    settings = Settings(image_pixels=1_000_000)
    outcomes = set()
    for _ in range(150):
        damaged = whole.copy()
        places = rng.integers(0, min(len(whole), 2000), size=rng.integers(1, 6))
        damaged[places] = rng.integers(0, 256, size=len(places))
        found = prepare(damaged.tobytes(), "x", settings)
        outcomes.add(type(found))
        assert isinstance(found, Prepared | Quarantined)
    assert Quarantined in outcomes
