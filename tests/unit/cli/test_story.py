from datetime import timedelta

from rich.text import Text

from models.cycle import Step, StepState
from models.record import now
from models.report import Progress
from models.round import Round, RoundKind, RoundState
from tenfold.cli.story import Story

BEGAN = now()


def step(name: str, after: float | None, state: StepState = StepState.DONE) -> Step:
    ended = None if after is None else BEGAN + timedelta(seconds=after)
    return Step(
        cycle_id="c",
        name=name,
        key=f"{name} of these",
        state=state,
        done=8,
        total=9,
        started_at=BEGAN,
        finished_at=ended,
    )


def asked(number: int, kind: RoundKind, size: int, after: float, overlap: int = 1) -> Round:
    return Round(
        id=f"r{number}",
        project_id="p",
        cycle_id="c",
        number=number,
        kind=kind,
        state=RoundState.OPEN,
        size=size,
        overlap=overlap,
        answered=0,
        reason="So that [it] is known.",
        opened_at=BEGAN + timedelta(seconds=after),
    )


def stand(steps: list[Step], rounds: list[Round]) -> Progress:
    return Progress(
        project="birds",
        images=9,
        quarantined=0,
        duplicates=0,
        by_state={},
        by_class={},
        rounds=tuple(rounds),
        steps=tuple(steps),
        at=BEGAN,
    )


def plain(lines: list[str]) -> list[str]:
    return [" ".join(Text.from_markup(line).plain.split()) for line in lines]


def test_what_was_there_at_the_first_look_is_no_news() -> None:
    story = Story()
    assert story.news(stand([step("ingest", 1)], [])) == []
    assert story.news(stand([step("ingest", 1), step("embed", None)], [])) == []


def test_each_thing_is_told_once_in_its_order() -> None:
    story = Story()
    story.news(stand([], []))
    rounds = [asked(2, RoundKind.AUDIT, 1, 40), asked(1, RoundKind.MANUAL, 20, 30, overlap=2)]
    steps = [step("ingest", 3), step("embed", 25, StepState.FAILED), step("train", None)]
    assert plain(story.news(stand(steps, rounds))) == [
        "· ingest 8/9 3 s",
        "· embed 8/9 25 s failed",
        "· round 1: 10 images to tag So that [it] is known.",
        "· round 2: 1 image to tag blind So that [it] is known.",
    ]
    assert story.news(stand(steps, rounds)) == []
    assert plain(story.news(stand([*steps[:2], step("train", 50)], rounds))) == ["· train 8/9 50 s"]
