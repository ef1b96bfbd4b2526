"""A reader's owner: one thread, one context, whole operations, and a deadline that is kept.

A call into PC/SC can't be cancelled once it hangs (TRAPS), and handing every command from
thread to thread would cost a third of its time. So an operation runs whole on the reader's
own thread, which notes when each call began; the caller waits for the result and looks at
that note. When a call outlives its deadline the thread is left behind, the reader is given
up and the caller goes on (docs/decisions/0002).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Generic, TypeVar

from terminal.errors import (
    CardError,
    CardHung,
    ReaderBusy,
    ReaderGone,
    ServiceError,
    ServiceLost,
)
from terminal.readers.connection import CardConnection, Metered, PcscConnection, Traced, Wire
from terminal.readers.explain import explain
from terminal.readers.holders import holders
from terminal.readers.port import CardHandle, Context, Disposition, Pcsc, PcscFailure, Result, Share
from terminal.readers.t0 import T0Connection

T = TypeVar("T")

DEADLINE_SECONDS = 10.0
"""How long one command may take; a card writing its slowest file stays far below."""

_LOSING = (CardError, ReaderGone, ServiceError, PcscFailure)
"""Errors after which the connection is worth nothing; the next operation makes a new one."""

_LOOK_SECONDS = 0.05
_RECONNECT_TRIES = 3


@dataclass(slots=True)
class _Watch:
    """Note what the owner's thread is doing, for the caller who waits."""

    clock: Callable[[], float]
    since: float | None = None
    waiting_for_others: bool = False

    @contextlib.contextmanager
    def on(self, *, others: bool = False) -> Iterator[None]:
        """Note a call that may hang."""
        self.waiting_for_others = others
        self.since = self.clock()
        try:
            yield
        finally:
            self.since = None
            self.waiting_for_others = False


class _Watched:
    """Note when each command began; two assignments are all it costs."""

    def __init__(self, inner: CardConnection, watch: _Watch) -> None:
        self._send = inner.transmit
        self._watch = watch
        self._clock = watch.clock
        self.atr = inner.atr
        self.protocol = inner.protocol

    def transmit(self, command: bytes) -> bytes:
        """Pass on under the watch."""
        watch = self._watch
        watch.since = self._clock()
        try:
            return self._send(command)
        finally:
            watch.since = None


@dataclass(slots=True)
class _Job(Generic[T]):
    operation: Callable[[CardConnection], T]
    done: threading.Event = field(default_factory=threading.Event)
    result: T | None = None
    error: BaseException | None = None


class CardSession:
    """Use the card in one reader: run operations on it, one after another.

    Between operations of one session the card stays powered and in our transaction; at the
    end it is reset, so that nobody inherits what was proved to it.

    ``deadline`` is in seconds a command, ``trace`` takes the lines of an ``.apdu`` trace.
    Raises the catalogue's leaves; after CardHung the session is dead.
    """

    def __init__(
        self,
        pcsc: Pcsc,
        reader: str,
        *,
        deadline: float = DEADLINE_SECONDS,
        trace: Callable[[str], object] | None = None,
        redact: bool = True,
        raw: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reader = reader
        self.wire = Wire()
        self._pcsc = pcsc
        self._deadline = deadline
        self._trace = trace
        self._redact = redact
        self._raw = raw
        self._clock = clock
        self._watch = _Watch(clock)
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        self._abandoned = False
        # These three belong to the owner's thread alone.
        self._context: Context | None = None
        self._handle: CardHandle | None = None
        self._connection: CardConnection | None = None
        self._thread = threading.Thread(target=self._own, name=f"reader {reader}", daemon=True)
        self._thread.start()

    def __enter__(self) -> CardSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, operation: Callable[[CardConnection], T]) -> T:
        """Run an operation with the card's connection and give what it returns."""
        if self._abandoned or not self._thread.is_alive():
            raise ServiceLost
        job: _Job[T] = _Job(operation)
        self._jobs.put(job)  # type: ignore[arg-type]  # the queue carries jobs of every result
        self._await(job.done.wait)
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]  # set where there is no error

    def close(self) -> None:
        """End the session; a thread that hangs is left behind."""
        if self._abandoned or not self._thread.is_alive():
            return
        self._jobs.put(None)
        with contextlib.suppress(CardHung, ReaderBusy):
            self._await(self._ended)

    def _ended(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _await(self, done: Callable[[float], bool]) -> None:
        """Wait until done, as long as no call outlives its deadline."""
        while not done(_LOOK_SECONDS):
            since = self._watch.since
            if since is None or self._clock() - since <= self._deadline:
                continue
            others = self._watch.waiting_for_others
            if done(0):
                return
            self._abandoned = True
            if others:
                raise ReaderBusy(holders="、".join(holders()) or "?")
            raise CardHung(seconds=f"{self._deadline:g}")

    # --- The owner's thread ----------------------------------------------------------------

    def _own(self) -> None:
        """Serve jobs; connect at the first, and again after a job that lost the card."""
        while (job := self._jobs.get()) is not None:
            try:
                connection = self._connection or self._connect()
                job.result = job.operation(connection)
            except PcscFailure as failure:
                job.error = explain(failure)
            except BaseException as error:  # noqa: BLE001  handed to the caller, who raises it
                job.error = error
            if isinstance(job.error, _LOSING):
                self._disconnect()
            job.done.set()
        self._disconnect()

    def _connect(self) -> CardConnection:
        with self._watch.on():
            self._context = self._pcsc.establish()
            self._handle = _connect(self._context.connect, self.reader)
        with self._watch.on(others=True):
            self._handle.begin()
        with self._watch.on():
            self._connection = self._stack(self._handle)
        return self._connection

    def _disconnect(self) -> None:
        """Give the card back. Reset, not leave: nobody inherits what was proved to it."""
        with self._watch.on():
            if self._handle is not None:
                with contextlib.suppress(PcscFailure):
                    self._handle.end(Disposition.LEAVE)
                with contextlib.suppress(PcscFailure):
                    self._handle.disconnect(Disposition.RESET)
            if self._context is not None:
                self._context.release()
        self._context = self._handle = self._connection = None

    def _stack(self, handle: CardHandle) -> CardConnection:
        """Stack the layers; each sees TPDUs, the topmost whole commands."""
        connection: CardConnection = PcscConnection(handle)
        connection = Metered(_Watched(connection, self._watch), self.wire)
        if self._trace is not None:
            connection = Traced(connection, self._trace, self._clock, redact=self._redact)
        if connection.protocol == "T=0" and not self._raw:
            connection = T0Connection(connection)
        return connection


def _connect(connect: Callable[[str, Share], CardHandle], reader: str) -> CardHandle:
    """Connect shared; a card that another program just reset wants a second call."""
    for _ in range(_RECONNECT_TRIES - 1):
        try:
            return connect(reader, Share.SHARED)
        except PcscFailure as failure:
            if failure.result != Result.RESET:
                raise
    return connect(reader, Share.SHARED)
