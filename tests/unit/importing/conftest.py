"""A home of its own, three small pictures, and the command line in this process."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tenfold import cli
from tenfold.pipeline.context import open_context
from tenfold.settings import get_settings

SAMPLES = Path(__file__).parent / "samples"

Run = Callable[..., str]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, color in (("a", "red"), ("b", "green"), ("c", "blue")):
        Image.new("RGB", (200, 100), color).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def tenfold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run a command and return what it wrote; it must end with the code that is expected."""
    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    open_context.cache_clear()

    def run(*arguments: object, code: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["tenfold", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        assert ended.value.code in ((None, 0) if code == 0 else (code,)), written
        assert "Traceback" not in written.err
        return written.out + written.err

    yield run
    if open_context.cache_info().currsize:
        open_context().store.close()
    get_settings.cache_clear()
    open_context.cache_clear()


@pytest.fixture
def exported(tenfold: Run, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Export a project as JSON lines and return them by path."""
    numbers = iter(range(100))

    def export(name: str, *options: str) -> dict[str, Any]:
        to = tmp_path / f"out-{next(numbers)}"
        tenfold("export", name, "--to", to, "--format", "jsonl", *options)
        lines = (to / "labels.jsonl").read_text().splitlines()
        return {Path(row["path"]).name: row for row in map(json.loads, lines)}

    return export
