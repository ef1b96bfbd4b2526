"""The purchase half of a SAM: MAC1 for the card, MAC2 from the card, and the sequence number.

Reference transit-purse.md §3.1 (what the MACs cover), §6.1. The sequence number advances after a
good MAC2 only, so an aborted purchase repeats it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from apdu.cipher import FACTOR, TDES
from apdu.command import Command
from apdu.declare import Refused
from apdu.response import Response
from apdu.sam_commands import (
    CreditPurchase,
    InitPurchase,
    KeyType,
    derivation_order,
)
from apdu.status import SW
from card_profiles import sam as profile
from emulator.memory import Memory
from emulator.personalise import file_cell
from emulator.sam_session import stored_key

SEQUENCE_CELL = file_cell(profile.PURSE, profile.SEQUENCE_FILE)
TERMINAL_CELL = file_cell(profile.MASTER_FILE, profile.TERMINAL_FILE)
KINDS = frozenset({0x04, 0x05, 0x06, 0x09})
"""Withdrawal, purchase of passbook and purse, composite purchase (§2.4)."""
ALGORITHMS = frozenset({0x00, 0x01})
"""Both say 3DES: 00 in the field, 01 on laboratory cards (§4.5)."""
_LAST_NUMBER = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class _Begun:
    """Hold what the SAM awaits MAC2 for."""

    session: bytes
    amount: bytes
    sequence: int


class Purchases:
    """Carry out purchases, one at a time."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._begun: _Begun | None = None

    def forget(self) -> None:
        """Forget a purchase that was begun."""
        self._begun = None

    def init(self, command: Command) -> Response:
        """Answer INIT SAM FOR PURCHASE: sequence number ‖ MAC1."""
        self._begun = None
        asked = InitPurchase.parse(command)
        factors = derivation_order(asked.factors)
        if not factors or len(asked.factors) % FACTOR:
            raise Refused(SW.WRONG_LENGTH, "one to three factors of 8 bytes")
        key = stored_key(self._memory, profile.PURSE.name, KeyType.PURCHASE, asked.key_version)
        if key is None:
            return Response(b"", SW.KEY_INDEX_NOT_FOUND)
        if asked.kind not in KINDS or asked.algorithm not in ALGORITHMS:
            raise Refused(SW.WRONG_DATA, "no such purchase or algorithm")
        number = int.from_bytes(self._memory.read(SEQUENCE_CELL) or b"", "big")
        if number == _LAST_NUMBER:
            return Response(b"", SW.COUNTER_AT_MAXIMUM)
        sequence = number.to_bytes(4, "big")
        session = TDES.session_key(
            key.derived(TDES, factors), asked.random + asked.counter + sequence[2:]
        )
        amount = asked.amount.to_bytes(4, "big")
        terminal = self._memory.read(TERMINAL_CELL) or b""
        message = amount + bytes((asked.kind,)) + terminal + asked.date + asked.time
        self._begun = _Begun(session, amount, number)
        return Response(sequence + TDES.mac(session, message), SW.OK)

    def credit(self, command: Command) -> Response:
        """Answer CREDIT SAM FOR PURCHASE: compare MAC2, and advance the sequence number."""
        asked = CreditPurchase.parse(command)
        begun, self._begun = self._begun, None
        if begun is None:
            raise Refused(SW.CONDITIONS, "no purchase was begun")
        if not hmac.compare_digest(TDES.mac(begun.session, begun.amount), asked.mac2):
            return Response(b"", SW.WRONG_PURSE_MAC)
        self._memory.write(SEQUENCE_CELL, (begun.sequence + 1).to_bytes(4, "big"))
        return Response(b"", SW.OK)
