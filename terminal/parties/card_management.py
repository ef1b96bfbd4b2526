"""The city's card management system 市社保卡管理系统: one person, one card, across all outlets.

It keeps what no outlet alone can know: who has a card or is being made one (R-ONE, Rules Art. 4),
and who of those whose cards are not handed over yet has died (R-DEAD-10WD, Rules Art. 21(2)).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from terminal.parties.receipt import AS_ASKED, Receipt


class CardEvent(StrEnum):
    """Name what is reported of a card."""

    MADE = "made"
    HANDED_OVER = "handed_over"
    ENABLED = "enabled"
    """From now on this is the person's card; what it replaces is none any more."""
    LOST_TEMPORARY = "lost_temporary"
    LOST_FORMAL = "lost_formal"
    RESTORED = "restored"
    CANCELLED = "cancelled"
    DESTROYED = "destroyed"


class IntegrityKind(StrEnum):
    """Name what is reported to the integrity file 诚信档案 (Measures Art. 12, 13)."""

    FORGED = "forged"
    """伪造."""
    BORROWED = "borrowed"
    """转借."""
    TRADED = "traded"
    """买卖."""
    MISUSED = "misused"
    """Other use against the rules."""


@dataclass(frozen=True, slots=True)
class KnownCard:
    """Hold a third-generation card of a person's, or one that is being made.

    ``card_number`` is empty before it is made; ``reserved_by`` is the key that it was reserved
    under, empty where that is not known.
    """

    card_number: str = field(repr=False)
    bank: str
    reserved_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold which cards a person has: one in force, one on its way, or neither (R-ONE).

    Both, where the one on its way is to replace the other.
    """

    id_type: str = field(metadata=AS_ASKED)
    number: str = field(metadata=AS_ASKED, repr=False)
    in_force: KnownCard | None
    being_made: KnownCard | None
    """Reserved, made, handed over: anything before it is enabled."""

    @property
    def free(self) -> bool:
        """Tell whether the person may be made a first card."""
        return self.in_force is None and self.being_made is None


@dataclass(frozen=True, slots=True)
class Electronic:
    """Hold the electronic card 电子卡 that a person has in use (Measures Art. 2, 4).

    ``card_number`` is empty where there is none.
    """

    id_type: str = field(metadata=AS_ASKED)
    number: str = field(metadata=AS_ASKED, repr=False)
    card_number: str = field(repr=False)
    issued_on: date | None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Hold the right to make a person's one card.

    ``replaces`` is the number of the card that it takes the place of, empty for a first one.
    """

    key: str = field(metadata=AS_ASKED)
    number: str = field(metadata=AS_ASKED, repr=False)
    bank: str = field(metadata=AS_ASKED)
    replaces: str = field(metadata=AS_ASKED, repr=False)


@dataclass(frozen=True, slots=True)
class CardReport:
    """Hold what happened to a card, and when.

    ``reserved_by`` is the key of the reservation that the card was made under; empty for a card
    that none is known of.
    """

    event: CardEvent
    at: datetime
    id_type: str
    number: str = field(repr=False)
    card_number: str = field(repr=False)
    bank: str
    reserved_by: str = ""


@dataclass(frozen=True, slots=True)
class DeathReminder:
    """Hold the system's reminder that a person whose card is not handed over has died.

    ``reminded_on`` is the day that the ten working days start from.
    """

    reminder: str
    """Its own number, by which two are told apart."""
    reminded_on: date
    id_type: str
    number: str = field(repr=False)
    deceased_on: date | None


@dataclass(frozen=True, slots=True)
class IntegrityReport:
    """Hold what the counter saw; the authority judges it, and keeps the file.

    ``number`` is the person's if known, else empty.
    """

    kind: IntegrityKind
    at: datetime
    card_number: str = field(repr=False)
    number: str = field(repr=False)
    what: str = field(repr=False)
    """What was seen, in the clerk's words."""


class CardManagement(Protocol):
    """Ask the city's card management system.

    All raise PartyMissing, PartyUnreachable, PartyAnswerWrong; what changes something also
    PartyRefused and PartyContradicts.
    """

    def standing(self, id_type: str, number: str) -> Standing:
        """Ask which cards a person has (R-ONE)."""

    def electronic(self, id_type: str, number: str) -> Electronic:
        """Ask for the electronic card that a person has in use (R-ECARD)."""

    def reserve(self, key: str, id_type: str, number: str, bank: str, replaces: str) -> Reservation:
        """Take the right to make a person's one card, when the application is accepted.

        ``replaces`` is the number of the card that it takes the place of: the one in force, or one
        that was lost before it was enabled; empty for a first card. Raises PartyRefused where
        another card is in force or being made.
        """

    def release(self, key: str) -> None:
        """Give a right back that was reserved under a key: the card is not made.

        What is released stays so, asked twice; what was never reserved cannot be any more.
        Raises PartyRefused where that card is enabled already.
        """

    def report(self, key: str, report: CardReport) -> Receipt:
        """Report what happened to a card."""

    def death_reminders(self, since: date) -> tuple[DeathReminder, ...]:
        """Ask for the reminders of a day and after it, oldest first (Rules Art. 21(2))."""

    def report_integrity(self, key: str, report: IntegrityReport) -> Receipt:
        """Pass on to the integrity file what was seen at the counter (Measures Art. 12, 13)."""
