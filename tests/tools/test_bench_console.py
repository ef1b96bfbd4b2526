"""The benchmarks of the console: that they count what they say, never how fast it is."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.append(str(TOOLS))  # tools/bench does the same: its modules are no part of the package

from benchmarks import console_load, page_load  # noqa: E402  found by the line above


@contextlib.contextmanager
def server(status: int) -> Iterator[tuple[str, list[str]]]:
    """Answer everything with a status; gives the address, and what was asked for."""
    asked: list[str] = []

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['cookie']}")
            self.send_response(status)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{serving.server_port}", asked
        finally:
            serving.shutdown()
            thread.join()


@pytest.mark.parametrize("status", [200, 303])
def test_every_page_is_asked_for_once_and_counted(status: int) -> None:
    """A page that was left out, or an error that counted as a page, would make p99 a fiction."""
    pages = 2 * len(page_load.MIX)
    with server(status) as (host, asked):
        found = page_load.run(host, "guitai=x", pages)
    assert sorted(asked) == sorted(f"{path} guitai=x" for path in page_load.MIX * 2)
    times = found["milliseconds"]
    assert isinstance(times, dict)
    assert sum(map(len, times.values())) == (pages if status == 200 else 0)
    wrong = found["wrong"]
    assert isinstance(wrong, list)
    assert sorted(wrong) == ([] if status == 200 else sorted(f"{x} 303" for x in page_load.MIX * 2))


def test_what_is_never_answered_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A console that hangs answers no page slowly: without this it would have no bad ones."""
    monkeypatch.setattr(page_load, "PATIENCE_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        host = f"127.0.0.1:{deaf.getsockname()[1]}"
        found = page_load.run(host, "guitai=x", 3)
    assert found["wrong"] == ["no answer"] * 3


def test_a_p99_is_put_beside_another() -> None:
    """Of all rounds together; beside it what it would be without any one of them."""
    alone = [[1.0] * 100, [1.0] * 100]
    ratio = console_load.beside([[2.0] * 100, [4.0] * 100], alone)
    assert (ratio.median, ratio.least, ratio.greatest) == (4.0, 2.0, 4.0)
    assert console_load.beside([[3.0, 3.0]], [[1.0, 1.0]]).median == 3.0


def test_a_wrong_page_misses_the_gate() -> None:
    """No ratio makes up for an answer that did not come."""
    times = {"/": [1.0, 1.0]}
    well, ill = console_load.Asked(times, []), console_load.Asked(times, ["/ 500"])
    for beside, passed in ((well, True), (ill, False)):
        found = console_load.Found([[1.0, 1.0]], [[1.0, 1.0]], [beside], [well])
        entries = {each.name: each.passed for each in console_load.entries(found, "a disk")}
        assert entries == {
            "console.operation": True,
            "console.pages": True,
            "console.wrong": passed,
        }
