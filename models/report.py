"""The report of a cycle, and the progress of a project."""

from models.certificate import AnyCertificate
from models.cycle import Step
from models.job import JobWait
from models.label import TaskType
from models.record import Moment, Record
from models.round import Round


class HumanWork(Record):
    """What people did."""

    manual: int
    """Images tagged from nothing."""
    review: int
    """Images whose pre-label was checked."""
    audit: int
    """Images tagged blind to measure the model."""
    share: float
    """Images that a person had to look at ÷ images."""
    actions: int
    """Keys and clicks."""
    seconds_estimated: float
    """At the pace of published studies; see docs/report.md."""


class Wrong(Record):
    """Delivered labels that disagree with the answers file."""

    count: int
    share: float


class RoundSummary(Record):
    """One round in the report."""

    number: int
    kind: str
    images: int
    answered: int
    skipped: int
    agreed: int | None = None
    """Answers that agreed with the pre-label, where there was one."""
    approved_by: str | None = None
    approved_via: str | None = None


class ModelSummary(Record):
    """One model version in the report."""

    version: int
    trained_on: int
    metrics: dict[str, float | int | str]


class RunReport(Record):
    """What `--report` writes."""

    project: str
    task: TaskType
    images: int
    quarantined: int
    duplicates: int
    excluded: int = 0
    """Images without a final label: skipped for good."""
    human: HumanWork
    accepted: int
    wrong: Wrong | None = None
    certificate: AnyCertificate | None = None
    claim: str
    """What may be said of the delivered labels, in one sentence."""
    rounds: tuple[RoundSummary, ...]
    models: tuple[ModelSummary, ...]
    steps: dict[str, float]
    """Seconds of each step."""
    flow_run_url: str | None = None
    versions: dict[str, str]


class LabelerProgress(Record):
    """What one person did in a project."""

    person: str
    answers: int
    seconds_each: float
    skipped: int
    reviewed: int = 0
    """Answers of theirs that somebody else looked at afterwards."""
    corrected: int
    """Of these, answers that were changed."""


class WalkProgress(Record):
    """How far a walk is that goes on; what its audit found is told by the certificate alone."""

    images: int
    """N: labels that the certificate will speak of."""
    committed: int
    """Labels that stay as they are, but for what people say of those they are asked about."""
    audited: int
    """Answers, blind, to committed images."""


class Progress(Record):
    """Where a project stands: all that the dashboard and `tenfold status` show."""

    project: str
    images: int
    quarantined: int
    duplicates: int
    by_state: dict[str, int]
    """Images that are `manual`, `reviewed`, `audited`, `imported`, `accepted`, `pre-labeled`,
    `skipped`, `unlabeled`: they add up to `images`."""
    by_class: dict[str, dict[str, int]]
    """Class → {people, machine}: final labels, or boxes, of that class."""
    open_round: Round | None = None
    backlog: int = 0
    """Answers wanted in the backlog."""
    rounds: tuple[Round, ...] = ()
    steps: tuple[Step, ...] = ()
    labelers: tuple[LabelerProgress, ...] = ()
    certificate: AnyCertificate | None = None
    claim: str = ""
    walk: WalkProgress | None = None
    """Of the walk that goes on."""
    wait: JobWait | None = None
    """Why the project's own flow run doesn't go on, where it is asked about."""
    minutes_left: float | None = None
    """Of people's work on the open round at the pace so far."""
    flow_run_url: str | None = None
    at: Moment

    @property
    def labeled(self) -> int:
        """Images that have a final label."""
        kinds = ("manual", "reviewed", "audited", "imported", "accepted")
        return sum(self.by_state.get(kind, 0) for kind in kinds)
