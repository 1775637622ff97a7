"""What a node of the cluster runs: `python -m tenfold.azure.job JOB OUTCOME`.

Both are datastore paths. The blobs are reached by the identity of the cluster, in the container
that TENFOLD_BLOBS names; so a put is seen whole or not at all, as everywhere.
"""

import re
import sys
import traceback
from collections.abc import Sequence

from tenfold.blobs import BlobStore, open_blobs
from tenfold.blobs.opening import AZURE_SCHEME, split_azure
from tenfold.compute import LocalCompute
from tenfold.errors import SettingsError, TenfoldError, TransientBlobError
from tenfold.outcome import Outcome, SparseProgress
from tenfold.settings import Settings, get_settings

REFUSED = 3
"""Exit code of a job that can't be done with what it was given."""

_PATH = re.compile(r"/datastores/[^/]+/paths/(?P<path>.+?)/?$")


def main(arguments: Sequence[str]) -> int:
    """Compute a job, and leave its report or why it can't be done; return the exit code."""
    settings = get_settings()
    job, prefix = (blob_name(argument, settings) for argument in arguments)
    blobs = open_blobs(settings)
    return compute(job, blobs, Outcome(blobs, prefix))


def compute(job: str, blobs: BlobStore, outcome: Outcome) -> int:
    """Compute a job; what may pass is raised, so that another attempt is made."""
    try:
        report = LocalCompute().run(job, blobs, SparseProgress(outcome))
    except TransientBlobError:
        raise
    except TenfoldError as error:
        traceback.print_exc()
        outcome.write_refusal(str(error))
        return REFUSED
    outcome.write_report(report)
    print(f"{report.kind}: {report.done} done, {report.kept} were, {report.seconds} s")  # noqa: T201
    return 0


def blob_name(uri: str, settings: Settings) -> str:
    """Return the name of a blob in the settings' store by its datastore path, short or long.

    Raises:
        SettingsError: it isn't in the store.
    """
    found = _PATH.search(uri)
    prefix = split_azure(settings.blobs_url)[1] if _in_container(settings) else ""
    start = f"{prefix}/" if prefix else ""
    if found is None or not found["path"].startswith(start):
        raise SettingsError(f"{uri} is not in {settings.blobs_url}.")
    return found["path"].removeprefix(start)


def _in_container(settings: Settings) -> bool:
    return settings.blobs_url.startswith(AZURE_SCHEME)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
