"""The drawing canvas is the pinned one, or none."""

from pathlib import Path

import pytest

from tenfold.errors import SettingsError
from tenfold.web import vendor

NODE_MODULES = vendor.REPOSITORY / "node_modules"
needs_npm = pytest.mark.skipif(
    not (NODE_MODULES / "@annotorious").exists(), reason="npm has installed nothing"
)


@needs_npm
def test_the_pinned_files_are_put_in_place(tmp_path: Path) -> None:
    folder = vendor.install(NODE_MODULES, tmp_path)
    assert {path.name for path in folder.iterdir()} == {"annotorious.js", "annotorious.css"}
    assert vendor.problem(tmp_path, Path("/nowhere")) == ""


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    for part in vendor.parts().values():
        source = tmp_path / "node_modules" / part.source
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text("something else")
    with pytest.raises(SettingsError, match="another file"):
        vendor.install(tmp_path / "node_modules", tmp_path / "home")
    assert list((tmp_path / "home" / "vendor").iterdir()) == []


def test_missing_files_are_a_sentence(tmp_path: Path) -> None:
    assert "make setup" in vendor.problem(tmp_path, tmp_path / "none")
