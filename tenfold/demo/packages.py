"""Two Debian packages, downloaded without root, checked, and read without installing them."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tenfold.errors import SourceError

PATIENCE = 600
"""Seconds that one package may take."""

_APT_OPTIONS = (
    "-o", "Acquire::Retries=1",
    "-o", "Acquire::http::Timeout=15",
    "-o", "Acquire::https::Timeout=15",
    # Without it apt as root warns that its own user can't write into our folder.
    "-o", "APT::Sandbox::User=",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package as it was when the demo was made."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A package on this disk whose hash was checked."""

    name: str
    version: str
    sha256: str
    file: Path
    checked: str
    """Against what, in words."""


STAMPS = Package(
    "tuxpaint-stamps-default",
    "2022.06.04-1",
    "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
)
BACKGROUNDS = Package(
    "mate-backgrounds",
    "1.26.0-1",
    "7bf4c2209f34b4f61ba6d24c8b58c28b361e82e4b943aae6d42c030169af9e04",
)


def fetch(package: Package, folder: Path) -> Fetched:
    """Download a package into `folder` and check it.

    Raises:
        SourceError: no apt here, no network, or neither the pinned hash nor apt's own fits.
    """
    for program in ("apt-get", "apt-cache", "dpkg-deb"):
        if shutil.which(program) is None:
            raise SourceError(f"{program} isn't here, so {package.name} can't be downloaded.")
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        _run(["apt-get", *_APT_OPTIONS, "download", package.name], Path(temporary))
        found = list(Path(temporary).glob("*.deb"))
        if len(found) != 1:
            raise SourceError(f"apt-get brought {len(found)} files for {package.name}, not one.")
        fetched = check(package, found[0], indexed(package.name))
        file = folder / found[0].name
        found[0].replace(file)
    return Fetched(fetched.name, fetched.version, fetched.sha256, file, fetched.checked)


def check(package: Package, file: Path, index: dict[str, str]) -> Fetched:
    """Compare a file with the pinned hash, else with the one in apt's signed index.

    Args:
        package: what was asked for.
        file: the downloaded `NAME_VERSION_ARCH.deb`.
        index: SHA-256 → version, as apt's index lists them.

    Raises:
        SourceError: neither fits.
    """
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest == package.sha256:
        return Fetched(package.name, package.version, digest, file, "the pinned SHA-256")
    if digest in index:
        said = "the SHA-256 in apt's signed index (another version than the pinned one)"
        return Fetched(package.name, index[digest], digest, file, said)
    raise SourceError(f"{file.name} has a SHA-256 that nobody vouches for ({digest}).")


def indexed(name: str) -> dict[str, str]:
    """Return the SHA-256 of each version of a package in apt's index, with its version."""
    text = _run(["apt-cache", "show", "--no-all-versions", name], Path.cwd())
    found, version = {}, ""
    for line in text.splitlines():
        if line.startswith("Version: "):
            version = line.removeprefix("Version: ").strip()
        elif line.startswith("SHA256: "):
            found[line.removeprefix("SHA256: ").strip()] = version
    return found


def files(package: Fetched, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of the wanted files in a package.

    Raises:
        SourceError: dpkg-deb or the archive in it fails.
    """
    command = ["dpkg-deb", "--fsys-tarfile", str(package.file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    path = member.name.removeprefix("./")
                    if member.isfile() and wanted(path):
                        content = archive.extractfile(member)
                        assert content is not None
                        yield path, content.read()
        except tarfile.TarError as error:
            raise SourceError(f"{package.file.name} can't be read ({error}).") from None
        finally:
            process.stdout.close()


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 -- fixed commands, no shell
            command, cwd=folder, check=True, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no reason given"]
        raise SourceError(f"{' '.join(command[:1] + command[-2:])}: {lines[-1]}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(f"{command[0]} failed: {error}.") from None
    return done.stdout
