"""``console``: pages and card work side by side, each with and without the other.

A clerk loads a card's purse over and over, in the reader's own process; beside it clerks' pages are
asked for at 200 a second (page_load.py). Rounds of three: both, the loads alone, the pages alone.
A p99 is taken of what all rounds brought, for one round has too few loads for one; what stands
beside the ratio is the least and the greatest that it would be without any one round.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.console_stage import Clerk, card_laid, open_console
from benchmarks.measure import Entry, Gate, Ratio
from benchmarks.page_load import PAGES_A_SECOND
from benchmarks.stage import Stage

ROUNDS = 8
SECONDS = 8
"""How long each of the three lasts in a round."""
_WARM = 200
"""Pages asked for before anything counts; loads are a tenth of them."""
Rounds = Sequence[Sequence[float]]


@dataclass(slots=True)
class Asked:
    """Hold what a stretch of pages brought, milliseconds by path."""

    milliseconds: dict[str, list[float]]
    wrong: list[str]

    @property
    def all(self) -> list[float]:
        """Give the times of all pages."""
        return [each for times in self.milliseconds.values() for each in times]


class Pages:
    """Have pages asked for by a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, pages: int) -> None:
        """Begin to ask for so many."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{pages}\n")
        self._process.stdin.flush()

    def end(self) -> Asked:
        """Wait for the last, and give what they brought."""
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        return Asked(said["milliseconds"], said["wrong"])


@contextmanager
def asking(clerk: Clerk) -> Iterator[Pages]:
    """Start the process that asks for a clerk's pages."""
    command = [sys.executable, "-m", "benchmarks.page_load", clerk.host, clerk.cookie]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    ) as process:
        assert process.stdin is not None
        try:
            yield Pages(process)
        finally:
            process.stdin.close()


def loads(clerk: Clerk, seconds: float) -> list[float]:
    """Load the purse for so long; gives each load's milliseconds."""
    until = time.perf_counter() + seconds
    took = []
    while time.perf_counter() < until:
        took.append(clerk.load() * 1e3)
    return took


def p99(times: Sequence[float]) -> float:
    """Give what one in a hundred exceeds; of fewer than a hundred it is close to the longest."""
    return statistics.quantiles(times, n=100, method="inclusive")[98]


def beside(first: Rounds, second: Rounds) -> Ratio:
    """Put one p99 beside the other, of all rounds, and of all but each one."""

    def ratio(left_out: int | None) -> float:
        one, other = (
            p99([each for at, times in enumerate(rounds) if at != left_out for each in times])
            for rounds in (first, second)
        )
        return one / other

    without = [ratio(number) for number in range(len(first))] if len(first) > 1 else [ratio(None)]
    return Ratio(ratio(None), min(without), max(without))


@dataclass(slots=True)
class Found:
    """Hold the times of all rounds, in milliseconds, and what went wrong."""

    loads_beside: list[list[float]] = field(default_factory=list)
    loads_alone: list[list[float]] = field(default_factory=list)
    pages_beside: list[Asked] = field(default_factory=list)
    pages_alone: list[Asked] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Give every answer that was none."""
        return [each for asked in (*self.pages_beside, *self.pages_alone) for each in asked.wrong]


def measured(clerk: Clerk, pages: Pages, rounds: int) -> Found:
    """Run the three in turn."""
    found, asked = Found(), SECONDS * PAGES_A_SECOND
    pages.begin(_WARM)
    for _ in range(_WARM // 10):
        clerk.load()
    pages.end()
    for _ in range(rounds):
        pages.begin(asked)
        found.loads_beside.append(loads(clerk, SECONDS))
        found.pages_beside.append(pages.end())
        found.loads_alone.append(loads(clerk, SECONDS))
        pages.begin(asked)
        found.pages_alone.append(pages.end())
    return found


def entries(found: Found, where: str) -> list[Entry]:
    """Judge what was found."""
    beside_loads = [asked.all for asked in found.pages_beside]
    alone = [asked.all for asked in found.pages_alone]
    return [
        Entry(
            "console.operation",
            f"p99 of a load at {PAGES_A_SECOND} pages a second ÷ without pages",
            beside(found.loads_beside, found.loads_alone),
            Gate("<=", 1.2),
            _figures("beside", found.loads_beside)
            | _figures("alone", found.loads_alone)
            | {"measured_on": where},
        ),
        Entry(
            "console.pages",
            f"p99 of {PAGES_A_SECOND} pages a second beside card work ÷ without it",
            beside(beside_loads, alone),
            Gate("<=", 1.2),
            _figures("beside", beside_loads) | _figures("alone", alone),
        ),
        Entry(
            "console.wrong",
            "pages without an answer, or with another status than 200",
            Ratio.of([float(len(found.wrong))]),
            Gate("<=", 0.0),
            {"first": found.wrong[0]} if found.wrong else {},
        ),
    ]


def _figures(name: str, rounds: Rounds) -> dict[str, float]:
    times = [each for one in rounds for each in one]
    return {
        f"{name}_count": len(times),
        f"{name}_median_ms": round(statistics.median(times), 2),
        f"{name}_p99_ms": round(p99(times), 2),
    }


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Open a console, and have it work."""
    with open_console() as console, card_laid(console), asking(console.clerk) as pages:
        found = measured(console.clerk, pages, rounds or ROUNDS)
        return entries(found, console.measured_on)
