"""Half a request, as a program on the machine may send it, over a real line."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from terminal.web import promptness
from terminal.web.promptness import MOST_HEAD, Prompt

PATIENCE = 20.0
GET = b"GET / HTTP/1.1\r\nhost: x\r\n"


async def _page(scope: Any, receive: Any, send: Any) -> None:
    """Answer with how much came."""
    more, size = True, 0
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"%d" % size
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Serve one page."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_page, http=Prompt, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    yield bound.getsockname()
    server.should_exit = True
    thread.join(PATIENCE)
    bound.close()


@pytest.fixture
def line(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, PATIENCE) as opened:
        yield opened


def answered(line: socket.socket, body: bytes) -> None:
    """See that a page came."""
    came = b""
    while not came.endswith(b"\r\n\r\n" + body):
        came += line.recv(4096) or b"the line was closed"
        assert b"the line was closed" not in came


@pytest.mark.parametrize(
    "half", [b"", GET, GET + b"content-length: 9\r\n\r\nhalf"], ids=["nothing", "head", "body"]
)
def test_half_a_request_is_not_awaited_for_ever(
    line: socket.socket, half: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that are held so would be lacking when a clerk wants one."""
    answered_first = GET + b"\r\n"
    line.sendall(answered_first)
    answered(line, b"0")
    monkeypatch.setattr(promptness, "REST_SECONDS", 0.1)
    line.sendall(half or b"G")
    assert line.recv(4096) == b""


def test_a_line_that_says_nothing(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one as well."""
    monkeypatch.setattr(promptness, "REST_SECONDS", 0.1)
    with socket.create_connection(address, PATIENCE) as line:
        assert line.recv(4096) == b""


def test_a_head_without_an_end(line: socket.socket) -> None:
    """However fast it comes, it is not kept."""
    with pytest.raises(OSError):  # noqa: PT011  whatever the system says of a line that was closed
        line.sendall(GET + b"x: " + b"y" * 500 * MOST_HEAD)


def test_one_after_the_other_and_a_long_one(line: socket.socket) -> None:
    """A line that is used is kept, in pieces of any size."""
    for _ in range(3):
        for piece in (GET[:7], GET[7:], b"\r\n"):
            line.sendall(piece)
        answered(line, b"0")
    line.sendall(GET + b"content-length: 300000\r\n\r\n" + b"x" * 300_000)
    answered(line, b"300000")
