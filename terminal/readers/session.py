"""A reader's owner: one thread, one context, whole operations, and a deadline that is kept.

A call into PC/SC can't be cancelled once it hangs, and handing every command from
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

from terminal.errors import CardHung, CardSlow, GuitaiError, KeypadFailed, ReaderBusy, ServiceLost
from terminal.readers import part10
from terminal.readers.connection import CardConnection, Metered, PcscConnection, Traced, Wire
from terminal.readers.explain import explain
from terminal.readers.holders import holders
from terminal.readers.keypad import Keypad
from terminal.readers.port import (
    CardHandle,
    Context,
    Disposition,
    Pcsc,
    PcscFailure,
    ReaderStatus,
    Result,
    Share,
    State,
)
from terminal.readers.t0 import AnswerRules, T0Connection

T = TypeVar("T")

DEADLINE_SECONDS = 10.0
"""How long one command may take; a card writing its slowest file stays far below."""

OPERATION_SECONDS = 120.0
"""How long all commands of an operation may take: a card may be slow in each of many answers."""

_LOOK_SECONDS = 0.05
_CONNECT_TRIES = 5


@dataclass(slots=True)
class _Watch:
    """Note what the owner's thread is doing, for the caller who waits."""

    clock: Callable[[], float]
    since: float | None = None
    spent: float = 0.0
    """Seconds that the running operation's commands took so far."""
    waiting_for_others: bool = False
    given_up: GuitaiError | None = None

    def check(self) -> None:
        """Go no further for a caller who was told that the reader is given up."""
        if self.given_up is not None:
            raise type(self.given_up)(**self.given_up.facts)

    @contextlib.contextmanager
    def on(self, *, others: bool = False, patience: float = 0.0) -> Iterator[None]:
        """Note a call that may hang.

        ``patience`` is in seconds that a person may take in it: they pass before the call's own
        time begins, so that neither the deadline nor the limit counts them.
        """
        self.waiting_for_others = others
        self.since = self.clock() + patience
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
        """Pass on under the watch; nothing more once the reader is given up."""
        watch = self._watch
        watch.check()
        watch.since = self._clock()
        try:
            return self._send(command)
        finally:
            watch.spent += self._clock() - watch.since
            watch.since = None
            # The answer of a call that hung comes too late: its caller has gone on.
            watch.check()


@dataclass(slots=True)
class _Job(Generic[T]):
    operation: Callable[[CardConnection], T]
    done: threading.Event = field(default_factory=threading.Event)
    result: T | None = None
    error: BaseException | None = None


class CardSession:
    """Use the card in one reader: run operations on it, one after another.

    Between operations of one session the card stays powered and in our transaction; at the
    end it is reset, so that nobody inherits what was proved to it. So it is after an error that
    lost the card (``card_lost``); the next operation meets whatever card is there then.

    ``deadline`` is in seconds a command, ``limit`` in seconds for all of an
    operation's commands, ``trace`` takes the lines of an ``.apdu`` trace.
    Raises the catalogue's leaves. After a deadline (CardHung, CardSlow for the limit, or ReaderBusy
    while others had the reader) the session is dead: it raises the same again, and nothing more of
    the operation reaches the card even if the hung call returns.
    """

    def __init__(
        self,
        pcsc: Pcsc,
        reader: str,
        *,
        deadline: float = DEADLINE_SECONDS,
        limit: float = OPERATION_SECONDS,
        trace: Callable[[str], object] | None = None,
        redact: bool = True,
        raw: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reader = reader
        self.wire = Wire()
        self._pcsc = pcsc
        self._deadline = deadline
        self._limit = limit
        self._trace = trace
        self._redact = redact
        self._raw = raw
        self._clock = clock
        self._watch = _Watch(clock)
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        # These three belong to the owner's thread alone.
        self._context: Context | None = None
        self._handle: CardHandle | None = None
        self._connection: CardConnection | None = None
        self._thread = threading.Thread(target=self._own, name=f"reader {reader}", daemon=True)
        self._thread.start()

    def __enter__(self) -> CardSession:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            # Nobody waits for the operation any more: it ends at its next command.
            self._watch.given_up = CardHung(seconds="0")
        self.close()

    def run(self, operation: Callable[[CardConnection], T]) -> T:
        """Run an operation with the card's connection and give what it returns."""
        self._watch.check()
        job: _Job[T] = _Job(operation)
        self._jobs.put(job)  # type: ignore[arg-type]  # the queue carries jobs of every result
        self._await(job.done.wait)
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]  # set where there is no error

    def renew(self) -> None:
        """Give the card back, reset, and take it anew at the next operation.

        Another program may have left it powered, with something proved to it.
        """
        self.run(lambda _: self._let_go())

    def keypad(self) -> Keypad | None:
        """Find the reader's own keypad, None where it has none.

        It is for operations on the card that is held now, and is asked for between operations.
        """
        return self.run(lambda _: self._find_keypad())

    def close(self) -> None:
        """End the session; a thread that hangs is left behind."""
        if self._watch.given_up is not None:
            return
        self._jobs.put(None)
        with contextlib.suppress(CardHung, CardSlow, ReaderBusy):
            self._await(self._ended)

    def _ended(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _await(self, done: Callable[[float], bool]) -> None:
        """Wait until done, as long as no call outlives its deadline."""
        watch = self._watch
        while not done(_LOOK_SECONDS):
            if not self._thread.is_alive() and not done(0):
                # It ended before it came to this job.
                watch.check()
                raise ServiceLost
            since, others = watch.since, watch.waiting_for_others
            waited = 0.0 if since is None else self._clock() - since
            hung = waited > self._deadline
            if not (hung or watch.spent + waited > self._limit) or done(0):
                continue
            if others:
                watch.given_up = ReaderBusy(holders="、".join(holders()) or "?")
            elif hung:
                watch.given_up = CardHung(seconds=f"{self._deadline:g}")
            else:
                watch.given_up = CardSlow(seconds=f"{self._limit:g}")
            watch.check()

    # --- The owner's thread ----------------------------------------------------------------

    def _own(self) -> None:
        """Serve jobs; connect at the first, and again after a job that lost the card."""
        while (job := self._jobs.get()) is not None:
            try:
                self._serve(job)
            finally:
                job.done.set()
            if self._watch.given_up is not None:
                break
        self._disconnect()

    def _serve(self, job: _Job[object]) -> None:
        self._watch.spent = 0.0
        try:
            connection = self._connection or self._connect()
            self._watch.check()
            job.result = job.operation(connection)
        except PcscFailure as failure:
            job.error = explain(failure)
        except BaseException as error:  # noqa: BLE001  handed to the caller, who raises it
            job.error = error
        if self._connection is None or _ends_session(job.error):
            self._disconnect()

    def _connect(self) -> CardConnection:
        with self._watch.on():
            self._context = self._pcsc.establish()
        for _ in range(_CONNECT_TRIES - 1):
            try:
                return self._begin(self._context)
            except PcscFailure as failure:
                if failure.result != Result.RESET:
                    raise
                # Who had the reader before us reset the card on leaving: nothing of ours is lost.
                self._let_go()
        return self._begin(self._context)

    def _begin(self, context: Context) -> CardConnection:
        with self._watch.on():
            others = self._in_use(context)
        # The daemon lets a connect wait for another program's transaction, as it does a begin.
        with self._watch.on(others=others):
            self._handle = context.connect(self.reader, Share.SHARED)
        with self._watch.on(others=True):
            self._handle.begin()
        with self._watch.on():
            self._connection = self._stack(self._handle)
        return self._connection

    def _in_use(self, context: Context) -> bool:
        """Tell whether another program is connected to the reader."""
        try:
            (now,) = context.wait([ReaderStatus(self.reader)], 0)
        except PcscFailure:
            return False  # the connect that follows says what it is
        return bool(now.state & (State.IN_USE | State.EXCLUSIVE))

    def _let_go(self) -> None:
        """Disconnect. Reset, not leave, where the card was ours: nobody inherits what was proved.

        The reset ends the transaction, in one call: between two, another program would begin its
        own, and our reset would wait for it and then spoil it.
        """
        handle, ours = self._handle, self._connection is not None
        self._handle = self._connection = None
        if handle is None:
            return
        with self._watch.on():
            last = Disposition.LEAVE
            if ours:
                try:
                    handle.end(Disposition.RESET)
                except PcscFailure as failure:
                    # Gone or reset already, and perhaps another's by now; else try once more.
                    if failure.result not in {Result.RESET, Result.REMOVED}:
                        last = Disposition.RESET
            with contextlib.suppress(PcscFailure):
                handle.disconnect(last)

    def _disconnect(self) -> None:
        """Give back card and context."""
        self._let_go()
        context, self._context = self._context, None
        if context is not None:
            with self._watch.on():
                context.release()

    def _stack(self, handle: CardHandle) -> CardConnection:
        """Stack the layers; each sees TPDUs, the topmost whole commands."""
        connection: CardConnection = PcscConnection(handle)
        connection = Metered(_Watched(connection, self._watch), self.wire)
        if self._trace is not None:
            connection = Traced(connection, self._trace, self._clock, redact=self._redact)
        if self._raw:
            return connection
        return (T0Connection if connection.protocol == "T=0" else AnswerRules)(connection)

    def _find_keypad(self) -> Keypad | None:
        """Ask the reader what it can do; nothing is asked where nobody wants to know."""
        handle = self._handle
        if handle is None:
            return None
        with self._watch.on():
            codes = part10.features(handle)
            if not part10.ENTRIES & codes.keys():
                return None
            properties = part10.properties(handle, codes)

        def control(code: int, data: bytes, seconds: float) -> bytes:
            return self._control(handle, code, data, seconds)

        return Keypad(control, codes, properties, self._trace or (lambda _: None))

    def _control(self, handle: CardHandle, code: int, data: bytes, seconds: float) -> bytes:
        """Talk to the reader under the watch, as long as it has the card it was found with.

        A person takes ``seconds``; what the card does with it has a command's deadline.
        """
        if threading.current_thread() is not self._thread:
            raise RuntimeError("a keypad is used within an operation: nobody watches it elsewhere")
        if handle is not self._handle:
            raise KeypadFailed(result=f"{Result.INVALID_HANDLE:08X}")
        watch = self._watch
        watch.check()
        try:
            with watch.on(patience=seconds):
                return handle.control(code, data)
        finally:
            watch.check()


def _ends_session(error: BaseException | None) -> bool:
    """Tell whether an operation lost the card: what was proved to it must not stand then.

    A wrong PIN or a refused command is an answer, and the card is there as before.
    """
    if isinstance(error, GuitaiError):
        return error.card_lost
    return error is not None
