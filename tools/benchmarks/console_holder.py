"""``holder``: from the card in the reader to its holder on the page, beside a library call.

The daemon looks for a card every 0.4 s, so an insertion costs whatever is left of that; an observer
of the daemon's own state says how much (holder_read.py), and it stands on both sides. The page is
asked for as its script does: when it hears that cards changed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.console_stage import Console, open_console
from benchmarks.measure import Entry, Gate, Ratio
from benchmarks.stage import Stage
from emulator.image import load
from emulator.vpcd import VirtualSlot

ROUNDS = 15
PAGE, LIBRARY = 0, 1
"""The slots: at the first the console looks, at the second nobody but the library call."""
_EMPTY = "请放上社会保障卡"


class Reading:
    """Have the daemon watched, and a card read by library call, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, what: str, reader: str) -> None:
        """Begin to wait for a card, to ``see`` it or to ``read`` it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what} {reader}\n")
        self._process.stdin.flush()
        assert self._line() == "waits"

    def end(self) -> tuple[float, float]:
        """Give when the daemon had seen the card, and when it was read, by the monotonic clock."""
        seen, read = json.loads(self._line())
        return seen, read

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def reading(console: Console) -> Iterator[Reading]:
    """Start the process that reads."""
    config = str(console.city.folder / "clerk.toml")
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.holder_read", config],
        env=console.city.desk.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    ) as process:
        assert process.stdin is not None
        try:
            yield Reading(process)
        finally:
            process.stdin.close()


@contextmanager
def inserted(console: Console, slot: int) -> Iterator[float]:
    """Put the holder's card in; gives when it was connected, once the daemon has powered it."""
    daemon = console.city.desk.daemon
    assert daemon is not None
    powered, at = threading.Event(), []

    def connect() -> object:
        link = daemon.connect(slot)
        at.append(time.monotonic())
        return link

    card = load(json.loads((console.city.folder / "old.json").read_text("utf-8")))
    held = VirtualSlot(card, connect, inserted=powered.set)
    held.start()
    try:
        powered.wait()
        yield at[0]
    finally:
        held.stop()


def on_the_page(console: Console, by: Reading) -> tuple[float, float]:
    """Give what the daemon took, and what it took until the holder was on the page, in seconds."""
    console.clerk.see("/part/cards", "cards", _EMPTY)
    by.begin("see", console.city.desk.daemon.readers[PAGE])
    with inserted(console, PAGE) as connected:
        console.clerk.see_holder()
        shown = time.monotonic()
        seen, _ = by.end()
    return seen - connected, shown - connected


def by_library(console: Console, by: Reading) -> float:
    """Give what the read takes by library call once the daemon has seen the card, in seconds."""
    by.begin("read", console.city.desk.daemon.readers[LIBRARY])
    with inserted(console, LIBRARY):
        seen, read = by.end()
    return read - seen


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Do both in turn; the first of each is not counted."""
    with open_console() as console, reading(console) as by:
        found = [
            (*on_the_page(console, by), by_library(console, by))
            for _ in range((rounds or ROUNDS) + 1)
        ][1:]
        detection, page, library = (
            round(statistics.median(column) * 1e3, 1) for column in zip(*found, strict=True)
        )
        return [
            Entry(
                "console.holder",
                "card inserted until its holder is on the page ÷ the read by library call and"
                " what the daemon took to see the card",
                Ratio.of(shown / (seen + read) for seen, shown, read in found),
                Gate("<=", 1.5),
                {
                    "page_ms": page,
                    "daemon_ms": detection,
                    "library_ms": library,
                    "measured_on": console.measured_on,
                },
            )
        ]
