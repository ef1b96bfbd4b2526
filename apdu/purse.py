"""What a purse transaction is made of: its types, its answers, and what every MAC covers.

Reference transit-purse.md §3 (commands, MAC inputs), §4.1, §4.2, §4.5 (keys and MACs). A card, a
SAM and a host all compute from here, so the reference's vectors are tried on each function
(tests/apdu/test_purse_vectors.py). Amounts and balances are in fen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Self

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4 as _SM4

from apdu import tdes
from apdu.cipher import MAC, TDES, pad_always
from apdu.errors import LayoutError
from apdu.secure_messaging import folded

TERMINAL = 6
"""Bytes of a terminal's number."""
MOMENT = 7
"""Bytes of date and time, BCD: YYYYMMDD ‖ hhmmss."""
RANDOM = 4
MOST_MONEY = 0x7FFF_FFFF
"""The top bit of a balance is the card's own; it is no money (§3)."""
LAST_COUNT = 0xFFFF
"""A counter that stands here ends the card's transactions (9402)."""


class Purse(IntEnum):
    """Name one of a card's two accounts (P2)."""

    PASSBOOK = 0x01
    """电子存折 ED."""
    PURSE = 0x02
    """电子钱包 EP: the one that transit uses."""


class TransactionType(IntEnum):
    """Say what a transaction is, in MACs, the log and GET TRANSACTION PROVE (§2.4)."""

    PASSBOOK_LOAD = 0x01
    LOAD = 0x02
    UNLOAD = 0x03
    WITHDRAWAL = 0x04
    PASSBOOK_PURCHASE = 0x05
    PURCHASE = 0x06
    OVERDRAFT = 0x07
    """A change of the overdraft limit."""
    CREDIT = 0x08
    COMPOSITE = 0x09
    """Composite purchase 复合消费 (CAPP): a trip."""

    @property
    def online(self) -> bool:
        """Tell whether it counts in the online counter: what the issuer's host agrees to."""
        return self in _ONLINE


_ONLINE = frozenset(
    {
        TransactionType.PASSBOOK_LOAD,
        TransactionType.LOAD,
        TransactionType.UNLOAD,
        TransactionType.OVERDRAFT,
    }
)


def moment(at: datetime) -> bytes:
    """Write a time as transactions carry it, 7 bytes BCD; the zone is the caller's to choose."""
    return bytes.fromhex(f"{at.year:04}{at:%m%d%H%M%S}")


def read_moment(raw: bytes) -> datetime | None:
    """Read date and time, without a zone; None where the bytes are no moment of the calendar."""
    try:
        return datetime.strptime(raw.hex(), "%Y%m%d%H%M%S")  # noqa: DTZ007  cards know no zone
    except ValueError:
        return None


# --- Answers -------------------------------------------------------------------------------


def _number(value: int, size: int) -> bytes:
    try:
        return value.to_bytes(size, "big")
    except OverflowError as error:
        raise LayoutError(f"{value} does not fit {size} bytes") from error


def _parts(raw: bytes, *sizes: int) -> tuple[bytes, ...]:
    if len(raw) != sum(sizes):
        raise LayoutError(f"{sum(sizes)} bytes are wanted, these are {len(raw)}")
    cut, at = [], 0
    for size in sizes:
        cut.append(raw[at : at + size])
        at += size
    return tuple(cut)


def _int(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


@dataclass(frozen=True, slots=True)
class OnlineBegun:
    """Hold what INITIALIZE FOR LOAD or UNLOAD answers, 16 bytes (§3)."""

    balance: int
    counter: int
    """The online counter before the transaction."""
    key_version: int
    algorithm: int
    random: bytes
    mac1: bytes

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read the answer; raises LayoutError."""
        balance, counter, version, algorithm, random, mac1 = _parts(raw, 4, 2, 1, 1, RANDOM, MAC)
        return cls(_int(balance), _int(counter), version[0], algorithm[0], random, mac1)

    def encode(self) -> bytes:
        """Write the answer."""
        return (
            _number(self.balance, 4)
            + _number(self.counter, 2)
            + bytes((self.key_version, self.algorithm))
            + self.random
            + self.mac1
        )


@dataclass(frozen=True, slots=True)
class OfflineBegun:
    """Hold what INITIALIZE FOR a PURCHASE of any kind answers, 15 bytes (§3)."""

    balance: int
    counter: int
    """The offline counter before the transaction."""
    limit: int
    key_version: int
    algorithm: int
    random: bytes

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read the answer; raises LayoutError."""
        balance, counter, limit, version, algorithm, random = _parts(raw, 4, 2, 3, 1, 1, RANDOM)
        return cls(_int(balance), _int(counter), _int(limit), version[0], algorithm[0], random)

    def encode(self) -> bytes:
        """Write the answer."""
        return (
            _number(self.balance, 4)
            + _number(self.counter, 2)
            + _number(self.limit, 3)
            + bytes((self.key_version, self.algorithm))
            + self.random
        )


@dataclass(frozen=True, slots=True)
class UpdateBegun:
    """Hold what INITIALIZE FOR UPDATE answers, 19 bytes: before the overdraft limit is changed."""

    balance: int
    counter: int
    limit: int
    key_version: int
    algorithm: int
    random: bytes
    mac1: bytes

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read the answer; raises LayoutError."""
        head, mac1 = raw[:15], raw[15:]
        begun = OfflineBegun.decode(head)
        (mac1,) = _parts(mac1, MAC)
        return cls(
            begun.balance,
            begun.counter,
            begun.limit,
            begun.key_version,
            begun.algorithm,
            begun.random,
            mac1,
        )

    def encode(self) -> bytes:
        """Write the answer."""
        return (
            OfflineBegun(
                self.balance,
                self.counter,
                self.limit,
                self.key_version,
                self.algorithm,
                self.random,
            ).encode()
            + self.mac1
        )


@dataclass(frozen=True, slots=True)
class Debited:
    """Hold what DEBIT answers to a purchase, 8 bytes: TAC ‖ MAC2."""

    tac: bytes
    mac2: bytes

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read the answer; raises LayoutError."""
        return cls(*_parts(raw, MAC, MAC))

    def encode(self) -> bytes:
        """Write the answer."""
        return self.tac + self.mac2


@dataclass(frozen=True, slots=True)
class Proved:
    """Hold what GET TRANSACTION PROVE answers, 8 bytes: MAC ‖ TAC.

    All code has it in this order, one text the other way round (§10, 2); who has a TAC to compare
    with tries :attr:`swapped` too.
    """

    mac: bytes
    tac: bytes

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """Read the answer; raises LayoutError."""
        return cls(*_parts(raw, MAC, MAC))

    def encode(self) -> bytes:
        """Write the answer."""
        return self.mac + self.tac

    @property
    def swapped(self) -> Proved:
        """Give the same answer of a card that has it the other way round."""
        return Proved(self.tac, self.mac)


# --- Ciphers -------------------------------------------------------------------------------


class PurseCipher(ABC):
    """Make a purse's session keys, MACs and TACs in one family of ciphers."""

    @abstractmethod
    def session_key(self, key: bytes, random: bytes, counter: int, tail: bytes = b"") -> bytes:
        """Make the key of one transaction (§4.1).

        ``tail`` are the last two bytes of a purchase's terminal sequence number; online there is
        none.
        """

    @abstractmethod
    def mac(self, session: bytes, message: bytes) -> bytes:
        """Make the 4-byte MAC of a message (§4.2)."""

    @abstractmethod
    def tac(self, key: bytes, message: bytes) -> bytes:
        """Make the 4-byte TAC of a message by a card's TAC key DTK (§4.2)."""


_ONLINE_TAIL = bytes.fromhex("8000")


class _TripleDes(PurseCipher):
    """Two keys, and one where a card has 8-byte keys."""

    def session_key(self, key: bytes, random: bytes, counter: int, tail: bytes = b"") -> bytes:
        return tdes.encrypt(key, random + _number(counter, 2) + (tail or _ONLINE_TAIL))

    def mac(self, session: bytes, message: bytes) -> bytes:
        return TDES.mac(session, message)

    def tac(self, key: bytes, message: bytes) -> bytes:
        return TDES.mac(folded(key) if len(key) > tdes.BLOCK else key, message)


class _Sm4Guess(PurseCipher):
    """A guess that keeps the place open: how SM4 is used here is not public (§4.5).

    No card is known to agree with it, and its vectors are no conformance data.
    """

    _block = 16

    def session_key(self, key: bytes, random: bytes, counter: int, tail: bytes = b"") -> bytes:
        block = pad_always(random + _number(counter, 2) + (tail or _ONLINE_TAIL), self._block)
        worker = Cipher(_SM4(key), modes.ECB()).encryptor()  # noqa: S305  one block
        return worker.update(block) + worker.finalize()

    def mac(self, session: bytes, message: bytes) -> bytes:
        worker = Cipher(_SM4(session), modes.CBC(bytes(self._block))).encryptor()
        return worker.update(pad_always(message, self._block))[-self._block :][:MAC]

    def tac(self, key: bytes, message: bytes) -> bytes:
        return self.mac(key, message)


TRIPLE_DES: PurseCipher = _TripleDes()
SM4_GUESS: PurseCipher = _Sm4Guess()


# --- What the MACs cover (§3.1) ------------------------------------------------------------


def online_mac1(balance: int, amount: int, kind: TransactionType, terminal: bytes) -> bytes:
    """Give what MAC1 of a load or unload covers: the card's, for the host."""
    return _number(balance, 4) + _number(amount, 4) + bytes((kind,)) + terminal


def mac_of_amount(amount: int, kind: TransactionType, terminal: bytes, at: bytes) -> bytes:
    """Give what the other side's MAC covers: MAC2 of a load or unload, MAC1 of a purchase."""
    return _number(amount, 4) + bytes((kind,)) + terminal + at


def online_proof(
    balance: int, counter: int, amount: int, kind: TransactionType, terminal: bytes, at: bytes
) -> bytes:
    """Give what the TAC of a load and MAC3 of an unload cover.

    ``balance`` is the new one, ``counter`` the one before the transaction.
    """
    return _number(balance, 4) + _number(counter, 2) + mac_of_amount(amount, kind, terminal, at)


def purchase_mac2(amount: int) -> bytes:
    """Give what MAC2 of a purchase covers: "this card, this session, this amount"."""
    return _number(amount, 4)


def purchase_proof(
    amount: int, kind: TransactionType, terminal: bytes, sequence: bytes, at: bytes
) -> bytes:
    """Give what the TAC of a purchase covers; ``sequence`` has all four bytes here."""
    return _number(amount, 4) + bytes((kind,)) + terminal + sequence + at


def limit_mac1(balance: int, limit: int, terminal: bytes) -> bytes:
    """Give what MAC1 of a change of the overdraft limit covers; ``limit`` is the old one."""
    kind = bytes((TransactionType.OVERDRAFT,))
    return _number(balance, 4) + _number(limit, 3) + kind + terminal


def limit_mac2(limit: int, terminal: bytes, at: bytes) -> bytes:
    """Give what MAC2 of a change of the overdraft limit covers; ``limit`` is the new one."""
    return _number(limit, 3) + bytes((TransactionType.OVERDRAFT,)) + terminal + at


def limit_proof(balance: int, counter: int, limit: int, terminal: bytes, at: bytes) -> bytes:
    """Give what the TAC of a change of the overdraft limit covers: new balance, new limit."""
    return _number(balance, 4) + _number(counter, 2) + limit_mac2(limit, terminal, at)


def session_tail(sequence: bytes) -> bytes:
    """Take what of a terminal sequence number enters a purchase's session key."""
    return sequence[2:]
