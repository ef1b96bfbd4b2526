"""Look at PC/SC once, with a deadline: a daemon that hangs must not hang the doctor.

Only a context is made and states are asked for; no card is connected to. (Where systemd keeps
the socket, asking starts the daemon, as any program that asks does.)
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass

from terminal.readers.port import Context, Pcsc, PcscFailure, ReaderStatus, Result

_TRIES = 2
"""A daemon that was just ending itself after a minute without work drops the first call."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Hold what PC/SC showed, or how it failed: by a result code, by silence, by an exception."""

    readers: tuple[ReaderStatus, ...] = ()
    failure: PcscFailure | None = None
    hung: bool = False
    trouble: str = ""

    @property
    def answered(self) -> bool:
        """Tell whether PC/SC works."""
        return self.failure is None and not self.hung and not self.trouble


def look(pcsc: Pcsc, seconds: float) -> Sight:
    """Look at the readers, at most so long; a call that hangs is left behind in its thread."""
    answer: queue.SimpleQueue[Sight] = queue.SimpleQueue()
    # A daemon thread: one stuck in the library must not keep the program from ending.
    threading.Thread(target=lambda: answer.put(_ask(pcsc)), name="doctor", daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except queue.Empty:
        return Sight(hung=True)


def _ask(pcsc: Pcsc) -> Sight:
    sight = Sight()
    for _ in range(_TRIES):
        sight = _ask_once(pcsc)
        if sight.failure is None:
            break
    return sight


def _ask_once(pcsc: Pcsc) -> Sight:
    try:
        context = pcsc.establish()
        try:
            return Sight(_states(context))
        finally:
            context.release()
    except PcscFailure as failure:
        return Sight(failure=failure)
    except Exception as error:  # noqa: BLE001  nobody would hear of it, and the caller would wait
        return Sight(trouble=f"{type(error).__name__}: {error}")


def _states(context: Context) -> tuple[ReaderStatus, ...]:
    """Ask for every reader's state by itself: there may be more than one call takes (16)."""
    return tuple(_state(context, name) for name in context.readers())


def _state(context: Context, name: str) -> ReaderStatus:
    unknown = ReaderStatus(name)
    try:
        (now,) = context.wait([unknown], 0)
    except PcscFailure as failure:
        # Unplugged since it was listed, or nothing is known of it yet.
        if failure.result in {Result.TIMEOUT, Result.UNKNOWN_READER}:
            return unknown
        raise
    return now
