"""The commands of the transit purse, each declared once.

Reference transit-purse.md §3 (purse), §3.4 (management). Where the social security card has an
instruction in another form, the purse's is its variant; READ and UPDATE are the same.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from apdu.cipher import FACTOR, MAC
from apdu.commands import (
    BlockApplication,
    ChangePin,
    ExternalAuthenticate,
    InternalAuthenticate,
    UnblockPin,
)
from apdu.declare import Declared, Redact, Refused, answer_length, data, declare, p1, p2
from apdu.errors import EncodingError
from apdu.layout import Raw, Uint
from apdu.purse import MOMENT, TERMINAL, Purse, TransactionType
from apdu.status import SW


class BalancePart(IntEnum):
    """Say which balance is asked for (P1); sample FMCOS cards know the first alone."""

    AVAILABLE = 0x00
    """What can be spent, the overdraft included."""
    LIMIT = 0x01
    """The overdraft limit."""
    OVERDRAWN = 0x02
    """What of the overdraft is used."""
    MONEY = 0x03
    """The holder's own money."""


@declare("GET BALANCE", ins=0x5C, cla=0x80)
class GetBalance(Declared):
    """Ask for a balance, 4 bytes; the top bit is no money."""

    part: BalancePart = p1(of=BalancePart, default=BalancePart.AVAILABLE)
    purse: Purse = p2(of=Purse, default=Purse.PURSE)
    le: int = answer_length(default=4)


class Beginning(IntEnum):
    """Say what INITIALIZE begins (P1)."""

    LOAD = 0x00
    PURCHASE = 0x01
    WITHDRAWAL = 0x02
    COMPOSITE = 0x03
    LIMIT = 0x04
    UNLOAD = 0x05


_ANSWERS = {
    Beginning.LOAD: 0x10,
    Beginning.PURCHASE: 0x0F,
    Beginning.WITHDRAWAL: 0x0F,
    Beginning.COMPOSITE: 0x0F,
    Beginning.LIMIT: 0x13,
    Beginning.UNLOAD: 0x10,
}
_AMOUNT = 4


@declare("INITIALIZE", ins=0x50, cla=0x80, takes_data=True)
class Initialize(Declared):
    """Begin a transaction; it changes nothing on the card. Build with :meth:`of`.

    Data: key index, amount (not for a limit), terminal.
    """

    what: Beginning = p1(of=Beginning)
    key_index: int = data(Uint(1))
    body: bytes = data()
    purse: Purse = p2(of=Purse, default=Purse.PURSE)
    le: int | None = answer_length(default=0x10)

    @classmethod
    def of(
        cls,
        what: Beginning,
        key_index: int,
        amount: int | None,
        terminal: bytes,
        purse: Purse = Purse.PURSE,
    ) -> Self:
        """Build from amount (fen; None for a limit) and terminal; raises EncodingError."""
        if len(terminal) != TERMINAL or (amount is None) != (what is Beginning.LIMIT):
            raise EncodingError("INITIALIZE wants six bytes of terminal, and an amount for money")
        body = terminal if amount is None else Uint(_AMOUNT).encode(amount) + terminal
        return cls(what, key_index, body, purse, _ANSWERS[what])

    @property
    def amount(self) -> int:
        """Give the amount, 0 for a limit."""
        return int.from_bytes(self.body[:-TERMINAL], "big")

    @property
    def terminal(self) -> bytes:
        """Give the terminal's number."""
        return self.body[-TERMINAL:]

    def demand_length(self) -> None:
        """Demand the data that this beginning has; raises Refused (6700)."""
        wanted = TERMINAL if self.what is Beginning.LIMIT else _AMOUNT + TERMINAL
        if len(self.body) != wanted:
            raise Refused(SW.WRONG_LENGTH, f"INITIALIZE wants {1 + wanted} bytes")


@declare("CREDIT FOR LOAD", ins=0x52, cla=0x80, takes_data=True)
class CreditForLoad(Declared):
    """Put the money on the card; the answer is the TAC."""

    at: bytes = data(Raw(MOMENT))
    mac2: bytes = data(Raw(MAC))
    le: int | None = answer_length(default=MAC)


class DebitOf(IntEnum):
    """Say what DEBIT ends (P1)."""

    PURCHASE = 0x01
    """A purchase of any kind, and a withdrawal."""
    UNLOAD = 0x03


_SEQUENCE = 4


@declare("DEBIT", ins=0x54, cla=0x80, takes_data=True)
class Debit(Declared):
    """Take the money off the card. Build with :meth:`purchase` or :meth:`unload`.

    The answer is TAC ‖ MAC2 to a purchase, MAC3 to an unload.
    """

    what: DebitOf = p1(of=DebitOf)
    body: bytes = data()
    le: int | None = answer_length(default=2 * MAC)

    @classmethod
    def purchase(cls, sequence: bytes, at: bytes, mac1: bytes) -> Self:
        """Build the end of a purchase: terminal sequence number, moment, the SAM's MAC1."""
        return cls(DebitOf.PURCHASE, sequence + at + mac1)

    @classmethod
    def unload(cls, at: bytes, mac2: bytes) -> Self:
        """Build the end of an unload: moment, the host's MAC2."""
        return cls(DebitOf.UNLOAD, at + mac2, MAC)

    def demand_length(self) -> None:
        """Demand the data that this debit has; raises Refused (6700)."""
        wanted = MOMENT + MAC + (_SEQUENCE if self.what is DebitOf.PURCHASE else 0)
        if len(self.body) != wanted:
            raise Refused(SW.WRONG_LENGTH, f"DEBIT wants {wanted} bytes")

    @property
    def sequence(self) -> bytes:
        """Give the terminal sequence number, empty for an unload."""
        return self.body[: -MOMENT - MAC]

    @property
    def at(self) -> bytes:
        """Give date and time."""
        return self.body[-MOMENT - MAC : -MAC]

    @property
    def mac(self) -> bytes:
        """Give the other side's MAC."""
        return self.body[-MAC:]


@declare("UPDATE OVERDRAW LIMIT", ins=0x58, cla=0x80, takes_data=True)
class UpdateLimit(Declared):
    """Change the overdraft limit; the answer is the TAC."""

    limit: int = data(Uint(3))
    at: bytes = data(Raw(MOMENT))
    mac2: bytes = data(Raw(MAC))
    le: int | None = answer_length(default=MAC)


@declare("GET TRANSACTION PROVE", ins=0x5A, cla=0x80, takes_data=True)
class GetProof(Declared):
    """Ask for the MAC and TAC of a transaction that happened, by the counter after it (§5)."""

    kind: TransactionType = p2(of=TransactionType)
    counter: int = data(Uint(2))
    le: int | None = answer_length(default=2 * MAC)


class CacheMode(IntEnum):
    """Say how UPDATE CAPP DATA CACHE names a record (P2 bits 3 to 1)."""

    IDENTIFIER = 0
    NUMBER = 4


@declare("UPDATE CAPP DATA CACHE", ins=0xDC, cla=0x80, takes_data=True, redact=Redact.DATA)
class UpdateCache(Declared):
    """Put a record aside in the card; DEBIT writes it together with the money (§3).

    ``sfi`` 0x1A holds the composite records, 0x1E the trips; a cyclic file is appended to.
    """

    number: int = p1()
    content: bytes = data()
    mode: CacheMode = p2(bits=3, of=CacheMode, default=CacheMode.IDENTIFIER)
    sfi: int = p2(shift=3, bits=5, default=0)


# --- Management (§3.4) ---------------------------------------------------------------------


@declare(
    "RELOAD PIN",
    ins=0x5E,
    cla=0x80,
    takes_data=True,
    redact=Redact.DATA,
    variant_of=ChangePin,
)
class ReloadPin(Declared):
    """Set the transit PIN: PIN ‖ MAC."""

    key_id: int = p2()
    pin_and_mac: bytes = data()


@declare(
    "PIN UNBLOCK", ins=0x24, cla=0x84, takes_data=True, redact=Redact.DATA, variant_of=UnblockPin
)
class UnblockTransitPin(Declared):
    """Unblock the transit PIN: the enciphered PIN and a MAC; P1 P2 differ by source (§10, 8)."""

    first: int = p1()
    second: int = p2()
    protected: bytes = data()


class Blocking(IntEnum):
    """Say how APPLICATION BLOCK blocks (P2)."""

    TEMPORARY = 0x00
    PERMANENT = 0x01


@declare("APPLICATION BLOCK", ins=0x1E, cla=0x84, takes_data=True, variant_of=BlockApplication)
class BlockPurse(Declared):
    """Block the application."""

    how: Blocking = p2(of=Blocking)
    mac: bytes = data(Raw(MAC))


@declare("APPLICATION UNBLOCK", ins=0x18, cla=0x84, takes_data=True)
class UnblockPurse(Declared):
    """Take a temporary block back."""

    mac: bytes = data(Raw(MAC))


@declare("EXTERNAL AUTHENTICATE", ins=0x82, takes_data=True, variant_of=ExternalAuthenticate)
class AuthenticateTerminal(Declared):
    """Prove a key: the enciphered challenge alone."""

    key_id: int = p2()
    cryptogram: bytes = data(Raw(FACTOR))


class Computation(IntEnum):
    """Say what INTERNAL AUTHENTICATE computes (P1)."""

    ENCRYPT = 0x00
    DECRYPT = 0x01
    MAC = 0x02


@declare("INTERNAL AUTHENTICATE", ins=0x88, takes_data=True, variant_of=InternalAuthenticate)
class Compute(Declared):
    """Let the card encipher, decipher or MAC data with a key of that use."""

    what: Computation = p1(of=Computation)
    key_id: int = p2()
    content: bytes = data()
    le: int | None = answer_length(default=FACTOR)
