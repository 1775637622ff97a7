"""Pictures for artifacts and reports, as PNG bytes. matplotlib is imported when one is drawn."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Numbers = Sequence[float] | NDArray[np.floating]

BLUE, RED, GRAY = "#1f77b4", "#d1495b", "#8a8a8a"
TILE_INCHES = 1.7
BINS = 10
LONGEST_CAPTION = 28


def montage(tiles: Sequence[tuple[bytes, str]], columns: int = 5) -> bytes:
    """Draw images (encoded bytes) with captions in rows of `columns`; return a PNG.

    Captions that are too long are cut; a file that can't be decoded leaves a gray tile.
    """
    columns = max(1, min(columns, len(tiles) or 1))
    rows = max(1, -(-len(tiles) // columns))
    figure = _figure(columns * TILE_INCHES, rows * (TILE_INCHES + 0.25))
    for number, (data, caption) in enumerate(tiles):
        axes = figure.add_subplot(rows, columns, number + 1)
        axes.imshow(_pixels(data))
        axes.set_title(_short(caption), fontsize=7, parse_math=False)
        axes.set_axis_off()
    if not tiles:
        figure.text(0.5, 0.5, "no images", ha="center", va="center", color=GRAY)
    return _png(figure)


def calibration_plot(confidence: Numbers, right: Sequence[bool] | NDArray[np.bool_]) -> bytes:
    """Draw how often proposals were right against how sure the model was, in ten bins."""
    sure, truth = np.asarray(confidence, dtype=float), np.asarray(right, dtype=bool)
    figure = _figure(4.5, 4.0)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=GRAY, linewidth=1, linestyle="--", label="as sure as right")
    which = np.minimum((sure * BINS).astype(int), BINS - 1)
    for one in np.unique(which):
        inside = which == one
        axes.plot(
            sure[inside].mean(),
            truth[inside].mean(),
            "o",
            color=BLUE,
            markersize=4 + 10 * np.sqrt(inside.mean()),
        )
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="confidence", ylabel="share that was right")
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    return _png(figure)


def coverage_curve(confidence: Numbers, wrong_allowed: int, accepted: int | None = None) -> bytes:
    """Draw the errors to be expected when the surest so many pre-labels are accepted."""
    risks = np.cumsum(1.0 - np.sort(np.asarray(confidence, dtype=float))[::-1])
    figure = _figure(5.5, 3.5)
    axes = figure.add_subplot()
    axes.plot(np.arange(1, len(risks) + 1), risks, color=BLUE, label="errors expected")
    axes.axhline(wrong_allowed, color=RED, linewidth=1, label=f"allowed: {wrong_allowed}")
    if accepted is not None:
        axes.axvline(accepted, color=GRAY, linewidth=1, linestyle=":", label="accepted")
    axes.set(xlabel="pre-labels, from the surest on", ylabel="wrong labels", ylim=(0, None))
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    return _png(figure)


def walk_steps(
    looked: Sequence[bool | None], models: Sequence[str], images: int, promise: str
) -> bytes:
    """Draw a walk: labels that were delivered unseen and looked at, by labels committed.

    Args:
        looked: of each committed label in its order whether people found it wrong; None: nobody
            was asked.
        models: of each, the model version that proposed it.
        images: N, labels delivered in all.
        promise: what the walk lets one claim, in a few words.
    """
    asked = np.array([wrong is not None for wrong in looked], dtype=bool)
    errors = np.array([wrong is True for wrong in looked], dtype=bool)
    places = np.arange(len(looked) + 1)
    audited = np.concatenate([[0], np.cumsum(asked)])
    figure = _figure(5.5, 4.0)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(1, 1))
    upper.step(places, places - audited, color=BLUE, where="post", label="delivered unseen")
    lower.step(places, audited, color=GRAY, where="post", label="people looked, blind")
    found = np.flatnonzero(errors) + 1
    label = f"of these wrong: {len(found)}"
    lower.plot(found, audited[found], "x", color=RED, markersize=7, markeredgewidth=2, label=label)
    changes = [i for i in range(1, len(models)) if models[i] != models[i - 1]]
    for number, place in enumerate(changes):
        told = "the model learned again" if number == 0 else None
        upper.axvline(place, color=GRAY, linewidth=0.8, linestyle=":", label=told)
        lower.axvline(place, color=GRAY, linewidth=0.8, linestyle=":")
    upper.set_title(promise, fontsize=9, parse_math=False)
    lower.set_xlabel("labels committed, in their order")
    lower.set_xlim(0, max(images, len(looked), 1))
    for axes in (upper, lower):
        axes.set(ylabel="labels", ylim=(0, None))
        axes.legend(loc="upper left", frameon=False, fontsize=8)
    return _png(figure)


def class_shares(
    names: Sequence[str], people: Sequence[int], model: Sequence[int], allowed: Sequence[int]
) -> bytes:
    """Draw each class's labels of people and of the model, and how many of these may be wrong."""
    figure = _figure(5.5, 0.9 + 0.32 * max(len(names), 1))
    axes = figure.add_subplot()
    rows = np.arange(len(names))
    axes.barh(rows, people, color=GRAY, label="people's")
    axes.barh(rows, model, left=people, color=BLUE, label="the model's")
    for row, (left, right, most) in enumerate(zip(people, model, allowed, strict=True)):
        told = f" at most {most} wrong" if right else " people's alone"
        axes.text(left + right, row, told, va="center", fontsize=8)
    longest = max((a + b for a, b in zip(people, model, strict=True)), default=1)
    axes.set(xlim=(0, 1.45 * max(longest, 1)), xlabel="labels")
    axes.set_yticks(rows, [_short(name) for name in names], parse_math=False)
    axes.invert_yaxis()
    axes.legend(loc="lower right", frameon=False, fontsize=8)
    return _png(figure)


def learning_curve(tags: Sequence[int], accuracy: Numbers) -> bytes:
    """Draw the cross-validated accuracy of the model versions against their tags."""
    figure = _figure(5.5, 3.5)
    axes = figure.add_subplot()
    axes.plot(tags, accuracy, "o-", color=BLUE)
    axes.set(xlabel="tagged images", ylabel="right in cross-validation", ylim=(0, 1.02))
    return _png(figure)


def _figure(width: float, height: float) -> "Figure":
    """Return a figure that no window and no global state belong to, safe in any thread."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _png(figure: "Figure") -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _pixels(data: bytes) -> NDArray[Any]:
    from PIL import Image

    try:
        with Image.open(BytesIO(data)) as image:
            image.thumbnail((256, 256))
            return np.asarray(image.convert("RGB"))
    except OSError:
        return np.full((64, 64, 3), 200, dtype=np.uint8)


def _short(caption: str) -> str:
    if len(caption) <= LONGEST_CAPTION:
        return caption
    return caption[: LONGEST_CAPTION - 1] + "…"
