"""Upright JPEG views, whatever the image is made of."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from models.image import Quarantine, Quarantined
from tenfold.settings import Settings
from tenfold.sources.decode import header_size, load_upright
from tenfold.sources.prepare import Prepared, prepare
from tenfold.sources.views import make_view

Encode = Callable[..., bytes]
Color = tuple[int, int, int]

TURNS = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}
"""From stored to upright pixels by EXIF orientation: 0th row and column as tag 274 defines them."""


def _open(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    assert image.format == "JPEG"
    assert image.mode == "RGB"
    return image


def _corner_colors(image: Image.Image) -> list[Color]:
    w, h = image.size
    places = [(w // 8, h // 8), (-w // 8, h // 8), (w // 8, -h // 8), (-w // 8, -h // 8)]
    return [image.getpixel((x % w, y % h)) for x, y in places]  # type: ignore[misc]


def _alike(found: list[Color], expected: list[Color], within: int = 12) -> bool:
    return bool(np.abs(np.subtract(found, expected, dtype=int)).max() <= within)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(
    kind: str, orientation: int, corners: Image.Image, encode: Encode
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encode(corners, kind, exif=exif, **options)
    expected = Image.fromarray(np.ascontiguousarray(TURNS[orientation](np.asarray(corners))))
    for side in (4000, 96, 48):
        view = _open(make_view(data, side))
        assert _alike(_corner_colors(view), _corner_colors(expected))
        assert (view.width > view.height) == (expected.width > expected.height)
    assert load_upright(data).size == expected.size
    assert header_size(BytesIO(data)) == expected.size
    prepared = prepare(data, "x", Settings())
    assert isinstance(prepared, Prepared)
    assert _alike(_corner_colors(_open(prepared.thumb)), _corner_colors(expected))


def test_a_view_carries_no_orientation_to_be_applied_again(
    corners: Image.Image, encode: Encode
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    assert dict(_open(make_view(encode(corners, exif=exif), 64)).getexif()) == {}


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((2000, 1000), 320, (320, 160)),
        ((1000, 2000), 320, (160, 320)),
        ((300, 200), 320, (300, 200)),
        ((3000, 2), 320, (320, 1)),
        ((1, 1), 320, (1, 1)),
    ],
)
def test_a_view_keeps_the_proportions_and_never_grows(
    size: tuple[int, int], side: int, expected: tuple[int, int], encode: Encode
) -> None:
    assert _open(make_view(encode(Image.new("RGB", size)), side)).size == expected


def _color_of(data: bytes) -> Color:
    image = _open(make_view(data, 320))
    return image.getpixel((image.width // 2, image.height // 2))  # type: ignore[return-value]


def test_transparency_lies_on_white(encode: Encode) -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    half = Image.new("RGBA", (40, 40), (0, 0, 0, 128))
    gray = Image.new("LA", (40, 40), (0, 0))
    assert _alike([_color_of(encode(clear, "PNG"))], [(255, 255, 255)], 2)
    assert _alike([_color_of(encode(half, "PNG"))], [(127, 127, 127)], 3)
    assert _alike([_color_of(encode(half, "WEBP", lossless=True))], [(127, 127, 127)], 3)
    assert _alike([_color_of(encode(gray, "PNG"))], [(255, 255, 255)], 2)


def test_palettes_are_looked_up(corners: Image.Image, encode: Encode) -> None:
    palette = corners.quantize(4)
    expected = _corner_colors(corners)
    for kind in ("PNG", "GIF", "BMP", "TIFF"):
        view = _open(make_view(encode(palette, kind), 320))
        assert _alike(_corner_colors(view), expected)


def test_a_transparent_palette_color_lies_on_white(encode: Encode) -> None:
    palette = Image.new("P", (40, 40), 1)
    palette.putpalette([0, 0, 0, 200, 0, 0])
    assert _alike([_color_of(encode(palette, "PNG", transparency=1))], [(255, 255, 255)], 2)
    assert _alike([_color_of(encode(palette, "GIF", transparency=1))], [(255, 255, 255)], 2)
    assert _alike([_color_of(encode(palette, "GIF"))], [(200, 0, 0)], 4)


def test_cmyk_becomes_rgb(encode: Encode) -> None:
    cyan = Image.new("CMYK", (40, 40), (255, 0, 0, 0))
    for kind in ("JPEG", "TIFF"):
        assert _alike([_color_of(encode(cyan, kind))], [(0, 255, 255)], 6)


@pytest.mark.parametrize(("bits", "top"), [(16, 65535), (12, 4095), (10, 1023)])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_deep_gray_is_scaled_by_the_bits_it_uses(
    kind: str, bits: int, top: int, encode: Encode
) -> None:
    ramp = np.linspace(0, top, 256).round().astype(np.uint16)
    data = encode(Image.fromarray(np.tile(ramp, (32, 1))), kind)
    view = np.asarray(_open(make_view(data, 320)))[16, :, 0].astype(int)
    assert np.abs(view - np.arange(256)).max() <= 4


def test_floating_gray_is_scaled_by_its_range(encode: Encode) -> None:
    ramp = np.tile(np.linspace(-3.0, 9.0, 256, dtype=np.float32), (32, 1))
    ramp[0, 0] = np.nan
    view = np.asarray(_open(make_view(encode(Image.fromarray(ramp), "TIFF"), 320)))[16, :, 0]
    assert np.abs(view.astype(int) - np.arange(256)).max() <= 4


@pytest.mark.parametrize("mode", ["1", "L"])
def test_black_and_white_stays_so(mode: str, encode: Encode) -> None:
    assert _alike([_color_of(encode(Image.new(mode, (40, 40), 255), "PNG"))], [(255,) * 3], 1)
    assert _alike([_color_of(encode(Image.new(mode, (40, 40), 0), "PNG"))], [(0,) * 3], 1)


def test_of_an_animation_the_first_frame_is_taken(encode: Encode) -> None:
    frames = [Image.new("RGB", (40, 30), color) for color in ((220, 0, 0), (0, 220, 0))]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert _alike([_color_of(data)], [(220, 0, 0)], 6)


def test_a_cameras_color_profile_is_kept_and_a_printers_is_not(
    corners: Image.Image, encode: Encode
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    view = _open(make_view(encode(corners, icc_profile=profile), 48))
    assert view.info.get("icc_profile") == profile
    printers = profile[:16] + b"CMYK" + profile[20:]
    view = _open(make_view(encode(corners.convert("CMYK"), icc_profile=printers), 48))
    assert "icc_profile" not in view.info


def test_prepare_gives_the_same_as_its_parts(encode: Encode) -> None:
    noise = Image.effect_noise((2400, 1800), 60).convert("RGB")
    prepared = prepare(encode(noise), "x", Settings())
    assert isinstance(prepared, Prepared)
    assert (prepared.probed.width, prepared.probed.height) == (2400, 1800)
    assert _open(prepared.screen).size == (1600, 1200)
    assert _open(prepared.thumb).size == (320, 240)
    assert len(prepared.thumb) < len(prepared.screen)


def test_prepare_sets_a_truncated_photo_aside_though_it_decodes_at_a_smaller_scale(
    encode: Encode,
) -> None:
    data = encode(Image.effect_noise((4000, 3000), 60).convert("RGB"), quality=60)
    found = prepare(data[: len(data) - 2000], "x", Settings())
    assert isinstance(found, Quarantined)
    assert found.reason is Quarantine.BROKEN
