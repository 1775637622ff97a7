"""Milliseconds an image for features: `python benchmarks/embedding.py [--threads N]`.

Compares tenfold's backbone with the same network as it is usually run (batch normalization of its
own, contiguous memory, float32) and with what this machine's matrix multiplication would allow for
the same number of multiplications.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from models.networks.efficientnet_lite import (
    EfficientNetLite0,
    fold_batchnorm,
    normalize,
)
from tenfold.learning.backbone import (
    half_precision,
    load_backbone,
    pretrained_lite0,
    use_threads,
)

BATCH, SIDE = 8, 224


def milliseconds(work: Callable[[], object], images: int, repeats: int) -> float:
    """Return the best of some runs, a thousandth of a second an image."""
    work()
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return 1000 * best / images


@contextmanager
def counted(network: nn.Module) -> Iterator[list[int]]:
    """Count multiplications of the convolutions that run inside."""
    counts: list[int] = []

    def count(module: nn.Conv2d, _: tuple[Tensor, ...], output: Tensor) -> None:
        counts.append(output[0].numel() * module.weight[0].numel())

    hooks = [
        part.register_forward_hook(count)
        for part in network.modules()
        if isinstance(part, nn.Conv2d)
    ]
    yield counts
    for hook in hooks:
        hook.remove()


def matmul_rate(dtype: torch.dtype, repeats: int) -> float:
    """Return multiply-adds a second of a large matrix product."""
    side = 1024
    one, other = torch.randn(2, side, side).to(dtype).unbind()
    return side**3 / (milliseconds(lambda: one @ other, 1, 3 * repeats) / 1000)


def concurrently(embed: Callable[[], object], threads: int) -> None:
    """Run a batch on each of so many threads."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: embed(), range(threads)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    threads, repeats = use_threads(arguments.threads), arguments.repeats
    images = np.random.default_rng(0).integers(0, 256, (BATCH, SIDE, SIDE, 3), dtype=np.uint8)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
    usual, ours = pretrained_lite0(), load_backbone(device="cpu")
    folded = fold_batchnorm(usual).to(memory_format=torch.channels_last)
    half = half_precision("cpu")
    with torch.inference_mode():
        with counted(folded) as counts:
            folded(normalize(pixels[:1]))
        exact = usual(normalize(pixels))
        rows = _measure(usual, folded, pixels, repeats)
        rows["tenfold" + (f", {half}" if half else ", float32")] = milliseconds(
            lambda: ours.embed(images), BATCH, repeats
        )
        same = torch.nn.functional.cosine_similarity(exact, torch.from_numpy(ours.embed(images)))
    use_threads(1)
    rows[f"tenfold, {threads} batches at once"] = milliseconds(
        lambda: concurrently(lambda: ours.embed(images), threads), BATCH * threads, repeats
    )
    use_threads(threads)
    for dtype in (torch.float32, *([half] if half else [])):
        rows[f"limit by matrix product, {dtype}"] = 1000 * sum(counts) / matmul_rate(dtype, repeats)
    print(
        f"{SIDE} px, batches of {BATCH}, {threads} threads, {sum(counts) / 1e6:.0f} M multiply-adds"
    )
    for name, value in rows.items():
        print(f"{name:45} {value:7.2f} ms an image")
    print(f"cosine similarity with float32 on noise: {float(same.min()):.4f} at least")


def _measure(
    usual: EfficientNetLite0, folded: EfficientNetLite0, pixels: Tensor, repeats: int
) -> dict[str, float]:
    contiguous = pixels.contiguous()
    return {
        "usual: unfused, contiguous, float32": milliseconds(
            lambda: usual(normalize(contiguous)), BATCH, repeats
        ),
        "folded, channels last, float32": milliseconds(
            lambda: folded(normalize(pixels)), BATCH, repeats
        ),
    }


if __name__ == "__main__":
    main()
