"""The console's workers: started when they are wanted, heard, given up where they hang or die."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from typing import Protocol

from terminal.errors import WorkerGone, WorkerSlow
from terminal.web.messages import Ended, Failed, Heard, Job, Message, Ordered, Result, Trouble
from terminal.web.troubles import trouble_of
from terminal.web.worker import worker_process

Listener = Callable[[Message], object]
DESK = ""
"""The worker at no reader."""
ASK_SECONDS = 60.0
"""How long a page waits for a job: longer than any party's and any card's own time-out."""
_END_SECONDS = 5.0


class JobFailed(Exception):
    """Carry the trouble a job ended with."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


class Hand(Protocol):
    """Be what runs a worker: a process, or a thread in a test."""

    def is_alive(self) -> bool:
        """Say whether it runs."""
        ...

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        ...

    def kill(self) -> None:
        """End it at once, in whatever it is."""
        ...


Start = Callable[[Connection], Hand]


def start_process(config_path: str | None) -> Start:
    """Start workers as processes, forked from one that has loaded what they need and no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["terminal.web.worker"])
    forkserver.ensure_running()  # before this process steps back: workers do not

    def start(connection: Connection) -> Hand:
        process = context.Process(
            target=worker_process, args=(connection, config_path), name="guitai worker"
        )
        process.start()
        connection.close()
        return process

    return start


@dataclass(slots=True)
class _Pending:
    listener: Listener
    future: Future[Result]
    connection: Connection | None = None
    """The line it was sent over: with that it is lost."""


class Worker:
    """Hold one worker; jobs are done in their order."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._pending: dict[int, _Pending] = {}
        self._connection: Connection | None = None
        self._hand: Hand | None = None

    @property
    def busy(self) -> bool:
        """Say whether it has something to do."""
        with self._lock:
            return bool(self._pending)

    def order(self, job: Job, listener: Listener = lambda _: None) -> Future[Result]:
        """Have a job done; its future gives what it brought, or raises JobFailed.

        ``listener`` hears what goes on, in a thread of ours, and must be quick.
        """
        future: Future[Result] = Future()
        ordered = Ordered(next(self._numbers), job)
        with self._lock:
            self._pending[ordered.number] = _Pending(listener, future)
            try:
                # A worker that died a moment ago is replaced; of the second one it is told.
                sent = self._sent(ordered) or self._sent(ordered)
            except BaseException:
                del self._pending[ordered.number]
                raise
            if not sent:
                del self._pending[ordered.number]
        if not sent:
            failed = Failed(trouble_of(WorkerGone()))
            listener(failed)
            future.set_exception(JobFailed(failed.trouble))
        return future

    def _sent(self, ordered: Ordered) -> bool:
        connection = self._ready()
        try:
            connection.send(ordered)
        except OSError:
            self._connection = None
            return False
        self._pending[ordered.number].connection = connection
        return True

    def ask(self, job: Job, seconds: float = ASK_SECONDS) -> Result:
        """Have a job done that a page waits for; raises JobFailed, also where it takes too long."""
        try:
            return self.order(job).result(seconds)
        except TimeoutError:
            raise JobFailed(trouble_of(WorkerSlow(seconds=int(seconds)))) from None

    def give_up(self) -> None:
        """Kill it with whatever hangs in it; what it did is on record, the next job starts anew."""
        with self._lock:
            hand, self._connection = self._hand, None
        if hand is not None:
            hand.kill()

    def close(self) -> None:
        """Let it end what it does, and go."""
        with self._lock:
            connection, self._connection = self._connection, None
            hand = self._hand
        if connection is not None:
            _hang_up(connection)
        if hand is not None:
            hand.join(_END_SECONDS)
            if hand.is_alive():
                hand.kill()

    def _ready(self) -> Connection:
        if self._connection is not None and self._hand is not None and self._hand.is_alive():
            return self._connection
        ours, theirs = multiprocessing.Pipe()
        self._hand = self._start(theirs)
        self._connection = ours
        threading.Thread(target=self._hear, args=(ours,), name="worker's line", daemon=True).start()
        return ours

    def _hear(self, connection: Connection) -> None:
        while True:
            try:
                heard = connection.recv()
            except (EOFError, OSError):
                break
            assert isinstance(heard, Heard)
            self._take(heard)
        with self._lock:
            lost = [n for n, each in self._pending.items() if each.connection is connection]
            left = [self._pending.pop(number) for number in lost]
            if self._connection is connection:
                self._connection = None
        for each in left:
            failed = Failed(trouble_of(WorkerGone()))
            each.listener(failed)
            each.future.set_exception(JobFailed(failed.trouble))

    def _take(self, heard: Heard) -> None:
        over = isinstance(heard.message, Ended | Failed)
        with self._lock:
            pending = self._pending.get(heard.number)
            if pending is not None and over:
                del self._pending[heard.number]
        if pending is None:
            return
        if isinstance(heard.message, Failed) and heard.message.hung:
            self.give_up()  # the call that hangs would hold the next one up
        pending.listener(heard.message)
        if isinstance(heard.message, Ended):
            pending.future.set_result(heard.message.result)
        elif isinstance(heard.message, Failed):
            pending.future.set_exception(JobFailed(heard.message.trouble))


def _hang_up(connection: Connection) -> None:
    """Close a line at which a thread of ours waits: the other side would hear of that no sooner."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
    connection.close()


class Crew:
    """Hold a worker a reader, and one for the desk."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._workers: dict[str, Worker] = {}
        self._lock = threading.Lock()

    def at(self, reader: str = DESK) -> Worker:
        """Give the worker of a reader, or of the desk."""
        with self._lock:
            return self._workers.setdefault(reader, Worker(self._start))

    @property
    def busy(self) -> bool:
        """Say whether any worker has something to do."""
        with self._lock:
            return any(each.busy for each in self._workers.values())

    def close(self) -> None:
        """Let all of them go."""
        with self._lock:
            workers, self._workers = list(self._workers.values()), {}
        for each in workers:
            each.close()
