"""A small project's blobs, and jobs on them, computed here and on Azure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from models.annotation import FinalKind
from models.dataset import DatasetRow, SnapshotRow
from models.job import EmbedJob, JobReport, PrelabelJob, TrainJob
from models.label import ClassLabel, TaskType
from models.prelabel import Prelabel
from models.record import Record
from tenfold.blobs import BlobStore, names, open_blobs
from tenfold.compute import compute_job
from tenfold.settings import Settings

PROJECT, BACKBONE = "0123456789abcdef", "efficientnet-lite0"
COLORS = {"blue": (40, 60, 220), "red": (220, 50, 40)}


@dataclass
class Site:
    """Where a job finds what it reads."""

    settings: Settings
    images: int = 12
    blobs: BlobStore = field(init=False)
    rows: list[DatasetRow] = field(init=False)
    told: list[tuple[int, int]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.blobs = open_blobs(self.settings)
        self.rows = sorted(map(self._image, range(self.images)), key=lambda row: row.sha256)
        self._lines(self.manifest, self.rows)

    @property
    def manifest(self) -> str:
        return f"{names.dataset(PROJECT, 1)}/manifest.jsonl"

    def run(self, job: str) -> JobReport:
        """Run a job as a child flow run does."""
        return compute_job(job, self.blobs, self.settings, lambda *now: self.told.append(now))

    def embed(self, name: str = "embed-1") -> str:
        """Write a job that embeds the images."""
        out = names.features(PROJECT, BACKBONE)
        job = EmbedJob(project_id=PROJECT, manifest=self.manifest, backbone=BACKBONE, out=out)
        return self._job(name, job)

    def train(self, tagged: int = 8, name: str = "train-s1") -> str:
        """Write a job that trains on the first images."""
        tags = [
            SnapshotRow(
                sha256=row.sha256,
                value=ClassLabel(label=row.paths[0].split("-")[0]),
                by=FinalKind.PERSON,
                annotation_id=number,
            )
            for number, row in enumerate(self.rows[:tagged])
        ]
        snapshot = names.snapshot(PROJECT, name)
        self._lines(snapshot, tags)
        job = TrainJob(
            project_id=PROJECT,
            task=TaskType.CLASSIFICATION,
            classes=tuple(COLORS),
            manifest=self.manifest,
            snapshot=snapshot,
            features=names.features(PROJECT, BACKBONE),
            backbone=BACKBONE,
            out=f"{names.job(PROJECT, name)}/out",
        )
        return self._job(name, job)

    def prelabel(self, train: str, name: str = "prelabel-1") -> str:
        """Write a job that proposes labels for all images."""
        images = f"{names.job(PROJECT, name)}/images.txt"
        self.blobs.put(images, "\n".join(row.sha256 for row in self.rows).encode())
        job = PrelabelJob(
            project_id=PROJECT,
            task=TaskType.CLASSIFICATION,
            classes=tuple(COLORS),
            manifest=self.manifest,
            images=images,
            features=names.features(PROJECT, BACKBONE),
            backbone=BACKBONE,
            model=train.replace("job.json", "out"),
            out=f"{names.job(PROJECT, name)}/out",
        )
        return self._job(name, job)

    def proposals(self, job: str) -> list[Prelabel]:
        """Return what a pre-labeling job proposed."""
        shards = self.blobs.list(job.replace("job.json", "out/shard-"))
        lines = [line for shard in shards for line in self.blobs.get(shard.name).splitlines()]
        return [Prelabel.model_validate_json(line) for line in lines]

    def tags(self, prefix: str, part: str) -> dict[str, str]:
        """Return the tags of blobs, which change when they are written."""
        return {each.name: each.etag for each in self.blobs.list(prefix) if part in each.name}

    def _image(self, number: int) -> DatasetRow:
        color = sorted(COLORS)[number % 2]
        noise = np.random.default_rng(number).integers(-30, 30, (40, 40, 3))
        pixels = np.clip(np.array(COLORS[color]) + noise, 0, 255).astype(np.uint8)
        out = BytesIO()
        Image.fromarray(pixels).save(out, "PNG")
        content = out.getvalue()
        sha = hashlib.sha256(content).hexdigest()
        blob = names.image(sha, "image/png")
        self.blobs.put(blob, content)
        return DatasetRow(
            sha256=sha,
            image_url=self.blobs.url(blob),
            blob=blob,
            width=40,
            height=40,
            size=len(content),
            media_type="image/png",
            paths=(f"{color}-{number:03d}.png",),
        )

    def _job(self, name: str, job: Record) -> str:
        blob = f"{names.job(PROJECT, name)}/job.json"
        self.blobs.put(blob, job.model_dump_json(indent=1).encode())
        return blob

    def _lines(self, name: str, records: Sequence[Record]) -> None:
        self.blobs.put(name, "".join(f"{each.model_dump_json()}\n" for each in records).encode())


@pytest.fixture
def site(each_profile: Settings) -> Site:
    return Site(each_profile)
