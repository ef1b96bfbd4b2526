"""Data sharing 数据共享 of 人社, 医保, 民政 and 公安: what the authorities know of a person.

Asked before a card is made (R-VERIFY, Rules Art. 4), before basic data are changed on it (Rules
Art. 16(3), 17) and before it is cancelled (Rules Art. 19). It changes nothing there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from terminal.parties.receipt import AS_ASKED
from terminal.texts import Text


class IdentityAnswer(StrEnum):
    """Say how a person's data stand to the authorities' own."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """They know nobody of this number."""


class Life(StrEnum):
    """Say whether a person is alive 生存状态, as far as the authorities know."""

    ALIVE = "alive"
    DECEASED = "deceased"
    UNKNOWN = "unknown"


class CardElsewhere(StrEnum):
    """Say what is known there of a person's third-generation card 发卡状态."""

    NONE = "none"
    BEING_MADE = "being_made"
    IN_FORCE = "in_force"


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold who a person is by a document; ``id_type`` is its type in the registry's word."""

    name: str = field(repr=False)
    id_type: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Hold a public service that a person is entitled to 优惠优待资格, such as 养老助残."""

    code: str
    title: Text


@dataclass(frozen=True, slots=True)
class Verification:
    """Hold what the authorities say of a person (R-VERIFY).

    ``differing`` names the fields of the identity that differ, by their names here.
    """

    number: str = field(metadata=AS_ASKED, repr=False)
    """As it was asked."""
    identity: IdentityAnswer
    differing: tuple[str, ...]
    insured: bool
    """参保, in this city."""
    life: Life
    deceased_on: date | None
    entitlements: tuple[Entitlement, ...]
    card: CardElsewhere

    def __post_init__(self) -> None:
        """Refuse a day of death of somebody alive, and differences in what agrees."""
        if self.deceased_on is not None and self.life is not Life.DECEASED:
            raise ValueError("a day of death of nobody deceased")
        if bool(self.differing) != (self.identity is IdentityAnswer.DIFFERS):
            raise ValueError("differences where it agrees, or none where it differs")


@dataclass(frozen=True, slots=True)
class HeldData:
    """Hold the basic data that one authority has of a person now; ``changed_on`` None: never."""

    name: str = field(repr=False)
    id_type: str
    number: str = field(repr=False)
    changed_on: date | None


@dataclass(frozen=True, slots=True)
class BasicData:
    """Hold what social insurance 人社 and medical insurance 医保 now have of a person.

    None where they have nobody of that number, old or new.
    """

    number: str = field(metadata=AS_ASKED, repr=False)
    """As it was asked: the one that the card has."""
    social: HeldData | None
    medical: HeldData | None

    @property
    def agreed(self) -> Identity | None:
        """Give the data that both have, None where they do not have the same."""
        if self.social is None or self.medical is None:
            return None
        social, medical = (
            Identity(each.name, each.id_type, each.number) for each in (self.social, self.medical)
        )
        return social if social == medical else None


@dataclass(frozen=True, slots=True)
class MattersClosed:
    """Hold whether a person's social and medical insurance matters are closed (Rules Art. 19).

    ``still_open`` says what is not.
    """

    number: str = field(metadata=AS_ASKED, repr=False)
    social: bool
    medical: bool
    still_open: tuple[Text, ...]

    @property
    def all_closed(self) -> bool:
        """Tell whether both are."""
        return self.social and self.medical


@dataclass(frozen=True, slots=True)
class Guardian:
    """Hold a guardian 法定代理人, and what they are to the child or ward: 父亲, 母亲 …."""

    name: str = field(repr=False)
    id_type: str
    number: str = field(repr=False)
    kinship: Text


@dataclass(frozen=True, slots=True)
class Guardians:
    """Hold who the authorities know as a person's guardians; the papers may say more."""

    number: str = field(metadata=AS_ASKED, repr=False)
    people: tuple[Guardian, ...]


class DataSharing(Protocol):
    """Ask the city's shared data (R-SHARE).

    All raise PartyMissing, PartyUnreachable, PartyAnswerWrong; and PartyRefused where the platform
    does not let this counter ask.
    """

    def verify(self, person: Identity) -> Verification:
        """Ask whether a person is who they say, insured, alive, entitled, and has a card."""

    def basic_data(self, number: str) -> BasicData:
        """Ask what the authorities now have of the person whose card has this number."""

    def matters_closed(self, number: str) -> MattersClosed:
        """Ask whether a person's insurance matters are closed."""

    def guardians(self, number: str) -> Guardians:
        """Ask who a child's or ward's guardians are (R-GUARDIAN)."""
