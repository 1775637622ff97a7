import socket

from tenfold.web.__main__ import listen


def test_the_parts_of_an_answer_do_not_wait_for_each_other() -> None:
    """asyncio switches Nagle's algorithm off only where the listener's protocol is named."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
