"""`up` says what is wrong in a sentence, and `down` ends nothing that `up` didn't start."""

import os
import socket
from pathlib import Path

import pytest

from models.record import now
from tenfold import services
from tenfold.errors import ServiceError
from tenfold.services.control import _failure
from tenfold.services.processes import ProcessMark
from tenfold.services.state import Links, ServicesState, log_file, write_state
from tenfold.settings import Settings


def test_a_taken_page_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"Port {port} .* taken.*TENFOLD_PORT"):
            services.up(Settings(home=tmp_path, port=port))


def test_nothing_to_end_is_no_error(tmp_path: Path) -> None:
    assert services.down(Settings(home=tmp_path)) is False
    assert services.status(Settings(home=tmp_path)) is None


def test_down_leaves_a_process_alone_that_got_the_supervisors_id(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    own = ProcessMark.of(os.getpid())
    stranger = own.model_copy(update={"started": own.started - 1000})
    write_state(
        settings,
        ServicesState(
            token="none-has-it",
            supervisor=stranger,
            links=Links(page="", prefect=""),
            prefect_api="",
            own_prefect=True,
            page_port=1,
            started_at=now(),
            at=now(),
        ),
    )
    assert services.down(settings) is False
    assert own.alive


def test_a_failure_shows_the_last_lines_of_the_log(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    lines = [f"line {number}" for number in range(30)]
    log_file(settings, "page").write_text("\n".join(lines))
    said = str(_failure(settings, "page", "ended 3 times"))
    assert said.startswith("page ended 3 times.")
    assert "line 29" in said
    assert "line 3\n" not in said
