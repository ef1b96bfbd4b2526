"""Transit clearing 交通清算: what a purse had, where the chip does not say it any more.

Cards are named by the number of their transit application. Clearing takes days: a dead card's
balance is pending first, with the day on which it is expected, and exact then (R-RENEW-MONEY).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from terminal.parties.receipt import AS_ASKED, Receipt


class Certainty(StrEnum):
    """Say how sure a sum is."""

    PENDING = "pending"
    """Trips may be under way yet; there is no sum to pay."""
    EXACT = "exact"


class BlockReason(StrEnum):
    """Say why a card is to be taken nowhere any more."""

    DEAD = "dead"
    """Its chip cannot be written, so its purse cannot be closed."""
    CANCELLED = "cancelled"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class CardBalance:
    """Hold what clearing knows of a card's money, in fen; pending, it is None.

    Below nothing it is an overdraft that the holder owes.
    """

    card_number: str = field(metadata=AS_ASKED, repr=False)
    certainty: Certainty
    balance_fen: int | None
    expected_on: date | None
    """The day on which it will be exact."""

    def __post_init__(self) -> None:
        """Refuse a sum that is pending, and an exact one that is none."""
        _sum_fits(self.certainty, self.balance_fen, self.expected_on)


@dataclass(frozen=True, slots=True)
class Trip:
    """Hold a trip that was begun and has no end: where, when, and what is owed for it in fen."""

    where: str
    begun_at: datetime
    owed_fen: int


@dataclass(frozen=True, slots=True)
class UnfinishedTrips:
    """Hold a card's trips without an end."""

    card_number: str = field(metadata=AS_ASKED, repr=False)
    trips: tuple[Trip, ...]


@dataclass(frozen=True, slots=True)
class DeadSettlement:
    """Hold how far the money of a dead card is on its way to an account.

    ``paid_at`` is when it was paid; nothing is paid before the sum is exact.
    """

    key: str = field(metadata=AS_ASKED)
    card_number: str = field(metadata=AS_ASKED, repr=False)
    account_number: str = field(metadata=AS_ASKED, repr=False)
    certainty: Certainty
    amount_fen: int | None
    expected_on: date | None
    paid_at: datetime | None

    def __post_init__(self) -> None:
        """Refuse a sum that is pending, and one that was paid before it was exact."""
        _sum_fits(self.certainty, self.amount_fen, self.expected_on)
        if self.amount_fen is not None and self.amount_fen < 0:
            raise ValueError("nobody is paid a sum below nothing")
        if self.paid_at is not None and self.certainty is not Certainty.EXACT:
            raise ValueError("paid before it was exact")


@dataclass(frozen=True, slots=True)
class Blacklist:
    """Hold the numbers that came on the list after a version, up to another."""

    since_version: int = field(metadata=AS_ASKED)
    version: int
    numbers: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a list that goes backwards, and numbers that come without a step."""
        moved = self.version - self.since_version
        if moved < 0 or (self.numbers and not moved):
            raise ValueError("a list of another time")


class TransitClearing(Protocol):
    """Ask the transit company's clearing.

    All raise PartyMissing, PartyUnreachable, PartyAnswerWrong; what changes something also
    PartyRefused and PartyContradicts.
    """

    def balance(self, card_number: str) -> CardBalance:
        """Ask for the balance of a card whose chip is dead (Rules Art. 16)."""

    def unfinished_trips(self, card_number: str) -> UnfinishedTrips:
        """Ask for a card's trips without an end; they are settled before a refund."""

    def settle_dead(
        self, key: str, card_number: str, account_number: str, name: str
    ) -> DeadSettlement:
        """Order a dead card's money to be paid to the account that its holder, so named, names.

        R-RENEW-MONEY, Rules Art. 16. Ordered once under a key, and once a card; it answers
        how that stood when it was ordered, ``settlement`` tells how it goes on. Raises PartyRefused
        where the card owes money.
        """

    def settlement(self, key: str) -> DeadSettlement:
        """Ask how far what was ordered under a key is. Raises PartyRefused where nothing was."""

    def block(self, key: str, card_number: str, why: BlockReason) -> Receipt:
        """Have a card put on the blacklist."""

    def blacklist(self, since_version: int) -> Blacklist:
        """Ask for what came on the blacklist after a version, 0 for all of it.

        It may come in pieces: ask on from the version of the answer until that does not move.
        """


def _sum_fits(certainty: Certainty, fen: int | None, expected_on: date | None) -> None:
    """Hold a sum against its certainty; raises ValueError."""
    exact = certainty is Certainty.EXACT
    if exact != (fen is not None) or exact != (expected_on is None):
        raise ValueError("a sum is either exact or expected on a day")
