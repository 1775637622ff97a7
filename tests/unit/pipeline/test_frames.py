import io

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from models.image import Image
from models.label import Box, Boxes, Polygon, Polygons
from tenfold.pipeline.frames import to_upright

STORED = Box(label="thing", xmin=4, ymin=2, xmax=9, ymax=5)


def picture(orientation: int) -> Pillow.Image:
    """A stored picture 16 wide and 8 high whose box is white, with an EXIF orientation."""
    pixels = np.zeros((8, 16), np.uint8)
    pixels[2:5, 4:9] = 255
    stored = Pillow.fromarray(pixels)
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    stored.save(buffer, "PNG", exif=exif)
    return Pillow.open(buffer)


def record(upright: Pillow.Image, orientation: int) -> Image:
    return Image(
        sha256="0" * 64,
        width=upright.width,
        height=upright.height,
        size=1,
        media_type="image/png",
        orientation=orientation,
        blob="x",
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_in_the_stored_frame_lands_on_the_same_pixels_of_the_upright_image(
    orientation: int,
) -> None:
    upright = ImageOps.exif_transpose(picture(orientation))
    turned = to_upright(Boxes(boxes=(STORED,)), record(upright, orientation))
    assert isinstance(turned, Boxes)
    box = turned.boxes[0]
    ys, xs = np.nonzero(np.asarray(upright))
    found = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == found


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_polygon_turns_as_the_box_around_it(orientation: int) -> None:
    upright = ImageOps.exif_transpose(picture(orientation))
    image = record(upright, orientation)
    outline = Polygon(label="thing", points=((4, 2), (9, 2), (9, 5), (4, 5)))
    turned = to_upright(Polygons(polygons=(outline,)), image)
    around = to_upright(Boxes(boxes=(STORED,)), image)
    assert isinstance(turned, Polygons)
    assert isinstance(around, Boxes)
    xs, ys = zip(*turned.polygons[0].points, strict=True)
    box = around.boxes[0]
    assert (min(xs), min(ys), max(xs), max(ys)) == (box.xmin, box.ymin, box.xmax, box.ymax)
