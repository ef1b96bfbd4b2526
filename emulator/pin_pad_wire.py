"""A wire from the software PIN pad to a terminal in the same process, with a clock of its own.

Time passes only where the terminal waits for a byte and none comes, so a test of a time-out takes
no time. What the terminal wants raised when the pad is gone is handed in, for the emulator does
not know it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from emulator.pin_pad import SoftwarePinPad


class Clock:
    """Tell a time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


class PadWire:
    """Be the line that the terminal opens; ``sent`` keeps what it wrote, frame by frame.

    ``later`` holds what happens while the terminal waits, one thing each time nothing comes.
    """

    def __init__(
        self,
        pad: SoftwarePinPad,
        clock: Clock,
        *,
        gone: Callable[[], Exception],
        missing: Callable[[], Exception],
    ) -> None:
        self.pad = pad
        self.sent: list[bytes] = []
        self.later: deque[Callable[[], object]] = deque()
        self.opened = 0
        self._clock = clock
        self._gone = gone
        self._missing = missing
        self._plugged = True
        self._torn = False

    def open(self) -> PadWire:
        """Open the line."""
        if not self._plugged:
            raise self._missing()
        self._torn = False
        self.opened += 1
        return self

    def unplug(self) -> None:
        """Pull the plug."""
        self._plugged = False
        self._torn = True

    def plug(self) -> None:
        """Put it in again; a line that was open stays torn."""
        self._plugged = True

    def read(self, seconds: float) -> bytes:
        """Give the next piece, or let the time pass."""
        if self._torn:
            raise self._gone()
        piece = self.pad.take()
        if not piece and seconds:
            self._clock.now += seconds
            if self.later:
                self.later.popleft()()
        return piece

    def write(self, data: bytes) -> None:
        """Send something to the pad."""
        if self._torn:
            raise self._gone()
        self.sent.append(data)
        self.pad.feed(data)

    def close(self) -> None:
        """Give the line back."""
