"""PC/SC part 10: what a reader with a keypad of its own is told for entering a PIN.

Reference counter-devices.md §1.1–1.3; the bits of bmFormatString, bmPINBlockString and
bmPINLengthFormat are CCID 1.1 §6.1.11. The reader asks for the PIN, puts its digits into a
template and sends that to the card: no digit comes to this machine.

How the service PIN is described (reference social-security-card.md §5):

* Always BCD, left-justified, position 0 counted in bytes (81), and no length of the PIN inserted.
* *An exact number of digits*: a template of that size filled with FF, and a block of the same
  size. The F behind an odd digit is the template's own; Lc is right from the start. Every reader
  can do this.
* *Any number, 4 to 12* (VERIFY only): a template that ends in Lc 00, and block size 0, "as long as
  what is entered": the reader sets Lc and, behind an odd digit, F. A block of the longest size
  would be no way, for the card compares all bytes it gets and would count a try for the fillers.
  Readers differ here. One that leaves Lc alone sends ``0020000000``, which only asks for the tries
  left and spends none; one that fills with another nibble than F fails with odd PINs.
* *CHANGE* is old ‖ FF ‖ new in one template, with the places of both as fixed offsets. A length
  that varies would move the new PIN, which the structure cannot express: both have the same exact
  number of digits. The FF between them is the template's.
"""

from __future__ import annotations

import struct
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag
from typing import TypeVar

from apdu.commands import ChangePin, Verify
from apdu.errors import EncodingError
from terminal.errors import PinLength
from terminal.readers.port import SERVICE_GONE, CardHandle, PcscFailure, Result
from terminal.service_pin import LEAST_DIGITS, MOST_DIGITS

CHINESE = 0x0804
"""Language of the reader's messages (Windows language id, zh-CN)."""
USUAL_DIGITS = 6
ENTRY_SECONDS = 30
"""How long the reader waits for the first key, and from key to key."""
TYPING_SECONDS = 60
"""How long an entry may take from its first key on before the reader counts as hung.

Generous: given up in the middle of an entry, it is unknown whether a try was spent. libccid
itself waits 90 seconds or more.
"""
_READERS_DEFAULT = 60
"""How long a reader waits for the first key where 0 leaves it to the reader, about."""

_FILLER = b"\xff"
_SEPARATOR = 1


class Feature(IntEnum):
    """Number the features of part 10 that are used here (§1.1)."""

    VERIFY_PIN_DIRECT = 0x06
    MODIFY_PIN_DIRECT = 0x07
    IFD_PIN_PROPERTIES = 0x0A
    TLV_PROPERTIES = 0x12


ENTRIES = frozenset({Feature.VERIFY_PIN_DIRECT, Feature.MODIFY_PIN_DIRECT})
"""Features that make a reader one with a keypad; the others only tell of it."""


class Entered(IntFlag):
    """Say what ends an entry (bEntryValidationCondition)."""

    AT_MOST = 0x01
    """The longest PIN is reached."""
    OK_KEY = 0x02
    TIME_OUT = 0x04


class Confirm(IntFlag):
    """Say what a change asks for besides the new PIN (bConfirmPIN)."""

    NEW_TWICE = 0x01
    OLD = 0x02


class PinCoding(IntEnum):
    """Say how digits are written: bmFormatString with the unit byte, position 0, left-justified."""

    BINARY = 0x80
    BCD = 0x81
    ASCII = 0x82


def control_code(number: int, platform: str = sys.platform) -> int:
    """Make SCardControl's code of a number: pcsc-lite's, or Windows' (§1.1)."""
    return 0x00310000 | number << 2 if platform == "win32" else 0x42000000 + number


GET_FEATURES = control_code(3400)
"""CM_IOCTL_GET_FEATURE_REQUEST: the only code that is known beforehand."""

_LOST = SERVICE_GONE | {
    Result.RESET,
    Result.REMOVED,
    Result.NO_SMARTCARD,
    Result.UNKNOWN_READER,
    Result.READER_UNAVAILABLE,
}


def features(handle: CardHandle) -> Mapping[Feature, int]:
    """Ask a reader for its features and their control codes (big endian, §1.1).

    Empty where the reader does not know the question, in whatever words it says so. Raises
    PcscFailure where reader, card or service are gone.
    """
    known = set(Feature)
    return {
        Feature(tag): int.from_bytes(value, "big")
        for tag, value in _entries(_asked(handle, GET_FEATURES))
        if tag in known and len(value) == 4
    }


@dataclass(frozen=True, slots=True)
class Properties:
    """Hold what a reader tells of its keypad; None is what it does not tell.

    ``least`` and ``most`` count digits; ``lines`` and ``columns`` are the display's, 0 without one.
    """

    least: int | None = None
    most: int | None = None
    lines: int | None = None
    columns: int | None = None
    entered: Entered | None = None


def properties(handle: CardHandle, of: Mapping[Feature, int]) -> Properties:
    """Ask for the keypad's properties: TLV (feature 12), else the four bytes of feature 0A (§1.1).

    Numbers are little endian here. Raises as :func:`features` does.
    """
    told: dict[int, bytes] = {}
    if code := of.get(Feature.TLV_PROPERTIES):
        told = dict(_entries(_asked(handle, code)))
    if _LCD_LAYOUT not in told and (code := of.get(Feature.IFD_PIN_PROPERTIES)):
        answer = _asked(handle, code)
        if len(answer) == 4:
            told |= {_LCD_LAYOUT: answer[:2], _ENTRY_VALIDATION: answer[2:3]}
    layout, entered = _number(told, _LCD_LAYOUT), _number(told, _ENTRY_VALIDATION)
    return Properties(
        least=_number(told, _LEAST_DIGITS),
        most=_number(told, _MOST_DIGITS),
        lines=None if layout is None else layout >> 8,
        columns=None if layout is None else layout & 0xFF,
        entered=None if entered is None else Entered(entered & 0x07),
    )


_LCD_LAYOUT, _ENTRY_VALIDATION, _LEAST_DIGITS, _MOST_DIGITS = 0x01, 0x02, 0x06, 0x07


def _number(told: Mapping[int, bytes], tag: int) -> int | None:
    return int.from_bytes(told[tag], "little") if told.get(tag) else None


def _asked(handle: CardHandle, code: int) -> bytes:
    """Ask the reader something; nothing where it does not know the question."""
    try:
        return handle.control(code, b"")
    except PcscFailure as failure:
        if failure.result in _LOST:
            raise
        return b""


def _entries(reply: bytes) -> Iterator[tuple[int, bytes]]:
    """Give tags and values; what is cut off at the end is not given."""
    at = 0
    while at + 2 <= len(reply):
        end = at + 2 + reply[at + 1]
        if end <= len(reply):
            yield reply[at], reply[at + 2 : end]
        at = end


@dataclass(frozen=True, slots=True, kw_only=True)
class PinStructure(ABC):
    """Hold what both structures say.

    ``command`` is the template of the command to the card; ``least`` and ``most`` count digits;
    ``block`` is the size of a coded PIN in bytes, 0 for "as long as what is entered".
    """

    command: bytes
    least: int
    most: int
    block: int = 0
    coding: PinCoding = PinCoding.BCD
    first_key_seconds: int = ENTRY_SECONDS
    next_key_seconds: int = ENTRY_SECONDS
    entered: Entered = Entered.OK_KEY
    messages: int = 1
    """How many messages the reader shows; FF for its default."""
    language: int = CHINESE

    @property
    @abstractmethod
    def entries(self) -> int:
        """Count the PINs that are entered."""

    @property
    def seconds(self) -> float:
        """Give the seconds after which nobody is entering anything any more."""
        return float(self.entries * ((self.first_key_seconds or _READERS_DEFAULT) + TYPING_SECONDS))

    @abstractmethod
    def encode(self) -> bytes:
        """Write the structure; raises EncodingError where a number does not fit its place."""

    def _digits(self) -> int:
        """Give wPINMaxExtraDigit: the least in the high byte, the most in the low one."""
        if not 0 < self.least <= self.most <= 0xFF or not 0 <= self.block <= 0x0F:
            raise EncodingError(f"{self.least} to {self.most} digits in {self.block} bytes")
        return self.least << 8 | self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyStructure(PinStructure):
    """Be a PIN_VERIFY_STRUCTURE (§1.2): 19 bytes, packed, little endian, and the template."""

    message: int = 0

    @property
    def entries(self) -> int:
        """Count the PINs that are entered."""
        return 1

    def encode(self) -> bytes:
        """Write the structure; raises EncodingError where a number does not fit its place."""
        return (
            _packed(
                "<BBBBBHBBHB3sL",
                self.first_key_seconds,
                self.next_key_seconds,
                self.coding,
                self.block,
                0,  # bmPINLengthFormat: no length of the PIN is inserted
                self._digits(),
                self.entered,
                self.messages,
                self.language,
                self.message,
                bytes(3),  # bTeoPrologue: the driver's own for T=1
                len(self.command),
            )
            + self.command
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyStructure(PinStructure):
    """Be a PIN_MODIFY_STRUCTURE (§1.3): 24 bytes, packed, little endian, and the template.

    ``old_at`` and ``new_at`` count bytes from the first one behind Lc.
    """

    old_at: int
    new_at: int
    confirm: Confirm = Confirm.NEW_TWICE | Confirm.OLD
    messages: int = 3
    message_old: int = 0
    message_new: int = 1
    message_again: int = 2

    @property
    def entries(self) -> int:
        """Count the PINs that are entered."""
        return 1 + self.confirm.bit_count()

    def encode(self) -> bytes:
        """Write the structure; raises EncodingError where a number does not fit its place."""
        return (
            _packed(
                "<BBBBBBBHBBBHBBB3sL",
                self.first_key_seconds,
                self.next_key_seconds,
                self.coding,
                self.block,
                0,  # bmPINLengthFormat: no length of the PIN is inserted
                self.old_at,
                self.new_at,
                self._digits(),
                self.confirm,
                self.entered,
                self.messages,
                self.language,
                self.message_old,
                self.message_new,
                self.message_again,
                bytes(3),  # bTeoPrologue: the driver's own for T=1
                len(self.command),
            )
            + self.command
        )


def _packed(form: str, *values: object) -> bytes:
    try:
        return struct.pack(form, *values)
    except struct.error as error:
        raise EncodingError(f"a PIN structure: {error}") from error


_S = TypeVar("_S", VerifyStructure, ModifyStructure)


def fitted(structure: _S, to: Properties) -> _S:
    """Ask a reader for no more than it can: some refuse a structure for a length they lack.

    Narrows the digits to the keypad's, shows no messages where there is no display. A length that
    the reader does not have at all stays: it refuses that in its own words.
    """
    least = max(structure.least, to.least or structure.least)
    most = min(structure.most, to.most or structure.most)
    if least > most:
        least, most = structure.least, structure.most
    messages = 0 if to.lines == 0 else structure.messages
    return replace(structure, least=least, most=most, messages=messages)


def verify_service_pin(
    digits: int | None = None, *, seconds: int = ENTRY_SECONDS
) -> VerifyStructure:
    """Describe VERIFY with the service PIN, of 4 to 12 digits or of exactly so many.

    ``seconds`` is how long the reader waits for a key. What the module's text says of any number
    of digits holds: where it is known, tell it. Raises PinLength for a number no PIN has.
    """
    header = Verify().header()
    if digits is None:
        command, block = header + b"\0", 0
    else:
        block = _size(digits)
        command = header + bytes((block,)) + block * _FILLER
    return VerifyStructure(
        command=command,
        least=digits or LEAST_DIGITS,
        most=digits or MOST_DIGITS,
        block=block,
        first_key_seconds=seconds,
        next_key_seconds=seconds,
    )


def change_service_pin(
    digits: int = USUAL_DIGITS, *, seconds: int = ENTRY_SECONDS
) -> ModifyStructure:
    """Describe CHANGE PIN, old ‖ FF ‖ new, both of exactly so many digits, the new one twice.

    Raises PinLength for a number no PIN has.
    """
    block = _size(digits)
    body = (2 * block + _SEPARATOR) * _FILLER
    return ModifyStructure(
        command=ChangePin(b"").header() + bytes((len(body),)) + body,
        least=digits,
        most=digits,
        block=block,
        old_at=0,
        new_at=block + _SEPARATOR,
        first_key_seconds=seconds,
        next_key_seconds=seconds,
    )


def _size(digits: int) -> int:
    """Count the bytes of so many BCD digits."""
    if not LEAST_DIGITS <= digits <= MOST_DIGITS:
        raise PinLength(least=LEAST_DIGITS, most=MOST_DIGITS)
    return (digits + 1) // 2
