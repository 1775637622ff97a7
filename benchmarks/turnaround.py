"""How long people wait for the next round: `python benchmarks/turnaround.py [--against CHECKOUT]`.

A whole tenfold of its own (Prefect server, two workers, page) labels handwritten digits. The wait
is what passes from the moment at which the last answer of a round is sent until the next round is
there to be handed out. In it the pipeline's flow run is resumed, has a model trained and labels
proposed by two flow runs on the GPU pool, and opens the round. The jobs' own seconds, as they tell
them, and what the pipeline computes to close the round and open the next, are what would remain if
all else took no time.

Flow runs are forked from a process that has loaded what they need, or are a new Python process
each (TENFOLD_FORK_RUNS=false); `--against` measures another checkout of tenfold, too.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

LOOK_SECONDS = 0.02
PATIENCE = 600.0
SETTLING = 2.0
"""Seconds in which the processes of ended flow runs are gone."""
DECIDING = ("close round", "open next round")
SWITCH = "TENFOLD_FORK_RUNS"


@dataclass(frozen=True, slots=True)
class Turn:
    """From one round to the next."""

    seconds: float
    """From the last answer to the next round."""
    jobs: float
    """Of these, the jobs' own work."""
    deciding: float
    """Of these, the two tasks that close a round and open the next."""
    cpu: float
    """CPU seconds of both workers and all their flow runs meanwhile."""
    runs: int
    """How often a flow run was executed."""


def main() -> None:
    """Print the table, or measure one checkout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--repeat", type=int, default=2, help="how often each way is measured")
    parser.add_argument("--against", type=Path, help="another checkout of tenfold")
    parser.add_argument("--one", action="store_true", help="measure what is imported, print JSON")
    given = parser.parse_args()
    if given.one:
        print(json.dumps([asdict(turn) for turn in measure(given.images, given.rounds)]))
        return
    here = Path(__file__).resolve().parent.parent
    ways = {"forked": (here, "true"), "a new process each": (here, "false")}
    if given.against:
        ways["before, a new process each"] = (given.against.resolve(), "")
    turns: dict[str, list[Turn]] = {name: [] for name in ways}
    for _ in range(given.repeat):
        for name, (checkout, forked) in ways.items():
            found = measured(checkout, forked, given.images, given.rounds)
            turns[name] += found
            print(name, *found, sep="\n  ", file=sys.stderr)
    print_table(turns)


def measured(checkout: Path, forked: str, images: int, rounds: int) -> list[Turn]:
    """Measure a checkout in a process of its own."""
    done = subprocess.run(  # noqa: S603  # this file
        (sys.executable, __file__, "--one", "--images", str(images), "--rounds", str(rounds)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(checkout), **({SWITCH: forked} if forked else {})},
        check=True,
    )
    return [Turn(**turn) for turn in json.loads(done.stdout)]


def print_table(turns: dict[str, list[Turn]]) -> None:
    """Print a line a way."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end")
    print(
        "| flow runs | rounds | wait | jobs | deciding | all else | least, most | CPU a flow run |"
    )
    print("|---|---|---|---|---|---|---|---|")
    median = statistics.median
    for name, some in turns.items():
        rest = [turn.seconds - turn.jobs - turn.deciding for turn in some]
        cpu = sum(turn.cpu for turn in some) / sum(turn.runs for turn in some)
        print(
            f"| {name} | {len(some)} | {median(turn.seconds for turn in some):.1f} s "
            f"| {median(turn.jobs for turn in some):.1f} s "
            f"| {median(turn.deciding for turn in some):.1f} s "
            f"| {median(rest):.1f} s | {min(rest):.1f}, {max(rest):.1f} s | {cpu:.1f} s |"
        )


def measure(images: int, rounds: int) -> list[Turn]:
    """Label digits for so many rounds."""
    turns: list[Turn] = []
    with tempfile.TemporaryDirectory() as scratch, running(Path(scratch) / "home"):
        labeling = Labeling(Path(scratch) / "digits", images)
        labeling.turn()  # the first round, and what is loaded only once
        while len(turns) < rounds and (turn := labeling.turn()):
            turns.append(turn)
    return turns


@contextmanager
def running(home: Path) -> Iterator[None]:
    """Run a tenfold in a folder, with no settings of this user's."""
    for name in list(os.environ):
        if name.startswith(("PREFECT_", "TENFOLD_")) and name != SWITCH:
            del os.environ[name]
    own = {"HOME": str(home), "PORT": "0", "PREFECT_PORT": "0", "VIEWS": "1", "FINE_TUNE": "false"}
    os.environ.update({f"TENFOLD_{name}": value for name, value in own.items()})
    from tenfold import services

    services.up()
    try:
        yield
    finally:
        services.down()


class Labeling:
    """A project of digits, and the one person who labels them."""

    def __init__(self, folder: Path, images: int) -> None:
        """Make the project and start its flow run."""
        import httpx

        from models.person import Role
        from models.project import ProjectSettings, label_classes
        from tenfold import orchestration, services
        from tenfold.pipeline.context import open_context

        truth = draw(folder, images)
        self.ctx = open_context()
        self.project = self.ctx.store.projects.create(
            ProjectSettings(
                name="digits",
                task="classification",
                source=str(folder),
                classes=label_classes(sorted(set(truth.values()))),
                keep_busy=False,
                second_look=False,
            )
        )
        person = self.ctx.store.people.ensure("ann", Role.ADMIN)
        token = self.ctx.store.people.new_token(person.id, "benchmark")[1]
        running_now = services.status()
        assert running_now is not None
        self.services = running_now
        self.page = httpx.Client(
            base_url=running_now.links.page,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        self.truth = truth
        self.run = orchestration.work_on("digits")

    def turn(self) -> Turn | None:
        """Answer a round; return what the next one took, None where there is none."""
        asked = self._wait_for_question("")
        if asked is None:
            return None
        time.sleep(SETTLING)
        cpu, children, begun = self._cpu(), self._children(), datetime.now(UTC)
        sent = self._answer(asked)
        following = self._wait_for_question(asked.id)
        seconds = time.perf_counter() - sent
        if following is None:
            return None
        self._wait_until_suspended()
        time.sleep(SETTLING)
        made = [child for child in self._children() if child not in children]
        return Turn(
            seconds,
            self._own_seconds(made),
            self._deciding_seconds(begun),
            self._cpu() - cpu,
            1 + len(made),
        )

    def _wait_for_question(self, answered: str) -> Any:
        from models.cycle import CycleState

        store, deadline = self.ctx.store, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            cycle = store.cycles.current(self.project.id)
            if cycle is not None and cycle.state is CycleState.COMPLETE:
                return None
            asked = store.rounds.current(cycle.id) if cycle else None
            if asked is not None and asked.id != answered:
                if not answered:
                    self._wait_until_suspended()
                return asked
            time.sleep(LOOK_SECONDS)
        raise TimeoutError(f"No question after {PATIENCE} s.")

    def _wait_until_suspended(self) -> None:
        from tenfold import orchestration

        deadline = time.monotonic() + PATIENCE
        while (state := orchestration.run_state(self.run)).kind != "suspended":
            if not state.alive or time.monotonic() > deadline:
                raise RuntimeError(f"The flow run is {state.kind}: {state.message}")
            time.sleep(0.2)

    def _answer(self, asked: Any) -> float:
        """Answer a round through the page; return when the last answer, or approval, was sent."""
        sent, address = 0.0, "/api/projects/digits"
        while items := self._post(f"{address}/lease", {"count": 100, "round_id": asked.id})[
            "items"
        ]:
            for item in items:
                said = {"kind": "class", "label": self.truth[item["path"]]}
                key = f"{item['sha256'][:16]}-{asked.id[:8]}"
                sent = time.perf_counter()
                self._post(
                    f"{address}/answers",
                    {"key": key, "value": said, "round_id": asked.id, "sha256": item["sha256"]},
                )
        if asked.needs_approval:
            sent = time.perf_counter()
            self._post(f"/api/rounds/{asked.id}/approve", {})
        return sent

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = self.page.post(path, json=body)
        response.raise_for_status()
        return response.json() if response.content else None

    def _children(self) -> dict[str, str]:
        """Return the jobs that the run has called, by the id of their flow run."""
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId

        from tenfold import orchestration

        parent = FlowRunFilterParentFlowRunId(any_=[UUID(self.run)])
        with orchestration.client() as prefect:
            runs = prefect.read_flow_runs(flow_run_filter=FlowRunFilter(parent_flow_run_id=parent))
        return {str(run.id): run.parameters["job"] for run in runs}

    def _own_seconds(self, made: list[str]) -> float:
        from models.job import JobReport
        from tenfold.compute import job_report_blob

        jobs = [job for run, job in self._children().items() if run in made]
        texts = [self.ctx.blobs.get(job_report_blob(job)) for job in jobs]
        return sum(JobReport.model_validate_json(text).seconds for text in texts)

    def _deciding_seconds(self, begun: datetime) -> float:
        """Return what the tasks took that close a round and open the next, since a moment."""
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

        from tenfold import orchestration

        of_run = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(self.run)]))
        with orchestration.client() as prefect:
            tasks = prefect.read_task_runs(flow_run_filter=of_run)
        return sum(
            task.total_run_time.total_seconds()
            for task in tasks
            if task.name in DECIDING and task.start_time and task.start_time > begun
        )

    def _cpu(self) -> float:
        """Return the CPU seconds of the workers and of all that descends from them."""
        import psutil

        workers = [each for each in self.services.services if each.name.startswith("worker")]
        found = [each.process.find() for each in workers if each.process]
        family = [p for worker in found if worker for p in (worker, *worker.children(True))]
        total = 0.0
        for process in family:
            with contextlib.suppress(psutil.Error):
                total += sum(process.cpu_times()[:4])  # its own, and of its children that ended
        return total


def draw(folder: Path, images: int) -> dict[str, str]:
    """Write digits as small pictures; return their classes by path."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    folder.mkdir(parents=True)
    found, truth = load_digits(), {}
    for number, (pixels, digit) in enumerate(zip(found.images, found.target, strict=True)):
        if number == images:
            break
        path = f"{number:04d}.png"
        picture = Image.fromarray((pixels * 15).astype(np.uint8))
        picture.resize((64, 64), Image.Resampling.BICUBIC).save(folder / path)
        truth[path] = str(digit)
    return truth


if __name__ == "__main__":
    main()
