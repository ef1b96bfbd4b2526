"""Tear an operation on a purse at every point there is, put the card back, and recover.

A point is a place in the run: before, after or in the middle of an APDU, before a write of the
card's memory, before or after a write of the journal, with what goes wrong there. Each is tried
on a card and a journal of its own, in process.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from purse_counter import READER, PurseCounter

from apdu.purse import Purse
from emulator.card import Removed, SoftwareCard
from emulator.memory import Memory, PowerCut
from emulator.purse_state import money_cell
from terminal.errors import GuitaiError, JournalUnwritable
from terminal.journal.model import Entry, Step
from terminal.journal.store import Store
from terminal.services.transit import TransitDesk


class Killed(BaseException):
    """The process is gone at this point: nothing of it runs any more but what tests need."""


# --- A card that is torn ---------------------------------------------------------------------


class TornCard:
    """A software card that leaves at an APDU: before it, after it, or within its answer."""

    def __init__(self, card: SoftwareCard) -> None:
        self.card = card
        self.memory = card.memory
        self.seen = 0
        self.at = -1
        self.how = ""

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def power_on(self) -> None:
        self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> None:
        self.card.reset()

    def transmit(self, command: bytes) -> bytes:
        number, self.seen = self.seen, self.seen + 1
        if self.at < 0 or number < self.at:
            return self.card.transmit(command)
        if number > self.at or self.how == "before":
            raise Removed
        answer = self.card.transmit(command)
        if self.how == "after" or len(answer) < 2:
            raise Removed
        if self.how == "half":
            return answer[: (len(answer) + 1) // 2]
        return answer[:-1]


# --- A journal that fails --------------------------------------------------------------------


class FailingStore:
    """A store whose writes fail, or whose process is killed at one of them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.writes = 0
        self.at = -1
        self.how = ""
        self.dead = False

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def add(self, entry: Entry, *, durable: bool) -> bool:
        with self._point():
            return self.store.add(entry, durable=durable)

    def append(self, key: str, step: Step, before: object, *, durable: bool) -> bool:
        with self._point():
            return self.store.append(key, step, before, durable=durable)  # type: ignore[arg-type]

    @contextlib.contextmanager
    def _point(self) -> Iterator[None]:
        number, self.writes = self.writes, self.writes + 1
        if self.dead:
            raise Killed
        here = number == self.at
        if here and self.how == "killed before":
            self.dead = True
            raise Killed
        if here and self.how in {"ENOSPC", "EIO"}:
            raise JournalUnwritable(path="journal", detail=self.how)
        yield
        if here and self.how == "killed after":
            self.dead = True
            raise Killed
        if here and self.how == "EIO after":
            # The data may be on the disk though the sync said no.
            raise JournalUnwritable(path="journal", detail="EIO")


JOURNAL_WAYS = ("killed before", "killed after", "ENOSPC", "EIO", "EIO after")
APDU_WAYS = ("before", "after", "half", "cut")


# --- One try ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A place in a run, and what happens there."""

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


@dataclass(frozen=True)
class Operation:
    """An operation that writes: how its card is made ready, and how it is asked for."""

    name: str
    card: Callable[[], SoftwareCard]
    act: Callable[[TransitDesk, str], object]
    prepare: Callable[[TransitDesk], object] = lambda _: None


@dataclass
class Money:
    """What a card's purse holds, read past all commands."""

    available: int
    online: int
    offline: int

    @classmethod
    def of(cls, memory: Memory) -> Money:
        memory.recover()
        raw = {part: memory.read(money_cell("transit", Purse.PURSE, part)) or b"" for part in PARTS}
        return cls(*(int.from_bytes(raw[part], "big") for part in PARTS))


PARTS = ("available", "online", "offline")


class Bench:
    """Try an operation again and again, each time on a copy of the same beginning."""

    def __init__(self, operation: Operation, folder: Path) -> None:
        self.operation = operation
        self._folder = folder
        self._tried = 0
        self._card = operation.card()
        self._profile, self._interface = self._card.profile, self._card.interface
        start = folder / "start"
        start.mkdir()
        with contextlib.closing(PurseCounter(self._card, start)) as counter:
            with counter.desk() as desk:
                operation.prepare(desk)
            self._now = counter.clock.now
        self._cells = self._card.memory.cells()
        self._start = start / "journal.db"

    @contextlib.contextmanager
    def fresh(self) -> Iterator[tuple[PurseCounter, TornCard, FailingStore]]:
        """A counter with the card and the journal as they were at the beginning."""
        self._tried += 1
        folder = self._folder / str(self._tried)
        folder.mkdir()
        shutil.copy(self._start, folder)
        card = TornCard(
            SoftwareCard(
                self._profile,
                Memory(self._cells),
                interface=self._interface,
                habits=self._card.os.habits,
            )
        )
        stores: list[FailingStore] = []

        def failing(store: Store) -> Store:
            stores.append(FailingStore(store))
            return stores[0]  # type: ignore[return-value]

        counter = PurseCounter(card, folder, store=failing)
        counter.clock.now = self._now
        try:
            yield counter, card, stores[0]
        finally:
            counter.close()
            shutil.rmtree(folder)

    def act(self, counter: PurseCounter, key: str) -> BaseException | None:
        """Do the operation; give what it raised."""
        try:
            with counter.desk() as desk:
                self.operation.act(desk, key)
        except (GuitaiError, Killed) as error:
            return error
        return None

    def points(self) -> list[Point]:
        """Run it once undisturbed and count the places."""
        with self.fresh() as (counter, card, store):
            writes = card.memory.writes
            error = self.act(counter, "intention")
            assert error is None, error
            memory_writes = card.memory.writes - writes
            return [
                *(Point(f"apdu {how}", at) for how in APDU_WAYS for at in range(card.seen)),
                *(Point("memory", at) for at in range(memory_writes)),
                *(
                    Point(f"journal {how}", at)
                    for how in JOURNAL_WAYS
                    for at in range(store.writes)
                ),
            ]


def arm(point: Point, card: TornCard, store: FailingStore) -> None:
    """Set what goes wrong."""
    what, _, how = point.kind.partition(" ")
    if what == "apdu":
        card.at, card.how = point.number, how
    elif what == "memory":
        last = card.memory.writes + point.number + 1

        def cut(number: int) -> None:
            if number == last:
                raise PowerCut

        card.memory.before_write = cut
    else:
        store.at, store.how = point.number, how


def disarm(card: TornCard, store: FailingStore) -> None:
    """Put all in order again: the card is laid back, the disk has room, a new process starts."""
    card.at = store.at = -1
    card.memory.before_write = None
    store.dead = False


def put_back(counter: PurseCounter, card: TornCard) -> None:
    """Lay the card into the reader again, whether it had left or not."""
    if counter.pcsc.readers[READER].card is not None:
        counter.pcsc.remove(READER)
    counter.pcsc.insert(READER, card)


def done_amounts(entries: tuple[Entry, ...]) -> int:
    """The ledger: what all entries that were done changed on the card."""
    return sum(each.intention.amount for each in entries if each.state.value == "done")


def temporary_folder() -> Path:
    """A folder where syncing costs nothing, if the machine has one: these tests are of order."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="guitai-", dir=memory if memory.is_dir() else None))


def kinds(points: list[Point]) -> Counter[str]:
    """How many points there are of each kind."""
    return Counter(each.kind for each in points)


class Answering(TornCard):
    """A card that answers some commands, by how they begin, with a word of its own."""

    def __init__(self, card: SoftwareCard) -> None:
        super().__init__(card)
        self.answers: dict[str, str] = {}

    def transmit(self, command: bytes) -> bytes:
        for beginning, answer in self.answers.items():
            if command.hex().upper().startswith(beginning):
                return bytes.fromhex(answer)
        return super().transmit(command)
