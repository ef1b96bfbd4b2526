"""What happens at the readers, as events, each exactly once.

Level-triggered: every wait compares a snapshot with the one before, so nothing is missed
that happened while nobody looked. The daemon counts insertions and removals of each reader;
when the count moved by more than the states show, the events between are told too. When the
daemon goes it is said (ServiceWentAway), and when it comes back as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from terminal.readers.port import (
    PNP,
    SERVICE_GONE,
    Context,
    Pcsc,
    PcscFailure,
    ReaderStatus,
    Result,
)

RETRY_SECONDS = 0.2
"""How often a daemon that went is looked for; nothing else is polled."""

_COUNTER_BITS = 16


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
        self._lost = False
        self._stopped = False

    def stop(self) -> None:
        """End the iteration, also a blocked one."""
        self._stopped = True
        context = self._context
        if context is not None:
            context.cancel()

    def events(self, *, wait_milliseconds: int = 60_000) -> Iterator[Event]:
        """Give events as they happen, beginning with what is there now; ends by :meth:`stop`."""
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
        except PcscFailure:
            if not self._lost:
                self._lost = True
                yield ServiceLost()
            self._pause(RETRY_SECONDS)
            return
        if self._lost:
            self._lost = False
            yield ServiceBack()

    def _fail(self, failure: PcscFailure) -> Iterator[Event]:
        """Tell a lost daemon from the results that only mean "look again"."""
        if failure.result in SERVICE_GONE:
            self._release()
            for name in list(self._known):
                yield from self._leave(name)
            self._lost = True
            yield ServiceLost()
        elif failure.result not in {
            Result.TIMEOUT,
            Result.CANCELLED,
            Result.SYSTEM_CANCELLED,
            Result.UNKNOWN_READER,
            Result.READER_UNAVAILABLE,
            Result.NO_READERS,
        }:
            raise failure

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
                self._known[name] = ReaderStatus(name)
                yield ReaderArrived(name)

    def _leave(self, name: str) -> Iterator[Event]:
        status = self._known.pop(name)
        if status.present:
            yield CardRemoved(name)
        yield ReaderLeft(name)

    def _wait(self, context: Context, milliseconds: int) -> Iterator[Event]:
        for now in context.wait([*self._known.values(), self._pnp], milliseconds):
            if now.name == PNP:
                # Its word carries the number of readers; given back, only a change wakes us.
                self._pnp = ReaderStatus(PNP, now.word & ~0x2)
            else:
                before = self._known[now.name]
                self._known[now.name] = ReaderStatus(now.name, now.word & ~0x2, now.atr)
                yield from _changes(before, now)


def _changes(before: ReaderStatus, now: ReaderStatus) -> Iterator[Event]:
    """Give the insertions and removals between two states of a reader, in their order."""
    if before.word == 0:
        # The first look: the count says nothing about what we missed before we were there.
        count = int(now.present)
    else:
        count = (now.counter - before.counter) % (1 << _COUNTER_BITS)
        if (count + before.present - now.present) % 2:
            # A daemon that does not count (or a change between count and state).
            count += 1
    present = before.present
    for left in range(count, 0, -1):
        present = not present
        if present:
            yield CardInserted(now.name, now.atr if left == 1 else b"")
        else:
            yield CardRemoved(now.name)
