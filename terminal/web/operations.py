"""Operations that were started from pages: one a key, however often it is asked for.

What they did is on record in the registry and the journal; here is only what a page shows of one
while it goes on, and the last of those that are over.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from terminal.errors import DeskBusy
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered.answer import Answer
from terminal.texts import Text
from terminal.web.crew import Worker
from terminal.web.hub import Hub, run_topic
from terminal.web.messages import Ended, Failed, Job, Keyed, Message, Said, Trouble

MOST = 200


class Stage(StrEnum):
    """Say how far an operation is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Operation:
    """Hold what a page shows of an operation; every change makes a new one."""

    key: str
    service: Service
    operator: str
    reader: str
    stage: Stage = Stage.RUNNING
    said: tuple[Text, ...] = ()
    keyed: Keyed | None = None
    answer: Answer | None = None
    trouble: Trouble | None = None
    given_up: tuple[Text, ...] | None = None
    prints: int = field(default=0)


class Operations:
    """Hold the operations of this console."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._by_key: OrderedDict[str, Operation] = OrderedDict()

    def get(self, key: str) -> Operation | None:
        """Give an operation, None where this console knows none under the key."""
        with self._lock:
            return self._by_key.get(key)

    def running(self) -> tuple[Operation, ...]:
        """Give those that go on now."""
        with self._lock:
            return tuple(each for each in self._by_key.values() if each.stage is Stage.RUNNING)

    def start(
        self,
        operation: Operation,
        worker: Worker,
        job: Job,
        after: Callable[[Operation], object] = lambda _: None,
    ) -> Operation:
        """Start an operation, or give the one that runs or ran well under its key.

        Raises DeskBusy where its reader has another one going on.
        """
        key = operation.key
        with self._lock:
            known = self._by_key.get(key)
            if known is not None and known.stage is not Stage.FAILED:
                return known
            for each in self._by_key.values():
                if each.stage is Stage.RUNNING and each.reader == operation.reader:
                    raise DeskBusy(service=SERVICES[each.service])
            self._by_key[key] = operation
            self._by_key.move_to_end(key)
            while len(self._by_key) > MOST:
                self._forget_one()

        def heard(message: Message) -> None:
            changed = self._change(key, message)
            if changed is not None and changed.stage is not Stage.RUNNING:
                after(changed)

        try:
            worker.order(job, heard)
        except BaseException:
            with self._lock:
                del self._by_key[key]  # nothing was begun
            raise
        self._hub.tell(run_topic(key))
        return operation

    def prints_of(self, key: str) -> int | None:
        """Say how often an operation's slip was printed.

        None where this console does not know it: then it may have been printed by another.
        """
        with self._lock:
            known = self._by_key.get(key)
            return None if known is None else known.prints

    def printed(self, key: str) -> None:
        """Count a print of an operation's slip."""
        with self._lock:
            known = self._by_key.get(key)
            if known is not None:
                self._by_key[key] = replace(known, prints=known.prints + 1)

    def _change(self, key: str, message: Message) -> Operation | None:
        with self._lock:
            known = self._by_key.get(key)
            if known is None:
                return None
            changed = _after(known, message)
            self._by_key[key] = changed
        self._hub.tell(run_topic(key))
        return changed

    def _forget_one(self) -> None:
        for key, each in self._by_key.items():
            if each.stage is not Stage.RUNNING:
                del self._by_key[key]
                return
        return


def _after(operation: Operation, message: Message) -> Operation:
    match message:
        case Said(text):
            return replace(operation, said=(*operation.said, text)[-8:])
        case Keyed():
            return replace(operation, keyed=message if message.digits >= 0 else None)
        case Failed(trouble):
            return replace(operation, stage=Stage.FAILED, keyed=None, trouble=trouble)
        case Ended(Answer() as answer):
            return replace(operation, stage=Stage.DONE, keyed=None, answer=answer)
        case Ended(result):
            told = tuple(each for each in result or () if isinstance(each, Text))  # type: ignore[union-attr]  # what giving up gives
            return replace(operation, stage=Stage.DONE, keyed=None, given_up=told)
