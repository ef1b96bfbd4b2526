"""``codec``: encode a command and take its answer apart, ours beside yubikit's.

A null connection answers at once. It gives yubikit data and status word already apart, as every
connection of yubikit does, and gives us the bytes of the answer, which we take apart.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from apdu.command import Command, encode
from apdu.commands import ReadRecord, Select, SelectBy
from apdu.response import parse_response
from benchmarks.measure import Entry, Gate, Unavailable, in_turn
from benchmarks.stage import Stage
from card_profiles import social_security as ssse
from card_profiles.identifiers import CARD_ID

ROUNDS = 41
TIMES = 2000
_LE = 18
_DATA = bytes(range(_LE))
_ANSWER = _DATA + b"\x90\x00"
_SELECT = Select(SelectBy.NAME, ssse.NAME)
_READ = ReadRecord(1, sfi=5, le=_LE)
_CARD_ID = bytes.fromhex("110000D15600000500000001FFFFFFFF")


class NullConnection:
    """Answer at once."""

    def transmit(self, command: bytes) -> bytes:
        """Give bytes, as our connections do."""
        del command
        return _ANSWER

    def send_and_receive(self, apdu: bytes) -> tuple[bytes, int]:
        """Give data and status word, as yubikit's connections do."""
        del apdu
        return _DATA, 0x9000


def _ours(null: NullConnection) -> None:
    transmit, name = null.transmit, ssse.NAME
    for _ in range(TIMES):
        parse_response(transmit(encode(0x00, 0xA4, 0x04, 0x00, name)))
        parse_response(transmit(encode(0x00, 0xB2, 0x01, 0x2C, b"", _LE)))


def _declared(null: NullConnection) -> None:
    transmit, name = null.transmit, ssse.NAME
    for _ in range(TIMES):
        parse_response(transmit(Select(SelectBy.NAME, name).encode()))
        parse_response(transmit(ReadRecord(1, sfi=5, le=_LE).encode()))


def _decode(_null: NullConnection) -> None:
    select, read = _SELECT.encode(), _READ.encode()
    for _ in range(TIMES):
        Command.decode(select)
        Command.decode(read)


def _parse(_null: NullConnection) -> None:
    select, read = _SELECT.command(), _READ.command()
    for _ in range(TIMES):
        Select.parse(select)
        ReadRecord.parse(read)


def _layout(_null: NullConnection) -> None:
    for _ in range(2 * TIMES):
        CARD_ID.decode(_CARD_ID)


REPORTED: tuple[tuple[str, str, Callable[[NullConnection], None]], ...] = (
    ("codec.declared", "a declared command made, encoded, its answer parsed", _declared),
    ("codec.decode", "Command.decode, on the card's side", _decode),
    ("codec.parse", "a declared command parsed, on the card's side", _parse),
    ("codec.layout", "a card id taken apart by its compiled layout", _layout),
)


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Send SELECT by name and READ RECORD in turn, each TIMES times a round."""
    try:
        from yubikit.core.smartcard import SmartCardProtocol  # noqa: PLC0415  not ours to require
    except ImportError as missing:
        raise Unavailable("yubikey-manager is not installed (extra: bench)") from missing
    null = NullConnection()
    protocol: Any = SmartCardProtocol  # it asks for no more of a connection than null has
    send = protocol(null).send_apdu

    def theirs() -> None:
        name = ssse.NAME
        for _ in range(TIMES):
            send(0x00, 0xA4, 0x04, 0x00, name)
            send(0x00, 0xB2, 0x01, 0x2C, b"", _LE)

    pairs = in_turn(lambda: _ours(null), theirs, rounds or ROUNDS)
    ours_us, theirs_us = pairs.each(2 * TIMES)
    entries = [
        Entry(
            "codec",
            "time of a command and its answer without a card: ours ÷ yubikit's send_apdu",
            pairs.ratio,
            Gate("<", 1.0),
            {"ours_us": ours_us, "yubikit_us": theirs_us},
        )
    ]
    for name, what, work in REPORTED:
        pairs = in_turn(partial(work, null), theirs, (rounds or ROUNDS) // 4 + 1)
        one_us, theirs_us = pairs.each(2 * TIMES)
        beside = {"ours_us": one_us, "yubikit_us": theirs_us}
        entries.append(Entry(name, f"{what} ÷ yubikit's send_apdu", pairs.ratio, None, beside))
    return entries
