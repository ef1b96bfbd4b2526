"""What a receipt printer answers to a question in real time (10 04 n), bit by bit.

Reference counter-devices.md §5 for the questions; the bits of the four are ESC/POS as every
maker's manual has them, those of the form of kiosk printers (10 04 14) as the manuals of such
printers have them. In the answers to the four, bits 1 and 4 are set and bits 0 and 7 are not, by
which they are told from what another device says.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from apdu.errors import EncodingError

_FIXED = 0b1001_0011
_MARK = 0b0001_0010
ALL_HEAD = b"\x10\x0f"
"""What the answer of kiosk printers begins with."""
ALL_SIZE = 6


class Printer(IntFlag):
    """Say how the printer is (n = 1)."""

    DRAWER = 1 << 2
    """A level of the drawer's plug, which says nothing where there is no drawer."""
    OFFLINE = 1 << 3
    WAITS = 1 << 5
    """It waits to be put online again."""
    FEED_KEY = 1 << 6


class Offline(IntFlag):
    """Say why it is offline (n = 2)."""

    COVER_OPEN = 1 << 2
    FEEDING = 1 << 3
    """Somebody holds the feed key."""
    PAPER_STOP = 1 << 5
    ERROR = 1 << 6


class Error(IntFlag):
    """Say which error it has (n = 3)."""

    RECOVERABLE = 1 << 2
    CUTTER = 1 << 3
    UNRECOVERABLE = 1 << 5
    PASSING = 1 << 6
    """One that passes by itself: a print head that is too hot."""


class Paper(IntFlag):
    """Say how the paper is (n = 4); each sensor has two bits."""

    NEAR_END = 0b0000_1100
    OUT = 0b0110_0000


def is_status(byte: int) -> bool:
    """Tell whether a byte can be the answer to one of the four questions."""
    return byte & _FIXED == _MARK


def encode_status(flags: IntFlag) -> bytes:
    """Make the answer to one of the four questions."""
    return bytes((flags | _MARK,))


def decode_status(byte: int) -> int:
    """Give the bits of an answer that mean something; raises EncodingError for what is none."""
    if not is_status(byte):
        raise EncodingError("the byte is no answer to a question of status")
    return byte & ~_FIXED & 0xFF


class KioskPaper(IntFlag):
    """Say how a kiosk printer's paper is."""

    OUT = 1 << 0
    NEAR_END = 1 << 2


class KioskUser(IntFlag):
    """Say what stands open on a kiosk printer."""

    HEAD_UP = 1 << 0
    COVER_OPEN = 1 << 1


class KioskRecoverable(IntFlag):
    """Say which error of a kiosk printer can be put right."""

    TEMPERATURE = 1 << 0
    VOLTAGE = 1 << 3
    JAM = 1 << 6


class KioskUnrecoverable(IntFlag):
    """Say which error of a kiosk printer cannot."""

    CUTTER = 1 << 0
    CUTTER_COVER = 1 << 1
    RAM = 1 << 2
    EEPROM = 1 << 3


@dataclass(frozen=True, slots=True)
class AllStatus:
    """Hold the answer of a kiosk printer: 10 0F and four bytes."""

    paper: KioskPaper
    user: KioskUser
    recoverable: KioskRecoverable
    unrecoverable: KioskUnrecoverable

    def encode(self) -> bytes:
        """Give the six bytes."""
        return ALL_HEAD + bytes((self.paper, self.user, self.recoverable, self.unrecoverable))

    @classmethod
    def decode(cls, data: bytes) -> AllStatus:
        """Read six bytes; raises EncodingError. Bits without a meaning here are passed over."""
        if len(data) != ALL_SIZE or not data.startswith(ALL_HEAD):
            raise EncodingError("the answer is none to the question for all of the status")
        paper, user, recoverable, unrecoverable = data[2:]
        return cls(
            KioskPaper(paper & _all(KioskPaper)),
            KioskUser(user & _all(KioskUser)),
            KioskRecoverable(recoverable & _all(KioskRecoverable)),
            KioskUnrecoverable(unrecoverable & _all(KioskUnrecoverable)),
        )


def _all(flags: type[IntFlag]) -> int:
    """Give the bits that have a meaning."""
    return sum(flags)
