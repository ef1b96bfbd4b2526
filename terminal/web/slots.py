"""What lies in the readers: watched by a thread, looked at by the reader's own worker."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace

from terminal.errors import GuitaiError, ReaderError
from terminal.errors import ServiceLost as DaemonLost
from terminal.readers.identity import DEFAULT_ROLE, choose, without_roles
from terminal.readers.monitor import (
    CardInserted,
    CardRemoved,
    Event,
    ReaderArrived,
    ReaderLeft,
    ReaderMonitor,
    ServiceBack,
    ServiceLost,
)
from terminal.readers.port import Pcsc
from terminal.services.offered.laying import Lying
from terminal.web.crew import Crew, JobFailed
from terminal.web.hub import CARDS, Hub
from terminal.web.messages import By, LookAtCard, Result, Trouble
from terminal.web.troubles import trouble_of
from terminal.web.views import Face

_ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """Hold one reader as the page shows it; ``laid`` counts the cards that were laid in it."""

    id: str
    reader: str
    present: bool = False
    laid: int = 0
    looking: bool = False
    face: Face | None = None
    trouble: Trouble | None = None


class Slots:
    """Watch the readers; whoever starts it stops it.

    ``by`` says for whom a card is looked at: nobody's look is none, so without a sign-in a card
    only lies there.
    """

    def __init__(
        self,
        pcsc: Callable[[], Pcsc],
        crew: Crew,
        hub: Hub,
        roles: Mapping[str, str],
        by: Callable[[], By | None],
    ) -> None:
        self._pcsc = pcsc
        self._crew = crew
        self._hub = hub
        self._roles = roles
        self._by = by
        self._lock = threading.Lock()
        self._slots: dict[str, Slot] = {}
        self._monitor: ReaderMonitor | None = None
        self._thread: threading.Thread | None = None
        self.trouble: Trouble | None = None
        """Why no reader can be seen."""

    def start(self) -> None:
        """Begin to watch."""
        self._monitor = ReaderMonitor(self._pcsc())
        self._thread = threading.Thread(target=self._watch, name="readers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        monitor, thread = self._monitor, self._thread
        if monitor is not None and thread is not None:
            monitor.stop()
            thread.join()

    def all(self) -> tuple[Slot, ...]:
        """Give the readers in which a service begins, in their order.

        That is the one with the role ``counter``, else each that no other role has.
        """
        with self._lock:
            slots = dict(self._slots)
        names = sorted(slots)
        if DEFAULT_ROLE in self._roles:
            with contextlib.suppress(ReaderError):
                return (slots[choose(names, DEFAULT_ROLE, roles=self._roles)],)
            return ()
        return tuple(slots[name] for name in without_roles(names, self._roles))

    def get(self, slot_id: str) -> Slot | None:
        """Give the reader of an id."""
        return next((each for each in self.all() if each.id == slot_id), None)

    def look(self, reader: str | None = None) -> None:
        """Look at what lies in a reader, or in all, as it is now."""
        for each in self.all():
            if each.present and reader in (None, each.reader):
                self._look(each.reader)

    def forget(self) -> None:
        """Show nobody's data any more: who sat here is gone."""
        with self._lock:
            for name, each in self._slots.items():
                self._slots[name] = replace(each, face=None, trouble=None, looking=False)
        self._hub.tell(CARDS)

    # --- The thread ------------------------------------------------------------------------------

    def _watch(self) -> None:
        assert self._monitor is not None
        try:
            for event in self._monitor.events():
                self._take(event)
                self._hub.tell(CARDS)
        except GuitaiError as error:
            self.trouble = trouble_of(error)
            self._hub.tell(CARDS)

    def _take(self, event: Event) -> None:
        match event:
            case ServiceLost():
                self.trouble = trouble_of(DaemonLost())
                with self._lock:
                    self._slots.clear()
            case ServiceBack():
                self.trouble = None
            case ReaderArrived(reader):
                with self._lock:
                    self._slots.setdefault(reader, Slot(slot_id(reader), reader))
            case ReaderLeft(reader):
                with self._lock:
                    self._slots.pop(reader, None)
            case CardInserted(reader, _):
                self._change(reader, _laid)
                if any(each.reader == reader for each in self.all()):
                    self._look(reader)
            case CardRemoved(reader):
                self._change(
                    reader,
                    lambda each: replace(
                        each, present=False, looking=False, face=None, trouble=None
                    ),
                )

    def _change(self, reader: str, change: Callable[[Slot], Slot]) -> Slot | None:
        with self._lock:
            known = self._slots.get(reader)
            if known is None:
                return None
            self._slots[reader] = changed = change(known)
            return changed

    def _look(self, reader: str) -> None:
        by = self._by()
        slot = self._change(reader, lambda each: replace(each, looking=by is not None))
        if by is None or slot is None:
            return
        job = LookAtCard(by, Lying(reader))
        laid = slot.laid
        looked = self._crew.at(reader).order(job)
        looked.add_done_callback(lambda done: self._looked(reader, laid, done))

    def _looked(self, reader: str, laid: int, done: Future[Result]) -> None:
        face: Face | None = None
        trouble: Trouble | None = None
        with contextlib.suppress(BaseException):
            result = done.result()
            face = result if isinstance(result, Face) else None
        error = done.exception()
        if isinstance(error, JobFailed):
            trouble = error.trouble

        def seen(slot: Slot) -> Slot:
            if slot.laid != laid or not slot.present:
                return slot  # it was another card's
            return replace(slot, looking=False, face=face, trouble=trouble)

        self._change(reader, seen)
        self._hub.tell(CARDS)


def _laid(slot: Slot) -> Slot:
    return replace(slot, present=True, laid=slot.laid + 1, face=None, trouble=None)


def slot_id(reader: str) -> str:
    """Name a reader in an address: its own name may have anything in it."""
    return hashlib.sha256(reader.encode()).hexdigest()[:_ID_DIGITS]
