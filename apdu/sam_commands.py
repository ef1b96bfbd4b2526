"""The commands of a SAM card (PSAM), each declared once.

Reference social-security-card.md §8.4 (the ministry's application) and transit-purse.md §6 (the
purse's). What both call "usage" is one byte: how many levels of diversification the command
brings, and the type of the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from apdu.cipher import FACTOR, MAC
from apdu.command import SHORT_ANSWER_LIMIT
from apdu.declare import Declared, Redact, answer_length, data, declare, p1, p2
from apdu.layout import Raw, Uint

MOST_LEVELS = 3
"""Most levels of diversification in one command: province, city, card."""


class KeyType(IntEnum):
    """Name what a key in a SAM is for: the low five bits of its usage (transit-purse.md §6.2)."""

    MAIN = 0x00
    MAINTENANCE = 0x01
    PURCHASE = 0x02
    PIN_UNBLOCK = 0x03
    PIN_RELOAD = 0x04
    USER_MAINTENANCE = 0x05
    """Maintenance of the user card's application."""
    MAC = 0x06
    ENCRYPT = 0x07
    MAC_AND_ENCRYPT = 0x08
    LOAD = 0x09
    TAC = 0x0C
    PIN = 0x0D
    EXTERNAL = 0x0E
    INTERNAL = 0x0F


@declare("INIT ENVIRONMENT", ins=0xEC, cla=0xBF)
class InitEnvironment(Declared):
    """Begin in the environment that is selected (social-security-card.md §8.4).

    The one answer byte is its algorithm as in tag 86 (project-defined: the reference has the
    command alone).
    """

    le: int = answer_length(default=1)


@declare("DERIVE SESSION KEY", ins=0xDE, cla=0xBF, takes_data=True)
class DeriveSession(Declared):
    """Derive a card's key in the SAM, and from it the session key (social-security-card.md §8.4).

    Data: the factors, the card's own first and the one nearest the root last, then the
    challenge. Build with :meth:`of`.
    """

    levels: int = p1(shift=5, bits=3)
    type: KeyType = p1(bits=5, of=KeyType)
    key_id: int = p2()
    body: bytes = data()

    @classmethod
    def of(
        cls, kind: KeyType, key_id: int, factors: Sequence[bytes], challenge: bytes
    ) -> DeriveSession:
        """Build from factors in the order of derivation and a challenge of 4 or 8 bytes.

        A short challenge is filled with 00, as both families do (§8.3).
        """
        body = listed(factors) + challenge.ljust(FACTOR, b"\0")
        return cls(len(factors), kind, key_id, body)


@declare("PICK KEY", ins=0x1A, cla=0x80, takes_data=True)
class PickKey(Declared):
    """Derive a card's key in the SAM, for CRYPT to use (transit-purse.md §6.2).

    Data: the factors, serial first, then issuer, then city.
    """

    levels: int = p1(shift=5, bits=3)
    type: KeyType = p1(bits=5, of=KeyType)
    version: int = p2()
    body: bytes = data(default=b"")


class CryptStep(IntEnum):
    """Say what CRYPT does with its data (P1; transit-purse.md §6.3)."""

    ENCRYPT = 0x00
    MAC_LAST = 0x01
    ENCRYPT_MORE = 0x02
    MAC_NEXT = 0x03
    MAC_ONLY = 0x05
    """The whole message at once; the first block is the initial vector."""
    MAC_FIRST = 0x07
    """The first part; its first block is the initial vector."""


@declare("CRYPT", ins=0xFA, cla=0x80, takes_data=True, redact=Redact.ALL)
class Crypt(Declared):
    """Encipher or MAC whole blocks with the key derived last; the terminal pads (§6.3).

    A new PIN passes here in clear, so neither data nor answer show in a trace.
    """

    step: CryptStep = p1(of=CryptStep)
    content: bytes = data()
    le: int | None = answer_length(default=SHORT_ANSWER_LIMIT)


@declare("INIT SAM FOR PURCHASE", ins=0x70, cla=0x80, takes_data=True)
class InitPurchase(Declared):
    """Ask for MAC1 of a purchase (transit-purse.md §6.1); money in fen, times in BCD.

    ``factors`` are serial, issuer, city; the answer is the terminal sequence number (4) ‖ MAC1 (4).
    """

    random: bytes = data(Raw(4))
    counter: bytes = data(Raw(2))
    amount: int = data(Uint(4))
    kind: int = data(Uint(1))
    date: bytes = data(Raw(4))
    time: bytes = data(Raw(3))
    key_version: int = data(Uint(1))
    algorithm: int = data(Uint(1))
    factors: bytes = data()
    le: int | None = answer_length(default=8)


@declare("CREDIT SAM FOR PURCHASE", ins=0x72, cla=0x80, takes_data=True)
class CreditPurchase(Declared):
    """Bring the card's MAC2 of a purchase; only a good one advances the SAM's sequence number."""

    mac2: bytes = data(Raw(MAC))


def listed(factors: Sequence[bytes]) -> bytes:
    """Write factors as SAM commands list them: the card's own first, the root's nearest last.

    They are given in the order of derivation, from the root downwards (transit-purse.md §4.4).
    """
    return b"".join(reversed(factors))


def derivation_order(body: bytes) -> tuple[bytes, ...]:
    """Read listed factors in the order of derivation; the inverse of :func:`listed`."""
    return tuple(body[at : at + FACTOR] for at in range(0, len(body), FACTOR))[::-1]
