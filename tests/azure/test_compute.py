"""Jobs on Azure: found again, tried again, cancelled, and what is said of those that fail."""

import time
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from models.job import JobWait
from tenfold.azure import compute as azure_compute
from tenfold.azure import watching
from tenfold.compute import open_compute
from tenfold.compute_targets import chosen_targets, compute_targets
from tenfold.errors import (
    JobCancelledError,
    JobFailedError,
    ModelError,
    ServiceError,
    SettingsError,
    TransientServiceError,
)
from tenfold.outcome import Outcome, folder_of
from tenfold.settings import Settings
from tests.azure.standin import Cloud
from tests.azure.standin.jobs import Job
from tests.azure.standin.regions import T4
from tests.contract.compute.conftest import PROJECT, Site

pytestmark = [pytest.mark.azurite]


@pytest.fixture
def site(azure: Settings) -> Site:
    return Site(azure, images=4)


def low_priority(site: Site) -> Site:
    site.settings = site.settings.model_copy(update={"azure_low_priority": True})
    return site


def until(look: Any, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def ours(cloud: Cloud, site: Site) -> list[Job]:
    """Return the jobs of this test's workspace."""
    return [job for job in cloud.jobs() if site.settings.azure_workspace in job.path]


def names(cloud: Cloud, site: Site) -> list[str]:
    return [job.name for job in ours(cloud, site)]


def test_a_job_is_named_by_project_inputs_and_attempt(cloud: Cloud, site: Site) -> None:
    cloud.faults.on_job("fails", times=3)
    for name in ("embed-1", "embed-2"):
        with pytest.raises(JobFailedError):
            site.run(site.embed(name))
    first, second = names(cloud, site)
    assert first.startswith(f"tenfold-{PROJECT}-embed-")
    assert first.endswith("-a1")
    assert second == first.replace("-a1", "-a2")
    site.blobs.put("other.jsonl", site.blobs.get(site.manifest))
    with pytest.raises(JobFailedError):
        site.run(site.train())
    assert names(cloud, site)[2].startswith(f"tenfold-{PROJECT}-train-")


def test_inputs_and_outputs_are_datastore_paths_and_no_secret_is_passed(
    cloud: Cloud, site: Site
) -> None:
    cloud.faults.on_job("fails")
    with pytest.raises(JobFailedError):
        site.run(site.embed())
    [job] = ours(cloud, site)
    properties = job.body["properties"]
    start = f"azureml://datastores/tenfold/paths/projects/{PROJECT}"
    assert properties["inputs"]["job"]["uri"] == f"{start}/jobs/embed-1/job.json"
    assert properties["outputs"]["results"]["uri"] == f"{start}/features/efficientnet-lite0"
    assert properties["identity"] == {"identityType": "Managed"}
    assert properties["limits"]["timeout"] == "PT24H" or properties["limits"]["timeout"] == "P1D"
    assert sorted(properties["environmentVariables"]) == [
        "TENFOLD_BLOBS",
        "TENFOLD_BLOB_ACCOUNT_URL",
    ]


def test_a_project_has_its_jobs_on_the_cluster_that_it_names(cloud: Cloud, site: Site) -> None:
    cloud.add_cluster(site.settings.azure_workspace, "spare")
    chosen = [(each.name, each.usual) for each in compute_targets(site.settings)]
    assert chosen == [("tenfold-gpu", True), ("spare", False)]
    [spare] = chosen_targets(site.settings, (None, "spare"))
    assert (spare.ready, spare.said) == (True, f"{T4}, dedicated, at most 1 at a time.")
    with pytest.raises(SettingsError, match=r"no cluster of this name.*tenfold-gpu, spare"):
        chosen_targets(site.settings, ["gone"])
    cloud.faults.on_job("fails", times=2)
    for cluster in ("tenfold-gpu", "spare"):
        site.settings = site.settings.model_copy(update={"azure_cluster": cluster})
        with pytest.raises(JobFailedError):
            site.run(site.embed())
    assert [job.cluster for job in ours(cloud, site)] == ["tenfold-gpu", "spare"]


def test_the_same_code_is_uploaded_once(cloud: Cloud, site: Site) -> None:
    cloud.faults.on_job("fails", times=2)
    for _ in range(2):
        with pytest.raises(JobFailedError):
            site.run(site.embed())
    assert cloud.faults.count("startPendingUpload") == 1


def test_whoever_comes_second_adopts_the_job(cloud: Cloud, site: Site) -> None:
    job, reports = site.embed(), []
    watchers = [Thread(target=lambda: reports.append(site.run(job))) for _ in range(2)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join(60)
    assert [report.done for report in reports] == [4, 4]
    assert len(ours(cloud, site)) == 1
    assert site.run(job).done == 4
    assert len(ours(cloud, site)) == 1


class Killed(BaseException):
    """The process is ended."""


def test_a_watcher_that_is_killed_leaves_the_job_to_the_next(
    cloud: Cloud, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(seconds: float) -> None:
        raise Killed

    monkeypatch.setattr(watching, "time", SimpleNamespace(sleep=killed))
    with pytest.raises(Killed):
        site.run(site.embed())
    monkeypatch.setattr(watching, "time", time)
    assert site.run(site.embed()).done == 4
    [job] = ours(cloud, site)
    assert job.wanted


@pytest.mark.parametrize("kind", ["throttled", "busy", "broken", "lost"])
def test_trouble_with_a_request_doesnt_submit_a_job_twice(
    cloud: Cloud, site: Site, kind: Any
) -> None:
    cloud.faults.on_job("fails")
    cloud.faults.on_request(kind, "PUT .*/jobs/")
    cloud.faults.on_request(kind, "GET .*/jobs/")
    cloud.faults.on_request("slow", "GET .*/jobs/", seconds=1)
    with pytest.raises(JobFailedError):
        site.run(site.embed())
    [job] = ours(cloud, site)
    assert job.name.endswith("-a1")


def test_a_submission_that_stays_unanswered_is_found_by_the_next_try(
    cloud: Cloud, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.azure.workspace.RETRIES", 0)
    cloud.faults.on_job("fails")
    cloud.faults.on_request("lost", "PUT .*/jobs/", times=9)
    with pytest.raises(JobFailedError):
        site.run(site.embed())
    assert len(ours(cloud, site)) == 1


def test_code_that_two_machines_upload_at_once_is_to_be_tried_again(
    cloud: Cloud, site: Site
) -> None:
    cloud.faults.on_job("fails")
    cloud.faults.on_request("conflict", "PUT .*/codes/")
    with pytest.raises(TransientServiceError, match="already exists"):
        site.run(site.embed())
    with pytest.raises(JobFailedError):
        site.run(site.embed())


def test_while_azure_is_busy_the_task_is_to_be_tried_again(
    cloud: Cloud, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.azure.workspace.RETRIES", 0)
    cloud.faults.on_request("busy", "/jobs/", times=99)
    with pytest.raises(TransientServiceError, match="busy"):
        site.run(site.embed())
    assert ours(cloud, site) == []


def test_a_log_that_cant_be_read_hides_no_failure(cloud: Cloud, site: Site) -> None:
    cloud.faults.on_job("fails")
    cloud.faults.on_request("forbidden", "/history/")
    with pytest.raises(JobFailedError, match=r"is Failed on Azure.*\n.*log can't be read"):
        site.run(site.embed())


def test_a_failure_shows_where_the_log_is_and_what_azure_says(cloud: Cloud, site: Site) -> None:
    site.blobs.put(site.rows[0].blob, b"\xff\xd8\xff cut off")
    cloud.faults.on_job("crashes")
    with pytest.raises(JobFailedError) as failed:
        site.run(site.embed())
    assert "https://ml.azure.com/runs/tenfold-" in str(failed.value)
    assert "exited with status code -9" in str(failed.value)
    with pytest.raises(ModelError, match=site.rows[0].sha256):
        site.run(site.embed())


def test_a_job_that_cant_be_done_is_not_submitted_again(cloud: Cloud, site: Site) -> None:
    job = site.train(tagged=0)
    for _ in range(2):
        with pytest.raises(ModelError, match="None of the tagged images"):
            site.run(job)
    assert len(ours(cloud, site)) == 1


def test_the_last_lines_of_the_log_are_shown(cloud: Cloud, site: Site) -> None:
    site.settings = site.settings.model_copy(update={"threads": -3})
    with pytest.raises(JobFailedError, match=r"TENFOLD_THREADS.*greater than or equal to 0"):
        site.run(site.embed())


def test_a_job_that_waits_for_a_node_says_so_until_it_has_one(
    cloud: Cloud, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[JobWait | None] = []
    write = Outcome.write_wait

    def hear(outcome: Outcome, wait: JobWait | None) -> None:
        write(outcome, wait)
        heard.append(outcome.wait())

    monkeypatch.setattr(Outcome, "write_wait", hear)
    cloud.faults.on_job("requeued")
    job = site.embed()
    assert site.run(job).done == 4
    waits = [wait for wait in heard if wait is not None]
    assert f"on the cluster {site.settings.azure_cluster}" in waits[0].why
    assert waits[0].command == "tenfold doctor --profile azure"
    assert heard[-1] is None
    assert Outcome(site.blobs, folder_of(job)).wait() is None


@pytest.mark.parametrize("kind", ["preempted", "requeued"])
def test_a_job_whose_node_is_taken_away_goes_on(cloud: Cloud, site: Site, kind: Any) -> None:
    low_priority(site)
    cloud.faults.on_job(kind)
    assert site.run(site.embed()).done == 4
    jobs = ours(cloud, site)
    assert sum(job.starts for job in jobs) == 2
    assert [job.name[-2:] for job in jobs] == (["a1", "a2"] if kind == "preempted" else ["a1"])


def test_preemption_has_an_end(cloud: Cloud, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(azure_compute, "PREEMPTIONS", 1)
    low_priority(site)
    cloud.faults.on_job("preempted", times=9)
    with pytest.raises(JobFailedError, match="preempted"):
        site.run(site.embed())
    assert len(ours(cloud, site)) == 2


def test_on_dedicated_nodes_a_lost_node_is_a_failure(cloud: Cloud, site: Site) -> None:
    cloud.faults.on_job("preempted")
    with pytest.raises(JobFailedError, match="preempted"):
        site.run(site.embed())
    assert len(ours(cloud, site)) == 1


def test_cancelling_ends_a_job_that_hangs_and_the_next_call_begins_anew(
    cloud: Cloud, site: Site
) -> None:
    raised: list[BaseException] = []

    def watched() -> None:
        try:
            site.run(job)
        except JobCancelledError as error:
            raised.append(error)

    cloud.faults.on_job("hangs")
    job = site.embed()
    watcher = Thread(target=watched)
    watcher.start()
    until(lambda: any(each.status == "Running" for each in ours(cloud, site)))
    open_compute(site.settings).cancel(job, site.blobs)
    watcher.join(20)
    [error] = raised
    assert "was cancelled on Azure" in str(error)
    assert ours(cloud, site)[0].status == "Canceled"
    assert site.run(job).done == 4
    assert names(cloud, site)[1].endswith("-a2")


def test_a_cluster_that_isnt_there_is_named(site: Site) -> None:
    site.settings = site.settings.model_copy(update={"azure_cluster": "nowhere"})
    with pytest.raises(ServiceError, match=r"nowhere.*doctor --profile azure"):
        site.run(site.embed())


def test_jobs_compute_what_this_machine_computes(site: Site, tmp_path: Any) -> None:
    here = Site(Settings(home=tmp_path / "here"), images=12)
    there = Site(site.settings, images=12)
    for each in (here, there):
        each.run(each.embed())
        each.run(each.train())
        each.run(each.prelabel(f"projects/{PROJECT}/jobs/train-s1/job.json"))
    job = f"projects/{PROJECT}/jobs/prelabel-1/job.json"
    assert here.proposals(job) == there.proposals(job)


def test_a_job_runs_the_code_that_was_uploaded(cloud: Cloud, site: Site) -> None:
    site.run(site.embed())
    folder = next(iter(cloud.service.jobs.node.codes.values()))
    assert (folder / "tenfold" / "azure" / "job.py").is_file()
    assert (folder / "models" / "job.py").is_file()
    assert not (folder / "tenfold" / "web").exists()
    [record] = folder.glob("tenfold-*.dist-info")
    assert "tenfold.task_types" in (record / "entry_points.txt").read_text()
