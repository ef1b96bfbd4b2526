"""What can go wrong between a reader of identity documents and its terminal, for tests to ask for.

Reference counter-devices.md §6.8. A fault in how answers leave waits for the next ones and then is
over; one of the reader itself stays until it is mended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from apdu.sam_a_commands import Status
from apdu.sam_a_frames import PREAMBLE, check

Shape = Callable[[bytes], list[bytes]]
"""Turn the frame of an answer into the pieces that leave; an empty one is a pause."""
_LEN_AT = slice(len(PREAMBLE), len(PREAMBLE) + 2)


@dataclass(slots=True)
class Faults:
    """Hold what is wrong with a reader now."""

    authorised: bool = True
    """Whether the module may read documents; else it answers 66."""
    works: bool = True
    """Whether its self-test succeeds; else it answers 60."""
    other_speed: bool = False
    """Whether its line runs at another speed than the terminal's: both hear rubbish."""
    mute: bool = False
    """Whether it hears nothing at all."""
    deaf: int = 0
    """Commands that will not be heard."""
    delay: float = 0.0
    """Seconds that every answer takes longer."""

    refusals: deque[int] = field(default_factory=deque)
    """Statuses for the next commands, which are not carried out."""
    shapes: deque[Shape] = field(default_factory=deque)


def corrupt(frame: bytes) -> list[bytes]:
    """Change the checksum."""
    return [frame[:-1] + bytes((frame[-1] ^ 0x01,))]


def drop(_frame: bytes) -> list[bytes]:
    """Lose the answer to a command that was carried out."""
    return []


def cut(at: int) -> Shape:
    """Lose what follows after some bytes."""
    return lambda frame: [frame[:at]]


def split(size: int, *, late: bool) -> Shape:
    """Give the answer in pieces of a size, a pause between them where asked."""

    def shape(frame: bytes) -> list[bytes]:
        pieces: list[bytes] = []
        for at in range(0, len(frame), size):
            pieces += [frame[at : at + size], *([b""] if late else [])]
        return pieces

    return shape


def miscount(by: int) -> Shape:
    """Write another Len than the content has; the checksum is right for what is written."""

    def shape(frame: bytes) -> list[bytes]:
        length = max(int.from_bytes(frame[_LEN_AT], "big") + by, 0)
        counted = length.to_bytes(2, "big") + frame[_LEN_AT.stop : -1]
        return [PREAMBLE + counted + bytes((check(counted),))]

    return shape


def at_other_speed(data: bytes) -> bytes:
    """Give what a line makes of bytes whose bits are read at another rate: fewer, and others."""
    return bytes(0x80 | (byte ^ 0x5F) >> 2 for byte in data[::2])


# --- By name, for people at a keyboard ------------------------------------------------------

_TIMES = 3
"""As often as a terminal asks before it gives up, or once more is no matter."""


def _shaped(*shapes: Shape) -> Callable[[Faults], None]:
    return lambda faults: faults.shapes.extend(shapes)


def _set(name: str, value: object) -> Callable[[Faults], None]:
    return lambda faults: setattr(faults, name, value)


NAMED: dict[str, Callable[[Faults], None]] = {
    "unauthorised": _set("authorised", False),
    "self-test-failed": _set("works", False),
    "unknown": lambda faults: faults.refusals.append(Status.UNKNOWN),
    "bad-checksum": _shaped(*[corrupt] * _TIMES),
    "wrong-length": _shaped(*[miscount(1)] * _TIMES),
    "half-frame": _shaped(*[cut(9)] * _TIMES),
    "lost-answer": _shaped(drop),
    "pieces": _shaped(split(5, late=True)),
    "delay": _set("delay", 20.0),
    "silence": _set("mute", True),
    "other-speed": _set("other_speed", True),
}
"""Faults as ``guitai emulate-id-reader`` names them."""
