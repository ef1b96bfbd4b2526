"""A PC/SC whose life is told step by step, for the tests of who watches it."""

from collections.abc import Callable

from emulator.pcsc import ScriptedPcsc
from terminal.readers.monitor import (
    RETRY_SECONDS,
    CardInserted,
    CardRemoved,
    Event,
    ReaderArrived,
    ReaderLeft,
    ReaderMonitor,
    ServiceBack,
    ServiceLost,
)
from terminal.readers.port import PcscFailure

A, B, C = "Reader 00 00", "Reader 01 00", "Reader 02 00"
LATE = 10
LIST, WAIT = "SCardListReaders", "SCardGetStatusChange"


class Chip:
    """A card that is only there."""

    def __init__(self, atr: bytes = b"\x3b\x00") -> None:
        self.atr = atr

    def power_on(self) -> None: ...

    power_off = reset = power_on

    def transmit(self, command: bytes) -> bytes:
        return b"\x90\x00"


class Story:
    """A PC/SC whose life goes on only where the monitor would wait: step by step.

    Each step is done when a wait would block. When there are none left the time is out, twice,
    so that everything comes to rest, and the monitor is stopped.
    """

    def __init__(self, *readers: str) -> None:
        self.pcsc = ScriptedPcsc(*readers, failure=PcscFailure)
        self.steps: list[Callable[[], object]] = []
        self.monitor = ReaderMonitor(self.pcsc, pause=self._paused)
        self.pcsc.idle = self._idle
        self._rests = 0

    def then(self, *steps: Callable[[], object]) -> "Story":
        self.steps += steps
        return self

    def events(self) -> list[Event]:
        return list(self.monitor.events())

    def _idle(self) -> bool:
        if self.steps:
            self.steps.pop(0)()
            return True
        self._rests += 1
        if self._rests > 2:
            self.monitor._stopped = True
        return False

    def _paused(self, seconds: float) -> None:
        assert seconds == RETRY_SECONDS
        if self.steps:
            self.steps.pop(0)()
        else:
            self.monitor.stop()


def replay(events: list[Event]) -> dict[str, bool]:
    """Give which readers there are, and whether with a card; fails on an impossible event."""
    readers: dict[str, bool] = {}
    service = True
    for event in events:
        match event:
            case ServiceLost():
                assert service
                assert not readers
                service = False
            case ServiceBack():
                assert not service
                service = True
            case ReaderArrived(reader):
                assert service
                assert reader not in readers
                readers[reader] = False
            case ReaderLeft(reader):
                assert readers.pop(reader) is False
            case CardInserted(reader):
                assert readers[reader] is False
                readers[reader] = True
            case CardRemoved(reader):
                assert readers[reader] is True
                readers[reader] = False
    return readers
