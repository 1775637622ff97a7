"""What is tried again, what isn't, and what progress looks like."""

import httpx
import pytest
from prefect import task
from prefect.states import Failed
from sqlalchemy.exc import OperationalError

from tasks import steps
from tasks.steps import artifact_key, may_pass, step
from tenfold.errors import (
    ModelError,
    SourceError,
    StaleClaimError,
    TransientBlobError,
    TransientServiceError,
)


@task(**step("a step", seconds=60))
def a_step() -> None: ...


PASSING = [
    TransientBlobError("later"),
    TransientServiceError("later"),
    OperationalError("select", {}, Exception("database is locked")),
    httpx.ConnectError("refused"),
]
LASTING = [SourceError("no"), StaleClaimError("taken"), ModelError("too few"), ValueError("bug")]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert may_pass(a_step, None, Failed(data=error))  # type: ignore[arg-type]


@pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
def test_bad_input_and_a_lost_claim_are_not_tried_again(error: Exception) -> None:
    assert not may_pass(a_step, None, Failed(data=error))  # type: ignore[arg-type]


def test_every_step_has_retries_and_a_time_limit_and_keeps_no_result() -> None:
    assert a_step.retries == steps.RETRIES
    assert a_step.retry_jitter_factor
    assert a_step.timeout_seconds == 60
    assert a_step.persist_result is False


def test_artifact_keys_are_what_prefect_takes() -> None:
    assert artifact_key("upload", "My.Project_1") == "upload-my-project-1"
