"""Hold a card between two steps, while a caller has a host's answer fetched.

A step leaves a text for the host and what is to be done with its answer; the card stays powered, in
our transaction, with its challenges. That does not last: after its life, when another begins on
the same reader, or when the card leaves, the session ends and the card is reset (reference
card-interface-functions.md §0, fact 16, §9: one at a time on a reader, 120 s).

Time is looked at when somebody asks (`tend`), by the clock that was given; there is no timer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from apdu.secret import Secret
from terminal.errors import StepOver
from terminal.readers.connection import CardConnection
from terminal.readers.session import CardSession
from terminal.texts import Text

T = TypeVar("T")
R = TypeVar("R")

LIFE_SECONDS = 120.0
"""How long a card waits for the next step."""

_NOT_BEGUN = Text("没有进行中的第一步", "No first step was made")
_TAKEN = Text("第二步已经做过", "The second step was made already")
_LAPSED = Text("等待超过 {seconds} 秒", "It waited for more than {seconds} s")
_REPLACED = Text("同一读卡器上又开始了新的一步", "Another first step was made on the same reader")
_CARD_LEFT = Text("卡已离开读卡器", "The card left the reader")
_FAILED = Text("上一步出错", "The step before failed")
_ENDED = Text("已被取消", "It was ended")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """Hold what a step leaves: the text for the host, and the operation that takes its answer.

    That operation gives the result, or again something that waits.
    """

    text: str | Secret
    then: Callable[[CardConnection, str], T | Waiting[T]]


@dataclass(slots=True)
class _Held(Generic[T]):
    session: CardSession
    waiting: Waiting[T]
    since: float


class TwoStep(Generic[T]):
    """Hold at most one card session a reader between steps; threads may share it.

    ``clock`` and ``life`` are in seconds.
    """

    def __init__(
        self, *, life: float = LIFE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._life = life
        self._clock = clock
        self._held: dict[str, _Held[T]] = {}
        self._over: dict[str, Text] = {}
        """Why there is nothing to go on with, by reader."""
        self._turns: dict[str, int] = {}
        """Counted up whenever a reader's steps are ended: a step that runs then is not held."""
        self._closed = False
        self._lock = threading.Lock()

    def begin(
        self, session: CardSession, first: Callable[[CardConnection], Waiting[T]]
    ) -> str | Secret:
        """Make the first step and give its text; the session is ours from here on.

        What waits on the same reader ends before, and what runs there when it has done its step,
        for two cannot have the card. Whatever the operation raises ends the session.
        """
        self.tend()
        outcome = self._run(session, first, self._end(session.reader, _REPLACED))
        return outcome.text

    def go_on(self, reader: str, answer: str) -> T | Waiting[T]:
        """Make the next step with the host's answer.

        Gives the result, and the session is over, or again what waits. Raises StepOver where
        there is nothing to go on with, with the reason; what the operation raises ends it all.
        """
        self.tend()
        with self._lock:
            held = self._held.pop(reader, None)
            if held is None:
                raise self._nothing(reader)
            self._over[reader] = _TAKEN
            turn = self._turns[reader]
        then = held.waiting.then
        outcome = self._run(held.session, lambda connection: then(connection, answer), turn)
        if not isinstance(outcome, Waiting):
            held.session.close()
        return outcome

    def tend(self) -> None:
        """End what waited for too long; to be called now and then by whoever has a clock."""
        now = self._clock()
        with self._lock:
            late = [name for name, each in self._held.items() if now - each.since > self._life]
        for reader in late:
            self._end(reader, _LAPSED)

    def card_left(self, reader: str) -> None:
        """End what waits on a reader whose card was taken out."""
        self._end(reader, _CARD_LEFT)

    def end(self, reader: str) -> None:
        """End what waits on a reader."""
        self._end(reader, _ENDED)

    def close(self) -> None:
        """End everything that waits, and hold nothing any more."""
        self._closed = True
        for reader in list(self._turns):
            self._end(reader, _ENDED)

    def _run(self, session: CardSession, operation: Callable[[CardConnection], R], turn: int) -> R:
        """Run a step; hold the session where it leaves something that waits.

        Raises StepOver where the steps were ended while it ran; what a last step did is done.
        """
        try:
            outcome = session.run(operation)
        except BaseException as error:
            with self._lock:
                self._over[session.reader] = _FAILED
            session.__exit__(type(error), error, None)
            raise
        if not isinstance(outcome, Waiting):
            return outcome
        with self._lock:
            over = self._closed or self._turns[session.reader] != turn
            if not over:
                self._held[session.reader] = _Held(session, outcome, self._clock())
                return outcome
        session.close()
        raise self._nothing(session.reader)

    def _end(self, reader: str, why: Text) -> int:
        """End what waits on a reader, or runs there; gives the turn that begins."""
        with self._lock:
            held = self._held.pop(reader, None)
            if held is not None or self._over.get(reader) is _TAKEN:
                self._over[reader] = why
            turn = self._turns[reader] = self._turns.get(reader, 0) + 1
        if held is not None:
            held.session.close()
        return turn

    def _nothing(self, reader: str) -> StepOver:
        """Say why there is nothing to go on with."""
        why = self._over.get(reader, _ENDED if self._closed else _NOT_BEGUN)
        seconds = f"{self._life:g}"
        return StepOver(detail=why.filled(seconds=seconds))
