"""Ask a console for pages at a pace, whatever it answers: a process of its own.

    python -m benchmarks.page_load HOST:PORT COOKIE     then lines on stdin: how many pages

Each line is answered by one of JSON. A page is due at its moment and its time counts from then, so
one that had to wait for a connection, or for this process, is late and not left out (an open loop).
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field

PAGES_A_SECOND = 200
MIX = (
    *("/", "/part/cards", "/static/console.css", "/part/cards", "/part/cards"),
    *("/", "/part/cards", "/static/console.js", "/part/cards", "/part/cards"),
    *("/", "/part/cards", "/static/console.css", "/part/cards", "/day"),
    *("/", "/part/cards", "/static/console.js", "/part/cards", "/static/console.css"),
)
"""What clerks' browsers ask for: the first page and its part, the files of both, the day."""
CONNECTIONS = 12
"""As many as two browsers keep open."""
PATIENCE_SECONDS = 10.0
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(slots=True)
class Line:
    """Hold a connection that is kept, and what is under way on it."""

    link: socket.socket
    due: float = 0.0
    path: str = ""
    heard: bytearray = field(default_factory=bytearray)

    def ask(self, host: str, cookie: str, path: str, due: float) -> None:
        """Send a request."""
        self.due, self.path = due, path
        self.heard.clear()
        head = (
            f"GET {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\naccept: text/html\r\n\r\n"
        )
        self.link.sendall(head.encode())

    def answered(self) -> int | None:
        """Take what came; gives the status once the answer is whole, 0 where the line is cut."""
        came = self.link.recv(65_536)
        self.heard += came
        end = self.heard.find(_END_OF_HEAD)
        if end >= 0:
            at = self.heard.lower().find(_LENGTH, 0, end) + len(_LENGTH)
            length = int(self.heard[at : self.heard.index(b"\r", at)])
            if len(self.heard) >= end + len(_END_OF_HEAD) + length:
                return int(self.heard[9:12])
        return None if came else 0


def run(host: str, cookie: str, pages: int) -> dict[str, object]:
    """Ask for so many; gives each one's milliseconds by path, and what went wrong."""
    name, port = host.split(":")
    with ExitStack() as opened:
        selector = opened.enter_context(selectors.DefaultSelector())
        idle: deque[Line] = deque()
        for _ in range(CONNECTIONS):
            link = opened.enter_context(socket.create_connection((name, int(port))))
            idle.append(Line(link))
            selector.register(link, selectors.EVENT_READ, idle[-1])
        took: dict[str, list[float]] = {path: [] for path in MIX}
        wrong: list[str] = []
        began = time.perf_counter()
        due = deque(
            (began + number / PAGES_A_SECOND, MIX[number % len(MIX)]) for number in range(pages)
        )
        last = due[-1][0] + PATIENCE_SECONDS
        under_way = pages
        while under_way and time.perf_counter() < last:
            while due and idle and due[0][0] <= time.perf_counter():
                moment, path = due.popleft()
                idle.popleft().ask(host, cookie, path, moment)
            until = due[0][0] if due and idle else last
            for key, _ in selector.select(max(0.0, until - time.perf_counter())):
                line: Line = key.data
                status = line.answered()
                if status is None:
                    continue
                under_way -= 1
                if status == 200:
                    took[line.path].append(round((time.perf_counter() - line.due) * 1e3, 3))
                else:
                    wrong.append(f"{line.path} {status}")
                if status:
                    idle.append(line)
                else:
                    selector.unregister(line.link)
    wrong += ["no answer"] * under_way
    return {"milliseconds": took, "wrong": wrong, "cpu_seconds": round(time.process_time(), 2)}


def main() -> None:
    """Do what the lines say until there are no more."""
    host, cookie = sys.argv[1:]
    for line in sys.stdin:
        print(json.dumps(run(host, cookie, int(line))), flush=True)


if __name__ == "__main__":
    main()
