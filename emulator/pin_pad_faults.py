"""What can go wrong between a PIN pad and its terminal, to be asked for by tests.

Reference counter-devices.md §3.2.8. Each fault waits for the next replies, and then is over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from apdu.zt598_frames import ETX

Shape = Callable[[bytes], list[bytes]]
"""Turn the frame of a reply into the pieces that leave; an empty one is a pause."""


class Faults:
    """Hold the faults that were asked for, in order."""

    def __init__(self) -> None:
        self.deaf = 0
        """Commands that will not be heard."""
        self.refusals: deque[int] = deque()
        """Error codes for the next commands."""
        self._shapes: deque[Shape] = deque()

    def refused(self) -> tuple[int, bytes] | None:
        """Give the answer that refuses this command, None where it is to be carried out."""
        return (self.refusals.popleft(), b"") if self.refusals else None

    def add(self, shape: Shape, times: int = 1) -> None:
        """Have the next replies leave in another shape."""
        self._shapes.extend([shape] * times)

    def shaped(self, frame: bytes) -> list[bytes]:
        """Give the pieces in which a reply leaves."""
        return self._shapes.popleft()(frame) if self._shapes else [frame]


def corrupt(frame: bytes) -> list[bytes]:
    """Change the last digit of the LRC."""
    return [frame[:-1] + (b"0" if frame[-1:] != b"0" else b"1")]


def drop(_frame: bytes) -> list[bytes]:
    """Lose the reply to a command that was carried out."""
    return []


def cut(at: int) -> Shape:
    """Lose what follows after some bytes."""
    return lambda frame: [frame[:at]]


def split(at: int, *, late: bool) -> Shape:
    """Give the reply in two pieces, the second late where asked."""
    return lambda frame: [frame[:at], *([b""] if late else []), frame[at:]]


def miscount(by: int) -> Shape:
    """Write another length than the body has; the LRC is right for what is written."""

    def shape(frame: bytes) -> list[bytes]:
        count = max(int(frame[1:4]) + by, 0)
        checked = b"%03d%b%c" % (count, frame[4:-3], ETX)
        value = 0
        for byte in checked:
            value ^= byte
        return [frame[:1] + checked + b"%02X" % value]

    return shape
