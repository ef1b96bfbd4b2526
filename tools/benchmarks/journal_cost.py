"""``journal``: what the journal of one load costs beside two bare commits of the same size.

Ours: begin, sent, done, with the facts of a load that was run for it (terminal/journal). Bare: the
same rows as text, ready made, in two commits, synchronous FULL, to a table without an index, each
padded until the write-ahead log grows by as many bytes as with ours, and not by more. Both write
ahead on the same file system, and move their logs into the file equally often. What the indexes
alone cost shows in a second row, against the same text without padding.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.measure import Entry, Gate, Pairs, Unavailable, in_turn
from benchmarks.stage import Stage
from terminal.journal import Entry as Written
from terminal.journal import Facts, Intention, Journal, Method, SqliteStore, State, new_key
from terminal.journal.journal_file import PAGE
from terminal.journal.store import COMMITS_BETWEEN_CHECKPOINTS

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/support"))

from purse_counter import PurseCounter, purse_card  # noqa: E402  found by the line above

ROUNDS = 101
TIMES = 10
WARM = 1_200
"""Loads before the first that counts: a log that grows costs more to sync than one that is
overwritten, as it is after its first checkpoints."""
SAMPLE = 200
"""Loads whose size in the log is measured."""
SAME = 1.02
"""Within this a commit is as big as another: where ours splits a page depends on its keys."""
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
                    (first,) = written.execute("SELECT * FROM entry")
                    (second,) = written.execute("SELECT * FROM step")
        before = json.dumps(first, ensure_ascii=False)
        return cls(entry.intention, sent.facts, done.facts, before, json.dumps(second))


class Bare:
    """A table of texts and nothing else, each text a commit that waits for the disk.

    ``padding`` is how many bytes are added to the one before and the one after.
    """

    def __init__(self, path: Path, padding: tuple[int, int] = (0, 0)) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(
            f"PRAGMA page_size = {PAGE}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "PRAGMA wal_autocheckpoint = 0;"
            "CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
        )
        assert self._connection.execute("PRAGMA synchronous").fetchall() == [(2,)]
        self._before, self._after = (" " * each for each in padding)
        self._loads = 0

    def load(self, load: Load) -> None:
        """Write a load."""
        self.before(load)
        self.after(load)

    def before(self, load: Load) -> None:
        """Write what has to be on the disk before the card is told."""
        self._commit(load.before + self._before)

    def after(self, load: Load) -> None:
        """Write what came of it."""
        self._commit(load.after + self._after)
        self._loads += 1
        if self._loads % _CHECKPOINT_EACH == 0:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _commit(self, text: str) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        execute("INSERT INTO line (text) VALUES (?)", (text,))
        execute("COMMIT")

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()


def log_bytes(path: Path, *commits: Callable[[], object]) -> list[int]:
    """Tell by how much a database's write-ahead log grows with each of some commits in turn."""
    log = path.with_name(f"{path.name}-wal")
    grown = [0 for _ in commits]
    for sample in range(-SAMPLE // 4, SAMPLE):
        for number, commit in enumerate(commits):
            before = log.stat().st_size
            commit()
            if sample >= 0:
                grown[number] += log.stat().st_size - before
    return [each // SAMPLE for each in grown]


def padding_for(wanted: list[int], load: Load, folder: Path) -> tuple[int, int]:
    """Find the most padding with which neither bare commit is bigger in the log than ours.

    Whole pages are written, so that the next size is often half a page away.
    """
    best = [0, 0]
    for commit in range(COMMITS):
        step = 4 * PAGE
        while step >= PAGE // 64:
            tried = (best[0] + step, best[1]) if commit == 0 else (best[0], best[1] + step)
            path = folder / f"size-{commit}-{tried[commit]}.db"
            with contextlib.closing(Bare(path, tried)) as bare:
                found = bare_bytes(path, bare, load)  # they share pages: look at both
            if all(each <= SAME * most for each, most in zip(found, wanted, strict=True)):
                best[commit] += step
            step //= 2
    return best[0], best[1]


def bare_bytes(path: Path, bare: Bare, load: Load) -> list[int]:
    """Tell how big each of the two bare commits is in the log."""
    return log_bytes(path, lambda: bare.before(load), lambda: bare.after(load))


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
    """Write loads all three ways."""
    load = Load.run()
    times = rounds or ROUNDS
    with on_a_disk() as (folder, where), contextlib.ExitStack() as opened:
        store = opened.enter_context(contextlib.closing(SqliteStore(folder / "journal.db")))
        journal = Journal(store)
        # Made where the intention is, before the journal hears of it.
        ready = iter(
            [
                replace(load.intention, key=new_key())
                for _ in range(4 * times * TIMES + 2 * SAMPLE + WARM)
            ]
        )

        def one() -> None:
            begun = journal.draft(next(ready))
            journal.done(journal.sent(begun, load.sent), load.done)

        sent: list[Written] = []
        size = log_bytes(
            folder / "journal.db",
            lambda: sent.append(journal.sent(journal.draft(next(ready)), load.sent)),
            lambda: journal.done(sent.pop(), load.done),
        )
        padding = padding_for(size, load, folder)
        bare = opened.enter_context(contextlib.closing(Bare(folder / "bare.db", padding)))
        rows = opened.enter_context(contextlib.closing(Bare(folder / "rows.db")))
        bare_size = bare_bytes(folder / "bare.db", bare, load)
        for _ in range(WARM):
            one()
            bare.load(load)
            rows.load(load)
        written = store.durable_commits

        def ours() -> None:
            for _ in range(TIMES):
                one()

        def of(other: Bare) -> Callable[[], None]:
            return lambda: [other.load(load) for _ in range(TIMES)] and None

        pairs = in_turn(ours, of(bare), times)
        assert store.durable_commits - written == COMMITS * (1 + len(pairs.seconds)) * TIMES
        as_text = in_turn(ours, of(rows), times // 2 + 1)
        busy = in_turn(ours, of(bare), times // 4 + 1, time.process_time)
    return [
        Entry(
            "journal",
            "time of one load in the journal (begin, sent, done) ÷ two bare FULL commits as big",
            pairs.ratio,
            Gate("<=", 1.3),
            _each(pairs)
            | {"log_bytes": _sum(size), "bare_log_bytes": _sum(bare_size), "measured_on": where},
        ),
        Entry(
            "journal.rows",
            "the same ÷ its rows as text, with no index to find them by",
            as_text.ratio,
            None,
            _each(as_text) | {"characters": len(load.before) + len(load.after)},
        ),
        Entry(
            "journal.cpu",
            "the first in processor time: what is left of it where a sync costs nothing",
            busy.ratio,
            None,
            _each(busy),
        ),
    ]


def _sum(commits: list[int]) -> str:
    return " + ".join(f"{each:,}" for each in commits)


def _each(pairs: Pairs) -> dict[str, Any]:
    ours, bare = pairs.each(TIMES)
    return {"ours_us": ours, "bare_us": bare}
