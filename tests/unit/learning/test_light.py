"""What the page and the CLI import of learning loads no heavy package."""

import subprocess
import sys

HEAVY = ("torch", "sklearn", "scipy", "matplotlib", "prefect")
LIGHT = (
    "tenfold.learning.certificate",
    "tenfold.learning.estimate",
    "tenfold.learning.jobs",
    "tenfold.learning.plots",
    "tenfold.learning.selection",
    "tenfold.task_types.classification",
    "tenfold.task_types.multilabel",
)


def test_learning_is_light_until_something_is_computed() -> None:
    code = f"import sys, {', '.join(LIGHT)}\nprint([n for n in {HEAVY!r} if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
