"""Payments 收付: money that changes hands at the counter, by whatever way.

The till, a transfer, the bank's account: each is asked the same. A payment whose outcome is not
known is asked for by its key until it is; it is never made again under another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from terminal.parties.receipt import AS_ASKED
from terminal.texts import Text


class Method(StrEnum):
    """Name the ways to pay."""

    CASH = "cash"
    """现金: the till."""
    TRANSFER = "transfer"
    """转账, 扫码."""
    ACCOUNT = "account"
    """银行账户: the account behind the card."""


class PaymentState(StrEnum):
    """Say how a payment ended."""

    DONE = "done"
    REFUSED = "refused"
    """It was not made, and will not be under this key."""
    UNKNOWN = "unknown"
    """It was taken, and how it ended is not known yet: ask again."""
    NEVER = "never"
    """Nothing was ever asked under this key."""


@dataclass(frozen=True, slots=True)
class PaymentOutcome:
    """Hold how a payment ended; ``amount_fen`` is what it is about, 0 where there is none.

    ``reason`` says why it was refused.
    """

    key: str = field(metadata=AS_ASKED)
    state: PaymentState
    amount_fen: int = field(metadata=AS_ASKED)
    reference: str
    """The other side's own number for it, empty where there is none."""
    reason: Text | None

    def __post_init__(self) -> None:
        """Refuse sums of what never was, and none of what was."""
        if (self.amount_fen > 0) == (self.state is PaymentState.NEVER) or self.amount_fen < 0:
            raise ValueError("a payment has a sum")


@dataclass(frozen=True, slots=True)
class Payee:
    """Hold to whose account money is paid, or from whose it is taken."""

    account_number: str = field(repr=False)
    name: str = field(repr=False)


class Payment(Protocol):
    """Ask who keeps the money.

    All raise PartyMissing, PartyUnreachable, PartyAnswerWrong; what changes something also
    PartyContradicts. A refusal is an outcome here, for a payment is asked for afterwards, too.
    """

    def collect(
        self, key: str, method: Method, amount_fen: int, what_for: str, payer: Payee | None
    ) -> PaymentOutcome:
        """Take money of the holder; ``what_for`` stands on the receipt.

        ``payer`` is needed where it comes from an account.
        """

    def pay_out(
        self, key: str, method: Method, amount_fen: int, what_for: str, payee: Payee | None
    ) -> PaymentOutcome:
        """Give the holder money; ``payee`` is needed where it goes to an account."""

    def outcome(self, key: str) -> PaymentOutcome:
        """Ask how a payment ended."""
