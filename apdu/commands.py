"""The interindustry commands of the cards at the counter, each declared once.

Source: ISO/IEC 7816-4 §11 and reference social-security-card.md §1.2 and §3.
"""

from __future__ import annotations

from enum import IntEnum

from apdu.cipher import FACTOR, MAC, RESULT
from apdu.command import SHORT_ANSWER_LIMIT
from apdu.declare import Declared, Redact, answer_length, data, declare, p1, p2
from apdu.layout import Raw


class SelectBy(IntEnum):
    """Say what the data of SELECT names (P1)."""

    FILE_ID = 0x00
    CHILD_DF = 0x01
    CHILD_EF = 0x02
    NAME = 0x04


class Occurrence(IntEnum):
    """Say which of several matching names SELECT takes (P2)."""

    FIRST = 0x00
    NEXT = 0x02


@declare("SELECT", ins=0xA4, takes_data=True)
class Select(Declared):
    """Select an application or a file (ISO/IEC 7816-4 §11.2.2)."""

    by: SelectBy = p1(of=SelectBy)
    name: bytes = data()
    occurrence: Occurrence = p2(of=Occurrence, default=Occurrence.FIRST)
    le: int | None = answer_length(default=None)


class RecordMode(IntEnum):
    """Say how P1 of a record command names the record (P2 bits 3 to 1).

    The first four take P1 as the record identifier, which is the tag; 0 means any.
    """

    FIRST = 0
    LAST = 1
    NEXT = 2
    PREVIOUS = 3
    NUMBER = 4
    FROM_NUMBER_TO_LAST = 5
    FROM_LAST_TO_NUMBER = 6


@declare("READ RECORD", ins=0xB2, redact=Redact.ANSWER)
class ReadRecord(Declared):
    """Read one record or several (ISO/IEC 7816-4 §11.4.3); sfi 0 is the current EF."""

    number: int = p1()
    mode: RecordMode = p2(bits=3, of=RecordMode, default=RecordMode.NUMBER)
    sfi: int = p2(shift=3, bits=5, default=0)
    le: int = answer_length(default=SHORT_ANSWER_LIMIT)


@declare("UPDATE RECORD", ins=0xDC, takes_data=True, redact=Redact.DATA)
class UpdateRecord(Declared):
    """Replace or append one record, the whole TLV (ISO/IEC 7816-4 §11.4.5)."""

    number: int = p1()
    content: bytes = data()
    mode: RecordMode = p2(bits=3, of=RecordMode, default=RecordMode.NUMBER)
    sfi: int = p2(shift=3, bits=5, default=0)


@declare("READ BINARY", ins=0xB0, redact=Redact.ANSWER)
class ReadBinary(Declared):
    """Read a transparent file (ISO/IEC 7816-4 §11.3.3).

    P1 bit 8 tells its form: set, P1 holds a short file id and P2 the offset; clear, P1 P2
    are the offset in the current EF. Build with :meth:`at` or :meth:`of_file`.
    """

    high: int = p1()
    low: int = p2()
    le: int = answer_length(default=SHORT_ANSWER_LIMIT)

    @classmethod
    def at(cls, offset: int, le: int = 256) -> ReadBinary:
        """Read the current EF from an offset under 32,768."""
        return cls(offset >> 8 & 0x7F, offset & 0xFF, le)

    @classmethod
    def of_file(cls, sfi: int, offset: int = 0, le: int = 256) -> ReadBinary:
        """Read a file by short file id from an offset under 256."""
        return cls(0x80 | sfi, offset, le)

    @property
    def sfi(self) -> int:
        """Give the short file id, 0 for the current EF."""
        return self.high & 0x1F if self.high & 0x80 else 0

    @property
    def offset(self) -> int:
        """Give the offset in the file."""
        return self.low if self.high & 0x80 else self.high << 8 | self.low


@declare("UPDATE BINARY", ins=0xD6, takes_data=True, redact=Redact.DATA)
class UpdateBinary(Declared):
    """Write into a transparent file; P1 P2 as in READ BINARY (ISO/IEC 7816-4 §11.3.5)."""

    high: int = p1()
    low: int = p2()
    content: bytes = data()

    @property
    def sfi(self) -> int:
        """Give the short file id, 0 for the current EF."""
        return self.high & 0x1F if self.high & 0x80 else 0

    @property
    def offset(self) -> int:
        """Give the offset in the file."""
        return self.low if self.high & 0x80 else self.high << 8 | self.low


@declare("GET CHALLENGE", ins=0x84)
class GetChallenge(Declared):
    """Ask the card for random bytes: 4, 8 or 16 (ISO/IEC 7816-4 §11.5.3)."""

    le: int = answer_length(default=FACTOR)


@declare("INTERNAL AUTHENTICATE", ins=0x88, takes_data=True)
class InternalAuthenticate(Declared):
    """Let the card prove a key: process factor ‖ original (reference §4.2).

    ``version`` is empty or one byte, the key version (§8.1).
    """

    factor: bytes = data(Raw(FACTOR))
    original: bytes = data(Raw(FACTOR))
    version: bytes = data(default=b"")
    key_id: int = p2(default=0)
    le: int | None = answer_length(default=RESULT)


@declare("EXTERNAL AUTHENTICATE", ins=0x82, takes_data=True)
class ExternalAuthenticate(Declared):
    """Prove a key to the card: authentication data ‖ original (reference §4.2)."""

    key_id: int = p2()
    cryptogram: bytes = data(Raw(RESULT))
    original: bytes = data(Raw(FACTOR))
    version: bytes = data(default=b"")


@declare("VERIFY", ins=0x20, takes_data=True, redact=Redact.DATA)
class Verify(Declared):
    """Verify the service PIN; without data: ask how many tries are left (reference §5)."""

    pin: bytes = data(default=b"")
    reference: int = p2(default=0)


@declare("CHANGE PIN", ins=0x5E, cla=0x80, fixed_p1=0x01, takes_data=True, redact=Redact.DATA)
class ChangePin(Declared):
    """Change the service PIN: old ‖ FF ‖ new (reference §5)."""

    old_and_new: bytes = data()
    reference: int = p2(default=0)


class UnblockMode(IntEnum):
    """Say what PIN UNBLOCK does (P2)."""

    UNBLOCK = 0x00
    """Give the tries back; the PIN stays."""
    RELOAD = 0x01
    """Set a new PIN and give the tries back."""


@declare("PIN UNBLOCK", ins=0x24, cla=0x84, takes_data=True, redact=Redact.DATA)
class UnblockPin(Declared):
    """Unblock or reload the service PIN, after PUK was proved (reference §3).

    ``protected`` is the MAC alone, or the enciphered new PIN and the MAC over it.
    """

    mode: UnblockMode = p2(of=UnblockMode)
    protected: bytes = data()


@declare("APPLICATION BLOCK", ins=0x1E, cla=0x84, fixed_p2=0x01, takes_data=True)
class BlockApplication(Declared):
    """Block the current application for ever (reference §3)."""

    mac: bytes = data(Raw(MAC))


@declare("CARD BLOCK", ins=0x16, cla=0x84, takes_data=True)
class BlockCard(Declared):
    """Block the whole card for ever (reference §3)."""

    mac: bytes = data(Raw(MAC))


@declare("GET RESPONSE", ins=0xC0)
class GetResponse(Declared):
    """Fetch what a T=0 card has ready (ISO/IEC 7816-4 §11.8.1)."""

    le: int = answer_length(default=SHORT_ANSWER_LIMIT)
