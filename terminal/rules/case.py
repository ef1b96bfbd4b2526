"""The facts that a decision is made from: who, where, with what, in which state, when.

Everything here was true at ``Case.at``: who gathers the facts counts time (terms.py), so that
a decision looks at states only. None says that a fact was not asked for or is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from terminal.rules.states import Financial, Life, Progress, Public, Social
from terminal.rules.vocabulary import Actor, Channel, Generation, Ground, Paper, Service

BEIJING_REGION = "11"
"""The first digits of the region code of a card that this city issued."""


@dataclass(frozen=True, slots=True)
class Where:
    """Say where the service is asked for; ``bank`` is the partner bank whose outlet it is."""

    channel: Channel
    bank: str = ""
    instant: bool = False
    """Whether the outlet makes cards on the spot (Rules Art. 3(2)5)."""
    visiting: bool = False
    """Whether the clerk came to the holder's home (Rules Art. 25)."""


@dataclass(frozen=True, slots=True)
class Who:
    """Say who asks: by what right, and for an agent whether they are still entrusted."""

    actor: Actor = Actor.HOLDER
    identified: bool = True
    """Whether the channel or the documents say who it is (Rules Art. 13)."""
    named: bool = True
    """Whether who acts for the holder is known by a document of their own."""
    authorised: bool | None = None
    """Of an agent's or guardian's right: whether it is in force and covers this service.

    None: nothing is on record, and the paper on the desk decides.
    """
    legal_representative: bool = False
    """Of an employer's person: 法定代表人, who needs no authorisation (Rules Art. 7)."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """Hold what is known of the person whom the card is for."""

    alive: bool = True
    minor: bool | None = None
    age: int | None = None
    """Full years; None where the birth date is not known."""
    identity_agrees: bool | None = None
    """Whether the authorities' data are the document's (R-VERIFY); None: not known yet."""
    entitled: bool | None = None
    """Insured in the city, or entitled by state or city (R-ELIGIBLE); None: not known yet."""
    matters_closed: bool | None = None
    """Whether social and medical insurance matters are closed (Rules Art. 19)."""
    basic_data_changed: bool | None = None
    """Whether 人社/医保 have changed the basic data (Rules Art. 17)."""
    has_card: bool = False
    """A third-generation card in force, here or by the city's word (R-ONE)."""
    cards_in_force: int = 0
    """How many the registry knows; more than one is an old mistake for two people to look at."""
    bank_changed_until: date | None = None
    """Last day on which the bank is not changed again (R-BANK-6M)."""
    blacklisted: bool = False
    """Whether the person or the card is watched (R-OWN-USE)."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Hold what is known of the card that is asked about."""

    generation: Generation = Generation.THIRD
    region: str = "110000"
    bank: str = ""
    life: Life = Life.HELD
    social: Social = Social.OFF
    financial: Financial = Financial.OFF
    transit: Public = Public.OFF
    park: Public = Public.OFF
    readable: bool | None = None
    """Whether the chip can be read and written; None: it was not tried."""
    pin_set: bool | None = None
    social_returns: date | None = None
    """Last day of a temporary loss: the function is back the day after (R-TEMP-15)."""
    beside_another: bool = False
    """Whether it is to take the place of a card in force, and was not enabled yet."""
    replaced_in_vain: bool = False
    """Whether a replacement was applied for, and no card came or is to come of it."""
    owner_known: bool = True
    """Whether the registry has the holder whom the chip names."""
    recall_due: bool = False
    """Ready for over six months and not handed over (R-UNCOLLECTED-6M)."""


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """Hold what is known of the application that is asked about."""

    progress: Progress
    bank: str
    """The chosen bank."""
    by_post: bool = False
    for_employer: bool = False
    takes_back: bool = False
    """Whether the old card is handed in when the new one is collected (Rules Art. 16)."""
    in_place_of: bool = False
    """Whether the card takes the place of another: renewal, replacement, change of bank."""


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one question: may this service be done for this person, here and now."""

    service: Service
    at: datetime
    where: Where
    who: Who = Who()
    papers: frozenset[Paper] = frozenset()
    person: PersonFacts = PersonFacts()
    card: CardFacts | None = None
    application: ApplicationFacts | None = None
    new_bank: str = ""
    grounds: frozenset[Ground] = field(default_factory=frozenset)
    asking: bool = False
    """Whether it is only asked what could be done: then papers and wishes are still to come."""

    @property
    def issuing(self) -> bool:
        """Say whether this is an outlet of the bank that issued the card."""
        return (
            self.card is not None and bool(self.where.bank) and (self.card.bank == self.where.bank)
        )

    @property
    def chosen(self) -> bool:
        """Say whether this is an outlet of the bank that the applicant chose."""
        return bool(self.where.bank) and self.chosen_bank == self.where.bank

    @property
    def chosen_bank(self) -> str:
        """Give the bank that the applicant chose, empty where none is known."""
        return self.application.bank if self.application is not None else self.new_bank
