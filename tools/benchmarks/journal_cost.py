"""``journal``: what the journal of one load costs beside two bare commits of the same bytes.

Ours: begin, sent, done, with the facts of a load that was run for it (terminal/journal). Bare: the
same rows as text, ready made, in two commits, synchronous FULL, to a table without an index. Both
write ahead on the same file system, and move their logs into the file equally often.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measure import Entry, Gate, Unavailable, in_turn
from benchmarks.stage import Stage
from terminal.journal import Facts, Intention, Journal, Method, SqliteStore, State, new_key
from terminal.journal.store import COMMITS_BETWEEN_CHECKPOINTS

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/support"))

from purse_counter import PurseCounter, purse_card  # noqa: E402  found by the line above

ROUNDS = 101
TIMES = 10
PLACES = (ROOT / "build", Path("/var/tmp"))
"""The repository's own first; the other is what survives a restart by its definition."""
IN_MEMORY = frozenset({"tmpfs", "ramfs"})
"""There a sync does nothing, and the ratio would compare nothing with it."""
COMMITS = 2
"""Commits a load that wait for the disk."""
_CHECKPOINT_EACH = COMMITS_BETWEEN_CHECKPOINTS // 2
"""Loads between two of the journal's checkpoints: it commits twice a load."""


@dataclass(frozen=True, slots=True)
class Load:
    """Hold what the journal has of one load, as objects and as the rows it wrote."""

    intention: Intention
    sent: Facts
    done: Facts
    before: str
    """All that has to be on the disk before the card is told."""
    after: str

    @classmethod
    def run(cls) -> Load:
        """Run one at a counter in process."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            counter = PurseCounter(purse_card(5_000), folder)
            with contextlib.closing(counter):
                with counter.desk() as desk:
                    entry = desk.load(10_000, Method.CASH, new_key()).entry
                begun, sent, done = entry.steps
                assert [each.state for each in entry.steps] == [
                    State.BEGUN,
                    State.SENT,
                    State.DONE,
                ], entry
                assert not begun.facts
                with contextlib.closing(sqlite3.connect(folder / "journal.db")) as written:
                    intention = written.execute("SELECT * FROM entry").fetchall()
                    second, third = written.execute("SELECT * FROM step ORDER BY number")
        before = json.dumps([*intention, second], ensure_ascii=False)
        return cls(entry.intention, sent.facts, done.facts, before, json.dumps(third))


class Bare:
    """A table of texts and nothing else, each text a commit that waits for the disk."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
            "CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
        )
        assert self._connection.execute("PRAGMA synchronous").fetchall() == [(2,)]
        self._loads = 0

    def load(self, load: Load) -> None:
        """Write a load."""
        execute = self._connection.execute
        for text in (load.before, load.after):
            execute("BEGIN IMMEDIATE")
            execute("INSERT INTO line (text) VALUES (?)", (text,))
            execute("COMMIT")
        self._loads += 1
        if self._loads % _CHECKPOINT_EACH == 0:
            execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()


def file_system(folder: Path, mounts: str) -> str:
    """Name the type of a folder's file system by the kernel's table of mounts."""
    found, at = "", -1
    for line in mounts.splitlines():
        _device, point, kind, *_ = line.split(" ")
        # Of several at one point the last is on top.
        if folder.is_relative_to(point) and len(point) >= at:
            found, at = kind, len(point)
    return found


@contextlib.contextmanager
def on_a_disk() -> Iterator[tuple[Path, str]]:
    """Give an empty folder on a real file system and say where it is; raises Unavailable."""
    mounts = Path("/proc/self/mounts").read_text("utf-8")
    for place in PLACES:
        kind = file_system(place, mounts)
        if kind in IN_MEMORY:
            continue
        try:
            place.mkdir(exist_ok=True)
            made = tempfile.TemporaryDirectory(prefix="guitai-bench-", dir=place)
        except OSError:
            continue
        with made as folder:
            yield Path(folder), f"{kind} at {_shown(place)}"
        if place == ROOT / "build":
            with contextlib.suppress(OSError):  # somebody's things are in it
                place.rmdir()
        return
    raise Unavailable(f"no folder on a disk: {', '.join(map(str, PLACES))}")


def _shown(place: Path) -> str:
    return str(place.relative_to(ROOT)) if place.is_relative_to(ROOT) else str(place)


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Write loads both ways."""
    load = Load.run()
    with (
        on_a_disk() as (folder, where),
        contextlib.closing(SqliteStore(folder / "journal.db")) as store,
        contextlib.closing(Bare(folder / "bare.db")) as bare,
    ):
        journal = Journal(store)

        # Made where the intention is, before the journal hears of it.
        ready = iter(
            [replace(load.intention, key=new_key()) for _ in range(2 * (rounds or ROUNDS) * TIMES)]
        )

        def ours() -> None:
            for _ in range(TIMES):
                begun = journal.draft(next(ready))
                journal.done(journal.sent(begun, load.sent), load.done)

        def theirs() -> None:
            for _ in range(TIMES):
                bare.load(load)

        pairs = in_turn(ours, theirs, rounds or ROUNDS)
        loads = (1 + len(pairs.seconds)) * TIMES
        assert store.durable_commits == COMMITS * loads
        busy = in_turn(ours, theirs, (rounds or ROUNDS) // 4 + 1, time.process_time)
    ours_us, bare_us = pairs.each(TIMES)
    ours_cpu_us, bare_cpu_us = busy.each(TIMES)
    return [
        Entry(
            "journal",
            "time of one load in the journal (begin, sent, done) ÷ two bare FULL commits of it",
            pairs.ratio,
            Gate("<=", 1.3),
            {
                "ours_us": ours_us,
                "bare_us": bare_us,
                "characters": len(load.before) + len(load.after),
                "measured_on": where,
            },
        ),
        Entry(
            "journal.cpu",
            "the same in processor time: what is left of it where a sync costs nothing",
            busy.ratio,
            None,
            {"ours_us": ours_cpu_us, "bare_us": bare_cpu_us},
        ),
    ]
