"""What the head is punished for."""

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import generalized_box_iou_loss

from tenfold.learning.boxes.assignment import IGNORED

BOX_WEIGHT = 2.0


def detection_loss(logits: Tensor, boxes: Tensor, label: Tensor, target: Tensor) -> Tensor:
    """Return quality focal loss of the scores plus GIoU loss of the boxes, per learning location.

    Args:
        logits: (B, L, C).
        boxes: predicted (B, L, 4) xyxy.
        label: (B, L) class, BACKGROUND or IGNORED.
        target: (B, L, 4) xyxy where `label` is a class.

    Source:
        Li et al., Generalized Focal Loss, NeurIPS 2020, equation 2 (β = 2); Rezatofighi et al.,
        Generalized Intersection over Union, CVPR 2019.
    """
    image, place = torch.nonzero(label >= 0, as_tuple=True)
    found, wanted = boxes[image, place].float(), target[image, place]
    quality = torch.zeros_like(logits)
    overlap = _paired_iou(found.detach(), wanted)
    quality[image, place, label[image, place]] = overlap.to(quality.dtype)
    focal = _quality_focal(logits, quality) * (label != IGNORED)[..., None]
    normalizer = max(len(image), 1)
    misplaced = generalized_box_iou_loss(found, wanted, reduction="none")
    total: Tensor = (focal.sum() + BOX_WEIGHT * misplaced.sum()) / normalizer
    return total


def _quality_focal(logits: Tensor, quality: Tensor) -> Tensor:
    entropy = functional.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    return entropy * (logits.sigmoid() - quality).abs() ** 2


def _paired_iou(ours: Tensor, theirs: Tensor) -> Tensor:
    """IoU of box i with box i: (N,)."""
    low = torch.maximum(ours[:, :2], theirs[:, :2])
    high = torch.minimum(ours[:, 2:], theirs[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=1)
    sizes = (ours[:, 2:] - ours[:, :2]).prod(dim=1) + (theirs[:, 2:] - theirs[:, :2]).prod(dim=1)
    return shared / (sizes - shared).clamp(min=1e-6)
