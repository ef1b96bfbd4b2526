"""What readers there are and what is in them, now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from terminal.readers.explain import explain
from terminal.readers.identity import ReaderIdentity, identify
from terminal.readers.port import Context, Pcsc, PcscFailure, ReaderStatus, Result, State

MOST_NAMES = 16
"""So many readers the daemon takes in one wait (pcsc-lite 1.9.9)."""


@dataclass(frozen=True, slots=True)
class ReaderView:
    """Hold a reader as it is now; ``number`` counts from 1 in the daemon's order."""

    number: int
    identity: ReaderIdentity
    card: bool
    atr: bytes
    in_use: bool
    exclusive: bool
    mute: bool
    broken: bool
    """Listed by the daemon, and out of order."""

    @property
    def name(self) -> str:
        """Give the daemon's name for it."""
        return self.identity.name


def survey(pcsc: Pcsc) -> list[ReaderView]:
    """Look at all readers; raises the catalogue's ServiceError leaves."""
    try:
        context = pcsc.establish()
        try:
            return [_view(*each) for each in enumerate(_states(context), 1)]
        finally:
            context.release()
    except PcscFailure as failure:
        raise explain(failure) from failure


def _states(context: Context) -> list[ReaderStatus]:
    names = context.readers()
    if not names:
        return []
    try:
        return context.wait([ReaderStatus(name) for name in names], 0)
    except PcscFailure as failure:
        if failure.result in {Result.TIMEOUT, Result.UNKNOWN_READER}:
            return [ReaderStatus(name) for name in names]
        raise


def _view(number: int, status: ReaderStatus) -> ReaderView:
    state = status.state
    return ReaderView(
        number=number,
        identity=identify(status.name),
        card=status.present,
        atr=status.atr if status.present else b"",
        in_use=State.IN_USE in state,
        exclusive=State.EXCLUSIVE in state,
        mute=State.MUTE in state,
        broken=State.UNAVAILABLE in state,
    )


def _wait(context: Context, known: list[ReaderStatus], milliseconds: int) -> list[ReaderStatus]:
    """Wait on another thread, so that Ctrl-C is heard at once and cancels the wait."""
    done = threading.Event()
    outcome: list[list[ReaderStatus] | PcscFailure] = []

    def wait() -> None:
        try:
            outcome.append(context.wait(known, milliseconds))
        except PcscFailure as failure:
            outcome.append(failure)
        done.set()

    threading.Thread(target=wait, name="wait for card", daemon=True).start()
    try:
        done.wait()
    except KeyboardInterrupt:
        context.cancel()
        raise
    (result,) = outcome
    if isinstance(result, PcscFailure):
        raise result
    return result


def wait_for_any_card(
    pcsc: Pcsc,
    readers: Sequence[str],
    seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> str | None:
    """Wait until there is a card in one of some readers; the reader's name, None without one."""
    until = clock() + seconds
    try:
        context = pcsc.establish()
        try:
            known, looked = [ReaderStatus(name) for name in readers[:MOST_NAMES]], False
            while True:
                left = int((until - clock()) * 1000)
                if left < 0 and looked:
                    return None
                looked = True  # once in any case, see wait_for_card
                try:
                    states = _wait(context, known, max(0, left))
                except PcscFailure as failure:
                    if failure.result == Result.TIMEOUT:
                        return None
                    raise
                for now in states:
                    if now.present:
                        return now.name
                known = [ReaderStatus(now.name, now.word & ~State.CHANGED.value) for now in states]
        finally:
            context.release()
    except PcscFailure as failure:
        raise explain(failure) from failure


def wait_for_card(
    pcsc: Pcsc,
    reader: str,
    seconds: float,
    *,
    seen: ReaderStatus | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ReaderStatus | None:
    """Wait until there is a card in a reader, at most so long; None where there is none.

    ``seen`` is the state of a card that turned out not to be there (any more): the daemon
    looks only now and then. Only a later insertion counts then.
    """
    until = clock() + seconds
    try:
        context = pcsc.establish()
        try:
            known, looked = seen or ReaderStatus(reader), False
            while not known.present or (seen is not None and known.counter == seen.counter):
                left = int((until - clock()) * 1000)
                if left < 0 and looked:
                    return None
                looked = True  # once in any case: a busy machine may have used the time up by now
                try:
                    (now,) = _wait(context, [known], max(0, left))
                except PcscFailure as failure:
                    if failure.result == Result.TIMEOUT:
                        return None
                    raise
                known = ReaderStatus(reader, now.word & ~State.CHANGED.value, now.atr)
            return known
        finally:
            context.release()
    except PcscFailure as failure:
        raise explain(failure) from failure
