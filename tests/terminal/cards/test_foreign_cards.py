"""Cards that are not ours: the terminal against the reference's text, with no emulator between.

Emulator and terminal could agree on a mistake. The cards here are transcribed from reference
social-security-card.md §4.1, §4.2 and §11 and share nothing with the emulator; of the library
they use the cipher alone, whose vectors come from outside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import xor
from typing import Any

import pytest

from apdu.cipher import SM4, Algorithm
from apdu.secret import Secret
from terminal.errors import (
    CardBlocked,
    CardRefused,
    DataDamaged,
    GuitaiError,
    NotSocialSecurity,
)
from terminal.keys.software import SoftwareKeys

Hold = Callable[[Any], Any]
hexed = bytes.fromhex

NAME = hexed("7378312E73682EC9E7BBE1B1A3D5CF")
FCI2 = hexed("6F16840F") + NAME + hexed("A50388011E")
FCI3 = hexed("6F1C840F") + NAME + hexed("A50988011E9F0C03860103")
ATR2 = hexed("3B6D0000 0081314731 8650 4302 000000A1")
ATR3 = hexed("3B6D0000 00814A4446 8660 5199 00000123")
OK = hexed("9000")

ROOT = hexed("00112233445566778899AABBCCDDEEFF")
CARD_KEY = reduce(SM4.diversify, (b"510000sh", b"519900sx", ATR3[-8:]), ROOT)

LONG_NAME = "阿依古丽·买买提明·努尔艾合买提·艾则孜"
NAME_BYTES = LONG_NAME.encode("gb18030").ljust(50, b"\0")
RECORDS = {
    0x01: hexed("519900 D156000005 00000123 FFFFFFFF"),
    0x02: b"3",
    0x03: b"2.00",
    0x04: hexed("915600000251990051990001"),
    0x05: hexed("20180301"),
    0x06: hexed("20280301"),
    0x07: b"A12345674",
    0x08: b"000000199001010018",
    0x09: NAME_BYTES[:30],
    0x4E: NAME_BYTES[30:],
    0x0A: b"1",
    0x0B: hexed("01"),
    0x0C: hexed("110000"),
    0x0D: hexed("19900101"),
}

# The READ RECORDs of the logs, and no other.
LOG2 = """00B2010412 00B2030406 00B207040B
    00B2080014 00B2020420 00B20A0003 00B20B0003 00B20C0005 00B20D0006 00B24E0016""".split()
LOG3 = """00B2010012 00B2030006 00B207000B
    00B2080014 00B2090020 00B24E0016 00B20A0003 00B20B0003 00B20C0005 00B20D0006""".split()
DUMPS = "00B2010540 00B201055B".split()


@dataclass
class Card:
    """Answer by the beginning of a command, anything else by ``default``."""

    answers: Mapping[str, str] = field(default_factory=dict)
    default: str = "6A82"
    atr: bytes = ATR2
    protocol: str = "T=0"
    log: list[str] = field(default_factory=list)

    def power_on(self) -> None:
        self.log.clear()

    power_off = reset = power_on

    def transmit(self, command: bytes) -> bytes:
        self.log.append(command.hex().upper())
        answer = self.answer(command)
        return hexed(self.default) if answer is None else answer

    def answer(self, command: bytes) -> bytes | None:
        """Give the answer, None for a command that the card does not know."""
        sent = command.hex().upper()
        return next((hexed(to) for begin, to in self.answers.items() if sent.startswith(begin)), None)

    def sent(self, begin: str) -> int:
        return sum(command.startswith(begin) for command in self.log)


@dataclass
class Foreign(Card):
    """Be a social security card with habits."""

    records: dict[int, bytes] = field(default_factory=lambda: dict(RECORDS))
    fci: bytes = FCI2
    protected: bool = False  # EF06 wants RKSSSE
    by_name: str = ""  # status word of SELECT by name, if it fails
    irk: str = ""  # status word of INTERNAL AUTHENTICATE, if it fails
    hand_out: str = "61"  # answers to commands with data: 61xx, "direct", or "strict": by Le only
    wrong_le: str = "6C"  # where Le is not the length: 6Cxx, "cut", 6282, another, or the default
    known: list[str] = field(default_factory=list)  # the only READ RECORDs, if not all
    sfi: bool = True
    modes: tuple[int, ...] = (0, 4, 5)
    whole_always: bool = False
    padding: bytes = b""
    broken: Mapping[int, str] = field(default_factory=dict)  # status words of single records

    def __post_init__(self) -> None:
        self.file, self.pending, self.proved = 0, b"", False
        self.challenges: list[bytes] = []

    def answer(self, command: bytes) -> bytes | None:
        kinds = {
            0xA4: self._select,
            0xB2: self._read,
            0xC0: self._get_response,
            0x84: self._challenge,
            0x88: self._internal,
            0x82: self._external,
        }
        kind = kinds.get(command[1])
        return kind(command) if kind else None

    def _select(self, command: bytes) -> bytes | None:
        form, name = command[2:4].hex(), command[5 : 5 + command[4]]
        if (form, name) == ("0400", NAME):
            return hexed(self.by_name) if self.by_name else self._hand_out(command, self.fci)
        if (form, name) == ("0000", b"\xdd\xf1") and self.by_name:
            return self._hand_out(command, self.fci)
        if form == "0200" and name in {b"\xef\x05", b"\xef\x06"}:
            self.file = name[1]
            return OK
        return None

    def _hand_out(self, command: bytes, data: bytes) -> bytes:
        if self.hand_out == "61":
            self.pending = data
            return bytes((0x61, len(data)))
        has_le = len(command) == 6 + command[4]
        return data + OK if has_le or self.hand_out == "direct" else OK

    def _get_response(self, command: bytes) -> bytes | None:
        if command[4] != len(self.pending):
            return bytes((0x6C, len(self.pending))) if self.pending else None
        data, self.pending = self.pending, b""
        return data + OK

    def _read(self, command: bytes) -> bytes | None:
        p1, mode, sfi, le = command[2], command[3] & 7, command[3] >> 3, command[4] or 256
        if self.known and command.hex().upper() not in self.known:
            return None
        if mode not in self.modes or (sfi and not self.sfi):
            return None
        self.file = sfi or self.file
        if self.file not in {5, 6}:
            return None
        if self.file == 6 and self.protected and not self.proved:
            return hexed("6982")
        tags = [tag for tag in self.records if (tag < 8) == (self.file == 5)]
        by_mode = {0: [p1] if p1 in tags else [], 4: tags[p1 - 1 : p1], 5: tags[p1 - 1 :]}
        wanted = tags if self.whole_always else by_mode[mode]
        if not wanted:
            return hexed("6A83")
        for tag in wanted:
            if tag in self.broken:
                return hexed(self.broken[tag])
        values = ((tag, self.records[tag]) for tag in wanted)
        data = b"".join(bytes((tag, len(value))) + value for tag, value in values)
        return self._fit(data + self.padding * (len(wanted) > 1), le)

    def _fit(self, data: bytes, le: int) -> bytes | None:
        if le == len(data):
            return data + OK
        if self.wrong_le == "6C":
            return bytes((0x6C, len(data)))
        if self.wrong_le == "cut":
            return data[:le] + OK
        if self.wrong_le == "6282":
            return data[:le] + (hexed("6282") if le > len(data) else OK)
        return hexed(self.wrong_le) or None

    def _challenge(self, command: bytes) -> bytes | None:
        if command != hexed("0084000008"):
            return None
        self.challenges.append(len(self.log).to_bytes(8, "big"))
        return self.challenges[-1] + OK

    def _internal(self, command: bytes) -> bytes | None:
        if self.irk:
            return hexed(self.irk)
        # §4.2: 0088000010 R2 R1, the last challenge first.
        if command[:5] != hexed("0088000010") or command[5:21] != b"".join(self.challenges[::-1]):
            return None
        return self._hand_out(command, self._proof())

    def _external(self, command: bytes) -> bytes | None:
        # §4.2: 0082000A10 C R3, C made with the last challenge R4.
        if command[:5] != hexed("0082000A10") or len(self.challenges) < 2:
            return None
        right = self._original() == command[13:21]
        self.proved = right and command[5:13] == self._proof()
        return OK if self.proved else hexed("63C2")

    def _original(self) -> bytes:
        return self.challenges[-2]

    def _proof(self) -> bytes:
        original, factor = self.challenges[-2:]
        self.challenges.clear()
        return SM4.authentication_data(SM4.session_key(CARD_KEY, factor), original)
