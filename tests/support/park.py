"""A counter that sells passes, in process: cards, the park system, a journal, and what fails.

Every place where something can fail calls `Fuse.reach`; the fuse blows at one of them, once.
"""

from __future__ import annotations

import copy
import shutil
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from visits import Counter

from card_profiles.park_pass import PassState
from card_profiles.profiles import BEIJING
from emulator.card import Removed, SoftwareCard
from emulator.facts import CardFacts, made_up_facts
from emulator.memory import Memory, PowerCut
from emulator.park_system import ParkSystem
from terminal.cards.park_pass import Pass, decode
from terminal.config import Park
from terminal.errors import HostUnreachable, JournalUnwritable, PassNothingToMove
from terminal.journal import Entry, Journal, SqliteStore, State
from terminal.parties.park import HttpsParkSystem
from terminal.services.park import ParkDesk
from terminal.services.park_move import PassMove, Wanted
from terminal.services.visit import Visit

TODAY = date(2026, 12, 20)
"""A day on which the passes of two years are sold."""
SETTINGS = Park(prices={"1": 10_000, "2": 5_000})
FIELDS = "park_pass.0005"
UPDATE_RECORD = 0xDC


class Died(BaseException):
    """Be the end of the counter's process: nothing of its code runs after it."""


class Fuse:
    """Fail at the `at`-th point that is reached, in its own way or by the process's end."""

    def __init__(self, at: int | None = None, *, death: bool = False) -> None:
        self.at = at
        self.death = death
        self.points: list[str] = []
        self.blown = False
        self.watch: Callable[[], object] = lambda: None

    def reach(self, kind: str, failure: Callable[[], BaseException]) -> None:
        if self.blown:
            return
        self.watch()
        self.points.append(kind)
        if len(self.points) - 1 == self.at:
            self.blown = True
            raise Died if self.death else failure()

    @property
    def tally(self) -> Tally[str]:
        return Tally(self.points)


class Destruction(Fuse):
    """Destroy a card at the `at`-th point: it never answers again, and all stops there."""

    def __init__(self, at: int, world: World, name: str) -> None:
        super().__init__(at)
        self._world = world
        self._name = name

    def reach(self, kind: str, failure: Callable[[], BaseException]) -> None:
        try:
            super().reach(kind, failure)
        except Exception:
            self._world.dead.add(self._name)
            raise


class Cut(Exception):
    """Be the middle of an answer: what came of it before is all there is."""


class TearingCard:
    """A card that can be pulled before and after every command."""

    def __init__(self, card: SoftwareCard, name: str, fuse: Fuse, world: World) -> None:
        self._card = card
        self._world = world
        self._name = name
        self._fuse = fuse
        self.memory = card.memory
        card.memory.before_write = self._written

    def _written(self, _number: int) -> None:
        self._fuse.reach(f"{self._name} memory", PowerCut)

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def power_on(self) -> None:
        self._card.power_on()

    def power_off(self) -> None:
        self._card.power_off()

    def reset(self) -> None:
        self._card.reset()

    def transmit(self, command: bytes) -> bytes:
        if self._name in self._world.dead:
            raise Removed
        self._fuse.reach(f"{self._name} before", Removed)
        if self._world.refusing == self._name and command[1] == UPDATE_RECORD:
            return bytes.fromhex("6581")
        answer = self._card.transmit(command)
        self._fuse.reach(f"{self._name} after", Removed)
        try:
            self._fuse.reach(f"{self._name} middle", Cut)
        except Cut:
            return answer[: (len(answer) + 1) // 2]
        return answer


class FailingStore:
    """A journal's store whose writes fail before or after they are made."""

    def __init__(self, inner: SqliteStore, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def add(self, *arguments: Any, durable: bool) -> bool:
        return bool(self._around(lambda: self._inner.add(*arguments, durable=durable)))

    def append(self, *arguments: Any, durable: bool) -> bool:
        return bool(self._around(lambda: self._inner.append(*arguments, durable=durable)))

    def _around(self, write: Callable[[], bool]) -> bool:
        self._fuse.reach("journal before", _full)
        made = write()
        self._fuse.reach("journal after", _full)
        return made


def _full() -> Exception:
    return JournalUnwritable(path="journal.db", detail="the disk is full")


def _silent() -> Exception:
    return HostUnreachable(detail="timed out")


_decoded = cache(decode)
"""The same few records are looked at over and over."""


def facts_of(number: int, seed: int = 1) -> CardFacts:
    """Make the facts of a person's `number`-th card."""
    facts = made_up_facts(BEIJING, seed)
    return replace(
        facts, serial=bytes((0, 0, seed, number)), expiry_date=date(2035, 1, 1), issue_date=TODAY
    )


_FRESH: dict[tuple[int, int], dict[str, bytes]] = {}


def fresh_card(number: int, seed: int = 1) -> SoftwareCard:
    """Make a card; laying one out takes a while, copying its cells does not."""
    if (number, seed) not in _FRESH:
        _FRESH[number, seed] = SoftwareCard.new(BEIJING, facts_of(number, seed)).memory.cells()
    return SoftwareCard(BEIJING, Memory(_FRESH[number, seed]))


class World:
    """Two cards of a person, `old` and `new`, the park system and a counter's journal."""

    def __init__(self, folder: Path, fuse: Fuse | None = None) -> None:
        self.fuse = fuse or Fuse()
        self.cards = {"old": fresh_card(1), "new": fresh_card(2)}
        self.park_system = ParkSystem()
        self.today = TODAY
        self.asked: list[str] = []
        self.refusing = ""
        self.dead: set[str] = set()
        self.folder = folder
        self._seen: tuple[int, ...] = ()
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "journal.db"
        holder = facts_of(1).holder
        assert holder is not None
        self.person = holder.social_security_number

    def copied(self, folder: Path) -> World:
        """Make a world of its own that is as this one is now."""
        other = World(folder)
        for name, card in self.cards.items():
            other.cards[name] = SoftwareCard(BEIJING, Memory(card.memory.cells()))
        other.park_system.state = copy.deepcopy(self.park_system.state)
        other.today = self.today
        other.park_system._refused = self.park_system._refused
        other.dead = set(self.dead)
        if self._file.exists():
            shutil.copy(self._file, other._file)
        return other

    # --- What a counter has ----------------------------------------------------------------

    def clock(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 4, tzinfo=UTC)

    @property
    def park(self) -> HttpsParkSystem:
        return HttpsParkSystem(self._ask)

    def _ask(self, text: str) -> str:
        self.fuse.reach("park before", _silent)
        try:
            answer = self.park_system.answer(text)
        except ConnectionError:
            raise _silent() from None
        self.fuse.reach("park after", _silent)
        return answer

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        store = SqliteStore(self._file)
        with Journal(FailingStore(store, self.fuse), self.clock) as journal:
            yield journal

    def forget_journal(self) -> None:
        """Let the machine have died before anything of its journal was on the disk."""
        for each in self._file.parent.glob("journal.db*"):
            each.unlink()

    @contextmanager
    def laid(self, name: str) -> Iterator[Visit]:
        card = TearingCard(self.cards[name], name, self.fuse, self)
        with Counter(card).visit() as visit:
            yield visit

    @contextmanager
    def desk(self, name: str = "old", settings: Park = SETTINGS) -> Iterator[ParkDesk]:
        with self.laid(name) as visit, self.journal() as journal:
            yield ParkDesk(visit, self.park, journal, self.clock, settings, "测试员")

    def move(self, key: str = "move", *, to: str = "new", **how: Any) -> Entry:
        """Move as a clerk does: the new card, then whichever is asked for."""
        return self.go_on(self.begin_move(key, to=to, **how))

    def begin_move(self, key: str = "move", *, to: str = "new", **how: Any) -> Entry:
        """Do as much as can be done with the new card alone."""
        with self.laid(to) as visit, self.journal() as journal:
            move = PassMove(self.park, journal, self.clock, "测试员")
            entry = move.begin(visit, key, **how)
            return move.go_on(visit, entry) if move.next_step(entry) is Wanted.NEW else entry

    def go_on(self, entry: Entry, most: int = 9) -> Entry:
        """Lay whichever card the move asks for, until it is over."""
        for _ in range(most):
            with self.journal() as journal:
                wanted = PassMove(self.park, journal, self.clock, "测试员").next_step(entry)
            if wanted is Wanted.NONE:
                break
            self.asked.append(wanted.value)
            meant = entry.intention
            card = self.name_of(meant.card if wanted is Wanted.OLD else meant.other_card)
            with self.laid(card) as visit, self.journal() as journal:
                entry = PassMove(self.park, journal, self.clock, "测试员").go_on(visit, entry)
        return entry

    def without_the_new_card(self, key: str, *, to: str, dead: bool = False) -> Entry:
        """Do as a clerk does whose new card is gone: redirect the move, or begin one."""
        moved = self.entries().get(key) is State.DONE
        try:
            return self.move(f"{key} instead", to=to, instead=not moved, dead=moved or dead)
        except PassNothingToMove:
            return self.move(f"{key} anew", to=to, dead=dead)

    def without_the_old_card(self, key: str, *, to: str) -> None:
        """Do as a clerk does whose old card is gone: go on without it."""
        with self.desk(to) as desk:
            desk.recover()
        if self.entries().get(key) is not State.DONE:
            self.move(f"{key} anew", to=to, dead=True)

    def issue(self, name: str, number: int) -> None:
        """Give the person one card more."""
        self.cards[name] = fresh_card(number)

    def name_of(self, card_id: str) -> str:
        (name,) = (each for each in self.cards if self.card_id(each) == card_id)
        return name

    def move_refused_by(self, name: str) -> None:
        """Move to or from a card that takes no update."""
        self.refusing = name
        try:
            self.move()
        finally:
            self.refusing = ""

    def settle(self) -> None:
        """Put the cards back, one after the other, until nothing is open."""
        for name in [each for each in self.cards if each not in self.dead] * 2:
            if self.open:
                with self.desk(name) as desk:
                    desk.recover()
        assert not self.open

    @property
    def open(self) -> bool:
        """Tell whether journal or park system wait for anything."""
        with self.journal() as journal:
            unfinished = journal.unfinished()
        return bool(unfinished) or any(
            each["pending"] for each in self.park_system.passes(self.person)
        )

    def entries(self) -> dict[str, State]:
        with self.journal() as journal:
            return {each.key: each.state for each in journal.of_day(self.today)}

    @property
    def state(self) -> tuple[int, ...]:
        """Tell states of the world apart, as far as anything was written anywhere."""
        writes = (each.memory.writes for each in self.cards.values())
        return len(self.park_system.calls), self.fuse.tally["journal after"], *writes

    # --- What it came to -------------------------------------------------------------------

    def card_id(self, name: str) -> str:
        return self.cards[name].memory.cells()["SSSE.EF05.1"][2:18].hex().upper()

    def records(self, name: str) -> list[Pass]:
        cells = self.cards[name].memory.cells()
        return [_decoded(number, cells[f"{FIELDS}.{number}"]) for number in range(1, 9)]

    def held(self, year: int, *states: PassState) -> list[str]:
        """Name the cards whose record counts: sealed for them, and theirs in the park system."""
        return [name for name, each in self._of(year, *states) if self._counts(name, each)]

    def _counts(self, name: str, each: Pass) -> bool:
        card_id = self.card_id(name)
        sealed = self.park_system._sealed(card_id, each.raw) == each.raw
        return sealed and self.park_system._held(card_id, each.year or 0) is not None

    def _of(self, year: int, *states: PassState) -> list[tuple[str, Pass]]:
        return [
            (name, each)
            for name in self.cards
            for each in self.records(name)
            if each.year == year and each.state in states
        ]

    def admitted(self, year: int) -> list[str]:
        """Name the cards that a gate lets in, on a day of that year's pass."""
        day = f"{year + 1}-01-01"
        gate = self.park_system.may_enter
        return [
            name
            for name, each in self._of(year, *PassState)
            if gate(self.card_id(name), each.raw.hex(), day)["admitted"]
        ]

    def at_most_one(self) -> None:
        """See that no pass is held twice, where anything changed since it was last seen."""
        changes = len(self.park_system.calls), *(each.memory.writes for each in self.cards.values())
        if changes == self._seen:
            return
        self._seen = changes
        for year in (2026, 2027):
            assert len(self.held(year, PassState.SOLD, PassState.ACTIVE)) <= 1
            assert len(self.admitted(year)) <= 1
