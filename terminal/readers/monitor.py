"""What happens at the readers, as events, each exactly once.

Level-triggered: every wait compares a snapshot with the one before, so nothing is missed
that happened while nobody looked. The daemon counts insertions and removals of each reader;
when the count moved by more than the states show, the events between are told too. When the
daemon goes it is said (ServiceLost), and when it comes back as well (ServiceBack).

What pcsc-lite does and the module has to live with (1.9.9, winscard_clnt.c and eventhandler.c):
a state changes a moment before its count, or long before where a card was torn; a reader that
left has no count; a reader that came back counts from 0; a count of 0 given back is none, so that
nothing but a state wakes the waiter; the notification of new readers knows only of those that come
while one waits; and at most 16 names may be waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from terminal.readers.explain import explain
from terminal.readers.port import (
    PNP,
    SERVICE_GONE,
    Context,
    Pcsc,
    PcscFailure,
    ReaderStatus,
    Result,
    State,
)

RETRY_SECONDS = 0.2
"""How often a daemon that went is looked for; nothing else is polled."""

SETTLE_MILLISECONDS = 500
"""After a change look once more this soon: readers come in groups, and one that came between
listing and waiting is not notified."""

_COUNTS = 1 << 16
_REFUSALS = 5
_STOP_TRIES = 500
_STOP_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Event:
    """Be something that happened; ``kind`` names it in JSON."""

    kind: ClassVar[str] = "event"


@dataclass(frozen=True, slots=True)
class ServiceLost(Event):
    """The PC/SC daemon does not answer (any more)."""

    kind: ClassVar[str] = "service_lost"


@dataclass(frozen=True, slots=True)
class ServiceBack(Event):
    """The PC/SC daemon answers again; what it lists follows as arrivals."""

    kind: ClassVar[str] = "service_back"


@dataclass(frozen=True, slots=True)
class ReaderArrived(Event):
    """A reader is there."""

    kind: ClassVar[str] = "reader_arrived"
    reader: str


@dataclass(frozen=True, slots=True)
class ReaderLeft(Event):
    """A reader is gone."""

    kind: ClassVar[str] = "reader_left"
    reader: str


@dataclass(frozen=True, slots=True)
class CardInserted(Event):
    """A card is in a reader; ``atr`` is empty where it left again before it was read."""

    kind: ClassVar[str] = "card_inserted"
    reader: str
    atr: bytes


@dataclass(frozen=True, slots=True)
class CardRemoved(Event):
    """A card left a reader."""

    kind: ClassVar[str] = "card_removed"
    reader: str


class ReaderMonitor:
    """Watch all readers of a PC/SC.

    ``pause`` waits between two looks for a lost daemon. One thread iterates; another may
    call :meth:`stop`.
    """

    def __init__(self, pcsc: Pcsc, *, pause: Callable[[float], object] = time.sleep) -> None:
        self._pcsc = pcsc
        self._pause = pause
        self._context: Context | None = None
        self._known: dict[str, ReaderStatus] = {}
        self._pnp = ReaderStatus(PNP)
        self._full: int | None = None  # with so many readers there is no room for the PnP name
        self._settled = False
        self._look = False
        self._lost = False
        self._refused = 0
        self._stopped = False
        self._idle = threading.Event()
        self._idle.set()

    def stop(self) -> None:
        """End the iteration, also a blocked one."""
        self._stopped = True
        for _ in range(_STOP_TRIES):
            context = self._context
            if context is None or self._idle.is_set():
                return
            # More than once: a cancel that comes before the wait has begun is lost.
            context.cancel()
            self._idle.wait(_STOP_SECONDS)

    def events(self, *, wait_milliseconds: int = 60_000) -> Iterator[Event]:
        """Give events as they happen, beginning with what is there now; ends by :meth:`stop`.

        Raises ServiceRefused where this user may not, ServiceFailed for what nothing explains.
        """
        try:
            while not self._stopped:
                if self._context is None:
                    yield from self._find_service()
                    continue
                try:
                    yield from self._compare_list(self._context.readers())
                    yield from self._wait(self._context, wait_milliseconds)
                except PcscFailure as failure:
                    yield from self._fail(failure)
        finally:
            self._release()

    def _find_service(self) -> Iterator[Event]:
        try:
            self._context = self._pcsc.establish()
        except PcscFailure as failure:
            self._tell_refusal_from_loss(failure)
            if not self._lost:
                self._lost = True
                yield ServiceLost()
            self._pause(RETRY_SECONDS)
            return
        self._refused = 0
        if self._lost:
            self._lost = False
            yield ServiceBack()

    def _tell_refusal_from_loss(self, failure: PcscFailure) -> None:
        """Raise where the daemon refuses us again and again.

        The library calls it a refusal too when the daemon ends, or is not yet ready, in the
        middle of its greeting.
        """
        refused = failure.result == Result.SECURITY_VIOLATION
        self._refused = self._refused + 1 if refused else 0
        if self._refused >= _REFUSALS:
            raise explain(failure) from failure

    def _fail(self, failure: PcscFailure) -> Iterator[Event]:
        """Tell a lost daemon from the results that only mean "look again".

        Where we have a context we are not refused: see explain on SECURITY_VIOLATION.
        """
        if failure.result in SERVICE_GONE or failure.result == Result.SECURITY_VIOLATION:
            self._release()
            for name in list(self._known):
                yield from self._leave(name)
            self._lost = True
            yield ServiceLost()
        elif failure.result == Result.TIMEOUT:
            self._settled = self._look = True
        elif failure.result == Result.INVALID_PARAMETER and self._asks_for_pnp and self._known:
            self._full = len(self._known)
        elif failure.result not in {
            Result.CANCELLED,
            Result.SYSTEM_CANCELLED,
            Result.UNKNOWN_READER,
            Result.READER_UNAVAILABLE,
            Result.NO_READERS,
        }:
            raise explain(failure) from failure

    def _release(self) -> None:
        if self._context is not None:
            self._context.release()
            self._context = None
        self._pnp = ReaderStatus(PNP)

    def _compare_list(self, names: list[str]) -> Iterator[Event]:
        for name in [each for each in self._known if each not in names]:
            yield from self._leave(name)
        for name in names:
            if name not in self._known:
                yield from self._arrive(name)

    def _arrive(self, name: str) -> Iterator[Event]:
        self._known[name] = ReaderStatus(name)
        self._settled = False
        yield ReaderArrived(name)

    def _leave(self, name: str) -> Iterator[Event]:
        status = self._known.pop(name)
        self._settled = False
        if status.present:
            yield CardRemoved(name)
        yield ReaderLeft(name)

    @property
    def _asks_for_pnp(self) -> bool:
        return self._full is None or len(self._known) < self._full

    def _wait(self, context: Context, milliseconds: int) -> Iterator[Event]:
        asked = list(self._known.values())
        if self._look:
            # Once without waiting: two changes after a count of 0 would not wake us.
            asked = [each if each.counter else ReaderStatus(each.name) for each in asked]
        if self._asks_for_pnp:
            asked.append(self._pnp)
        if not self._settled:
            milliseconds = min(milliseconds, SETTLE_MILLISECONDS)
        self._idle.clear()
        try:
            if self._stopped:  # looked at after clearing: stop() does it the other way round
                return
            states = context.wait(asked, milliseconds)
        finally:
            self._idle.set()
        self._look = False
        for now in states:
            # Given back without its change mark, only a change wakes us.
            status = ReaderStatus(now.name, now.word & ~State.CHANGED.value, now.atr)
            if now.name == PNP:
                self._pnp = status
                self._settled = self._settled and now.word == status.word
            else:
                yield from self._compare(status)

    def _compare(self, now: ReaderStatus) -> Iterator[Event]:
        """Give what happened at a reader since it was last heard of."""
        before = self._known[now.name]
        moved = (now.counter - before.counter) % _COUNTS
        if State.UNKNOWN in now.state:
            yield from self._leave(now.name)
            return
        if State.UNAVAILABLE in now.state:
            # Out of order: no word about its card, which is no use to anybody.
            told = int(before.present)
        elif before.word == 0 or State.UNAVAILABLE in before.state:
            # The first look: the count says nothing about what we missed before we were there.
            told = int(now.present)
        elif moved > _COUNTS // 2:
            # It counts anew: another reader by the same name, or the same one plugged in again.
            yield from self._leave(now.name)
            yield from self._arrive(now.name)
            told = int(now.present)
        else:
            told = _reckon(moved, int(before.present != now.present))
        present = now.present
        self._known[now.name] = now
        if told:
            self._settled, self._look = False, True
        for left in range(told, 0, -1):
            if present == bool(left % 2):
                yield CardInserted(now.name, now.atr if left == 1 else b"")
            else:
                yield CardRemoved(now.name)


def _reckon(count: int, changed: int) -> int:
    """Give how many events to tell: as many as were counted, but fitting the states.

    An odd number of changes changes the state. Where it does not fit, the state is ahead of its
    count, now or since the look before: that one event is told by the state and not by the count.
    """
    return max(count - (count - changed) % 2, changed)
