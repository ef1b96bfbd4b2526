"""What the console finds out behind a page that waits for nothing: one of a kind at a time.

A page shows what goes on, and what was found last and when. The worker is one of its own, so that
an examination that takes long keeps nobody from serving.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from terminal.errors import WorkerGone
from terminal.texts import Text
from terminal.web.crew import Crew, JobFailed
from terminal.web.hub import Hub
from terminal.web.messages import Job, Message, Result, Said, Trouble
from terminal.web.troubles import trouble_of

WORKER = "\0chores"
"""No reader has such a name."""


class Chore(StrEnum):
    """Name what is found out; each is a topic that pages listen to."""

    DESK = "desk"
    AUDIT = "audit"
    DUTIES = "duties"


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold how far a chore is: what is said while it runs, what was found last, and when."""

    running: bool = False
    said: Text | None = None
    found: Result = None
    trouble: Trouble | None = None
    at: datetime | None = None


class Chores:
    """Have chores done by a worker of their own; ``clock`` says when each ended."""

    def __init__(self, crew: Crew, hub: Hub, clock: Callable[[], datetime]) -> None:
        self._crew = crew
        self._hub = hub
        self._clock = clock
        self._lock = threading.Lock()
        self._standing = dict.fromkeys(Chore, Standing())

    def get(self, chore: Chore) -> Standing:
        """Say how a chore stands."""
        with self._lock:
            return self._standing[chore]

    def start(self, chore: Chore, job: Job) -> None:
        """Have it done, unless it is being done: whoever asks twice gets one."""
        with self._lock:
            known = self._standing[chore]
            if known.running:
                return
            self._standing[chore] = replace(known, running=True, said=None)
        self._hub.tell(chore.value)
        done = self._crew.at(WORKER).order(job, lambda message: self._heard(chore, message))
        done.add_done_callback(lambda future: self._ended(chore, future))

    def _heard(self, chore: Chore, message: Message) -> None:
        if not isinstance(message, Said):
            return
        with self._lock:
            self._standing[chore] = replace(self._standing[chore], said=message.text)
        self._hub.tell(chore.value)

    def _ended(self, chore: Chore, done: Future[Result]) -> None:
        error, at = done.exception(), self._clock()
        if error is None:
            ended = Standing(found=done.result(), at=at)
        else:
            gone = trouble_of(WorkerGone())
            ended = Standing(trouble=error.trouble if isinstance(error, JobFailed) else gone, at=at)
        with self._lock:
            self._standing[chore] = ended
        self._hub.tell(chore.value)
