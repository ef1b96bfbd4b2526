"""Kill a real process at a journal write: a script that does one operation and dies there.

Run as ``python purse_kills.py`` it is a warmed parent without threads that forks a process for
every point, kills it with SIGKILL, forks another that recovers, and prints a line of JSON. Run as
``python purse_kills.py guitai POINT …`` it is ``guitai`` itself, on whatever daemon, killed at a
point.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from purse_counter import PurseCounter
from purse_operations import operations
from purse_tearing import Money, done_amounts

from emulator.card import SoftwareCard
from emulator.memory import Memory
from emulator.purse_habits import PurseHabits
from terminal.journal.model import Entry, Step
from terminal.journal.store import SqliteStore

OK, WRONG = 0, 1


class DeadlyStore(SqliteStore):
    """A store that ends its process, and nothing else, before or after one of its writes."""

    at = -1
    how = ""
    writes = 0

    def add(self, entry: Entry, *, durable: bool) -> bool:
        return bool(self._deadly(lambda: SqliteStore.add(self, entry, durable=durable)))

    def append(self, key: str, step: Step, before: Any, *, durable: bool) -> bool:
        return bool(
            self._deadly(lambda: SqliteStore.append(self, key, step, before, durable=durable))
        )

    def _deadly(self, write: Callable[[], bool]) -> bool:
        number = DeadlyStore.writes
        DeadlyStore.writes += 1
        if number == DeadlyStore.at and DeadlyStore.how == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = write()
        if number == DeadlyStore.at and DeadlyStore.how == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return done


def guitai(point: str, arguments: list[str]) -> None:
    """Be ``guitai``, killed at a point such as ``1:after``."""
    from terminal.cli import main
    from terminal.journal import opening

    number, _, DeadlyStore.how = point.partition(":")
    DeadlyStore.at = int(number)
    opening.SqliteStore = DeadlyStore  # type: ignore[misc]
    sys.argv = ["guitai", *arguments]
    main()


# --- In process, forked ----------------------------------------------------------------------


class KeptCard:
    """A card whose memory outlives the process: written to a file after every command."""

    def __init__(self, card: Any, file: Path) -> None:
        self.card, self.file = card, file
        self.memory = card.memory
        self.keep()

    def keep(self) -> None:
        self.file.write_bytes(pickle.dumps(self.memory.cells()))

    @property
    def atr(self) -> bytes:
        return bytes(self.card.atr)

    def power_on(self) -> None:
        self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> None:
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        answer = bytes(self.card.transmit(command))
        self.keep()
        return answer


def _forked(work: Callable[[], int]) -> int:
    """Do something in a process of its own; give its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = WRONG
        try:
            status = work()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


class Score:
    """One operation, killed everywhere; every step is a process of its own."""

    def __init__(self, operation: Any, folder: Path) -> None:
        self._operation = operation
        self._folder = folder
        self._made = operation.card()
        ready = folder / "ready"
        ready.mkdir()
        assert _forked(lambda: self._prepare(ready)) == OK
        self._ready = ready
        self._cells = pickle.loads((ready / "card").read_bytes())
        self._start = (
            Money.of(Memory(self._cells)),
            (2_000 if "correction" in operation.name else 0),
        )

    def run(self, number: int, how: str) -> int | None:
        """Kill at a point and recover; 0 for a loss, None where the run is over before it."""
        folder = self._folder / f"{number}-{how}"
        folder.mkdir()
        for file in self._ready.glob("journal.db*"):
            shutil.copy(file, folder)
        DeadlyStore.at, DeadlyStore.how, DeadlyStore.writes = number, how, 0
        if _forked(lambda: self._act(folder)) != -signal.SIGKILL:
            return None
        DeadlyStore.at = -1
        return int(_forked(lambda: self._check(folder)) == OK)

    def _counter(self, folder: Path, cells: dict[str, bytes]) -> tuple[PurseCounter, KeptCard]:
        card = SoftwareCard(
            self._made.profile,
            Memory(cells),
            interface=self._made.interface,
            habits=self._made.os.habits,
        )
        kept = KeptCard(card, folder / "card")
        store = DeadlyStore(folder / "journal.db")
        return PurseCounter(kept, folder, store=lambda _: store), kept

    def _prepare(self, folder: Path) -> int:
        counter, kept = self._counter(folder, self._made.memory.cells())
        with counter.desk() as desk:
            self._operation.prepare(desk)
        kept.keep()
        counter.close()
        return OK

    def _act(self, folder: Path) -> int:
        counter, _ = self._counter(folder, self._cells)
        with counter.desk() as desk:
            self._operation.act(desk, "intention")
        return OK

    def _check(self, folder: Path) -> int:
        cells = pickle.loads((folder / "card").read_bytes())
        counter, kept = self._counter(folder, cells)
        with counter.desk() as desk:
            desk.recover()
        before, ledger = self._start
        after = Money.of(kept.memory)
        entries = counter.journal.of_day(counter.journal.today())
        right = (
            after.available - before.available == done_amounts(entries) - ledger
            and not any(each.unfinished for each in entries)
            and after.online >= before.online
            and after.offline >= before.offline
        )
        return OK if right else WRONG


def kill_everywhere(root: Path) -> dict[str, int]:
    """Kill at every journal write of every operation; count points and losses."""
    scores = []
    for number, operation in enumerate(operations("contactless", PurseHabits())):
        folder = root / str(number)
        folder.mkdir()
        score = Score(operation, folder)
        for at in count():
            killed = [score.run(at, how) for how in ("before", "after")]
            if None in killed:
                break
            scores += killed
    return {"points": len(scores), "lost": scores.count(0)}


if __name__ == "__main__":
    if sys.argv[1:2] == ["guitai"]:
        guitai(sys.argv[2], sys.argv[3:])
    else:
        with tempfile.TemporaryDirectory(prefix="guitai-kills-") as made:
            sys.stdout.write(json.dumps(kill_everywhere(Path(made))) + "\n")
