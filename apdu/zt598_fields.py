"""The letters of the ZT588/ZT598 PIN pads and the fields that follow them.

Reference counter-devices.md §3.2.2: a command is one letter and fields in ASCII, most of them hex.
Everything here raises EncodingError for what does not fit.
"""

from __future__ import annotations

import binascii
from enum import IntEnum
from typing import Protocol

from apdu.errors import EncodingError
from apdu.pin_block import ACCOUNT_DIGITS
from apdu.zt598_switches import Switches

SUCCESS_OFFSET = 0x30
_NIBBLE_FORM = bytes.maketrans(b":;<=>?", b"ABCDEF")


class Letter(IntEnum):
    """Name the commands that a counter needs (§3.2.2)."""

    LOAD_PLAIN_KEY = 0x31
    LOAD_WRAPPED_KEY = 0x32
    INFO = 0x33
    CONTROL = 0x35
    START_ENTRY = 0x36
    GET_BLOCK = 0x37
    AUTHENTICATE = 0x3A
    STATUS = 0x49
    INSTALLED = 0x4E
    SM4_MASTER_KEY = 0x62
    SM4_WORK_KEY = 0x63
    DELETE_SM_KEY = 0x6E
    SM4_BLOCK = 0x6F


def success(letter: int) -> int:
    """Give the reply code that says yes to a command."""
    return letter + SUCCESS_OFFSET


def to_hex(data: bytes) -> bytes:
    """Write bytes as upper-case hex text."""
    return data.hex().upper().encode("ascii")


def from_hex(text: bytes) -> bytes:
    """Read hex text; a pad set to "nibble hex" writes 3A to 3F for A to F."""
    try:
        return binascii.unhexlify(text.translate(_NIBBLE_FORM))
    except binascii.Error:
        raise EncodingError(f"{len(text)} characters are no hex") from None


class Fields:
    """Read the fields of a body one after the other."""

    def __init__(self, body: bytes) -> None:
        self._rest = body

    def take(self, count: int) -> bytes:
        """Take the next characters."""
        if len(self._rest) < count:
            raise EncodingError("the command ends inside a field")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def letter(self, letter: Letter) -> None:
        """Pass the command's letter."""
        if self.take(1) != bytes((letter,)):
            raise EncodingError(f"no command {letter:02X}")

    def byte(self) -> int:
        """Take two hex digits."""
        return from_hex(self.take(2))[0]

    def number(self, count: int) -> int:
        """Take decimal digits."""
        digits = self.take(count)
        if not digits.isdigit():
            raise EncodingError("a number is none")
        return int(digits)

    def account(self) -> bytes:
        """Take the twelve digits of an account."""
        account = self.take(ACCOUNT_DIGITS)
        if not account.isdigit():
            raise EncodingError("an account is no number")
        return account

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.take(len(self._rest))

    def end(self) -> None:
        """Let nothing follow."""
        if self._rest:
            raise EncodingError(f"{len(self._rest)} characters too many")


def opens(letter: Letter, *values: int) -> bytes:
    """Write a letter and the values after it, two hex digits each."""
    return bytes((letter,)) + to_hex(bytes(values))


class Command(Protocol):
    """Be a command of either side."""

    def encode(self, switches: Switches) -> bytes:
        """Write the body of the command's frame."""
        ...
