"""Command jobs: from Queued to a terminal state, each in a thread of its own."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from tests.azure.standin.command import Node, UnfitError, kill
from tests.azure.standin.faults import Faults
from tests.azure.standin.messages import Answer, Request, not_found, refusal

TERMINAL = {"Completed", "Failed", "Canceled", "NotResponding"}
_SECONDS_UNTIL_TAKEN = 0.3
_PREEMPTED = "The node was preempted: low-priority capacity was taken back."


@dataclass
class Job:
    """A job and where it stands."""

    path: str
    body: dict[str, Any]
    log: Path
    status: str = "Queued"
    error: str = ""
    starts: int = 0
    """How often its process was started."""
    wanted: bool = True
    """Whether nobody has cancelled it."""
    seen: list[str] = field(default_factory=lambda: ["Queued"])
    cancelled: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)

    @property
    def name(self) -> str:
        """Its name."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def cluster(self) -> str:
        """Name of the cluster that it was sent to."""
        return str(self.body["properties"]["computeId"]).rsplit("/", 1)[-1]

    @property
    def workspace(self) -> str:
        """Path of its workspace."""
        return self.path.rsplit("/jobs/", 1)[0]

    def become(self, status: str, error: str = "") -> None:
        """Reach a state."""
        self.status, self.error = status, error
        self.seen.append(status)
        if status in TERMINAL:
            self.ended.set()


@dataclass
class Jobs:
    """The jobs of all workspaces."""

    node: Node
    faults: Faults
    kept: dict[str, Job] = field(default_factory=dict)
    threads: list[Thread] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def named(self, part: str) -> list[Job]:
        """Return the jobs whose name holds a text, in the order in which they were put."""
        return [job for job in self.kept.values() if part in job.name]

    def put(self, request: Request) -> Answer:
        """Start a job; the same put again changes nothing."""
        body, key = request.json(), request.path.lower()
        compute = body["properties"].get("computeId") or ""
        if self.node.documents.get(compute) is None:
            return refusal(400, "UserError", f"Compute {compute!r} was not found.")
        with self.lock:
            before = self.kept.get(key)
            if before is None:
                self.kept[key] = self._begin(request.path, body)
            elif before.body["properties"] != body["properties"]:
                return refusal(400, "UserError", "A job of this name is there already.")
            return Answer(201 if before is None else 200, described(self.kept[key]))

    def get(self, path: str) -> Answer:
        """Describe a job."""
        job = self.kept.get(path.lower())
        return Answer(200, described(job)) if job else not_found(path)

    def listed(self, workspace: str) -> Answer:
        """Describe the jobs of a workspace."""
        found = [job for job in self.kept.values() if job.workspace.lower() == workspace.lower()]
        return Answer(200, {"value": [described(job) for job in found]})

    def cancel(self, path: str) -> Answer:
        """Cancel a job."""
        job = self.kept.get(path.lower())
        if job is None:
            return not_found(path)
        if job.status in TERMINAL:
            return refusal(400, "UserError", f"The job is {job.status} already.")
        job.wanted = False
        job.cancelled.set()
        job.ended.wait(10)
        return Answer(200)

    def details(self, path: str, base_url: str) -> Answer:
        """Answer what the run history says of a job."""
        job = self.kept.get(path.lower())
        if job is None:
            return not_found(path)
        said = {"code": "UserError", "message": job.error}
        return Answer(
            200,
            {
                "runId": job.name,
                "status": job.status,
                "logFiles": {"user_logs/std_log.txt": f"{base_url}/logs{job.path}"},
                "error": {"error": said} if job.error else None,
                "warnings": [],
            },
        )

    def log_of(self, path: str) -> Answer:
        """Answer a job's log."""
        job = self.kept.get(path.lower())
        return Answer(200, job.log.read_text(errors="replace")) if job else not_found(path)

    def stop(self) -> None:
        """End all that runs."""
        for job in self.kept.values():
            job.cancelled.set()
        for thread in self.threads:
            thread.join(10)

    def _begin(self, path: str, body: dict[str, Any]) -> Job:
        log = self.node.folder / f"log-{len(self.kept)}.txt"
        log.touch()
        job = Job(path, body, log)
        thread = Thread(target=self._work, args=(job,), daemon=True)
        self.threads.append(thread)
        thread.start()
        return job

    def _work(self, job: Job) -> None:
        fault = self.faults.of_job(job.name)
        if fault == "fails":
            job.become("Failed", "The image of the environment can't be built.")
        elif fault == "hangs":
            job.become("Running")
            job.cancelled.wait()
            job.become("Canceled")
        else:
            self._run(job, fault)

    def _run(self, job: Job, fault: str | None) -> None:
        try:
            job.become("Preparing")
            job.starts += 1
            process = self.node.start(job.workspace, job.name, job.body["properties"], job.log)
        except UnfitError as error:
            job.become("Failed", str(error))
            return
        job.become("Running")
        if fault in ("preempted", "requeued", "crashes"):
            time.sleep(_SECONDS_UNTIL_TAKEN)
            kill(process)
        if fault == "requeued":
            job.become("Queued")
            self._run(job, None)
        elif fault == "preempted":
            job.become("Failed", _PREEMPTED)
        else:
            _follow(job, process)


def _follow(job: Job, process: "subprocess.Popen[bytes]") -> None:
    """Wait for a job's process, or for somebody who cancels it."""
    while process.poll() is None:
        if job.cancelled.wait(0.05):
            kill(process)
            job.become("Canceled")
            return
    code = process.returncode
    failed = f"Execution failed. User process 'bash' exited with status code {code}."
    job.become(*(("Completed",) if code == 0 else ("Failed", failed)))


def described(job: Job) -> dict[str, Any]:
    """Return a job as ARM describes it."""
    studio = f"https://ml.azure.com/runs/{job.name}?wsid={job.workspace}"
    properties = {
        **job.body["properties"],
        "status": job.status,
        "services": {"Studio": {"jobServiceType": "Studio", "endpoint": studio}},
    }
    return {"id": job.path, "name": job.name, "properties": properties, "systemData": {}}
