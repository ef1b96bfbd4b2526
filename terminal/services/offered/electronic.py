"""Keep a person's electronic card 电子卡 beside the physical one (R-ECARD, Measures Art. 2, 4).

It is applied for and used online, on the holder's telephone; whether there is one, the city's card
system says, and what it says is followed: put on record, another in its place, or none any more.
With the holder's last business in the city it ends as the cards do. No service of a counter is done
on it [own].
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from terminal.errors import PartyAnswerWrong, RuleRefused
from terminal.parties.card_management import CardEvent
from terminal.parties.card_management import Electronic as Told
from terminal.registry import cards
from terminal.registry.cards import Card, Made
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.case import BEIJING_REGION
from terminal.rules.decision import Reason
from terminal.rules.states import Social
from terminal.rules.vocabulary import Generation
from terminal.services.acts import ACTS, Act
from terminal.services.offered import beside, owing
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named
from terminal.texts import Text

RULE = "R-ECARD"
_REGION = BEIJING_REGION.ljust(6, "0")
_NUMBER = re.compile("[0-9A-Za-z]{1,16}")
"""Project-defined: what fits where a card's number stands."""
_NO_NUMBER = Text("电子卡卡号不合约定", "the electronic card's number is not as agreed")
_NONE = Reason(
    RULE,
    "",
    Text(
        "市社保卡管理系统没有此人的电子卡",
        "the city's card system knows no electronic card of this person",
    ),
    Text("需要的，由持卡人在线上申领电子卡", "Whoever wants one applies for it online"),
)


class Outcome(StrEnum):
    """Name what became of what is on record."""

    REGISTERED = "registered"
    KNOWN = "known"
    """It stood there before."""
    ENDED = "ended"
    """There is none any more."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Hold whose electronic card it is, and how it stands on record now."""

    person: Person
    card: Card
    outcome: Outcome


def follow(desk: Desk, holder: Named) -> Followed:
    """Have the registry follow the city's word on a person's electronic card.

    Raises PersonUnknown, PersonDiffers, SecondWanted, the PartyErrors, RuleRefused where there is
    none and was none.
    """
    with desk.registry.reading() as tx:
        person = beside.situation_of(tx, desk, holder).some_person
    told = _asked(desk, person)
    with desk.registry.writing() as tx:
        situation = beside.situation_of(tx, desk, holder)
        person = situation.some_person
        beside.demand_agreed(desk, Act.REGISTER_ELECTRONIC, situation)
        found = _put(tx, person, told)
        if found.outcome is not Outcome.KNOWN:
            beside.note(
                tx,
                desk,
                Act.REGISTER_ELECTRONIC,
                person_id=person.id,
                card_id=found.card.id,
                facts={"outcome": found.outcome.value},
            )
    return found


def end(tx: Transaction, person: Person, run_id: int | None) -> tuple[tuple[Card, NewDuty], ...]:
    """Cancel a person's electronic card: what was cancelled, and the report that is owed of it."""
    ended = []
    for card in _in_use(tx, person):
        report = owing.report(CardEvent.CANCELLED, person, card, tx.at)
        ended.append((_cancel(tx, card, run_id), replace(report, card_id=card.id)))
    return tuple(ended)


def _asked(desk: Desk, person: Person) -> Told:
    document = person.document
    told = desk.parties.card_management.electronic(
        document.document.value, document.number.reveal()
    )
    if told.card_number and not _NUMBER.fullmatch(told.card_number):
        facts = desk.parties.counterparts["card_management"].facts
        raise PartyAnswerWrong(**facts, detail=_NO_NUMBER)
    return told


def _put(tx: Transaction, person: Person, told: Told) -> Followed:
    known = _in_use(tx, person)
    for card in known:
        if card.number == told.card_number:
            return Followed(person, card, Outcome.KNOWN)
    ended = [_cancel(tx, card, None) for card in known]
    if not told.card_number:
        if not ended:
            raise RuleRefused(
                service=ACTS[Act.REGISTER_ELECTRONIC],
                reasons=_NONE.sentence,
                instead=_NONE.instead,
            )
        return Followed(person, ended[0], Outcome.ENDED)
    made = Made(told.card_number, "", issued_on=told.issued_on)
    card = cards.register(tx, person.id, Generation.ELECTRONIC, made, bank="", region=_REGION)
    return Followed(person, card, Outcome.REGISTERED)


def _in_use(tx: Transaction, person: Person) -> list[Card]:
    return [
        each
        for each in cards.of_person(tx, person.id)
        if each.generation is Generation.ELECTRONIC and not each.over
    ]


def _cancel(tx: Transaction, card: Card, run_id: int | None) -> Card:
    return cards.move(tx, card, Kind.SOCIAL, "cancel", Social.CANCELLED, run_id=run_id)
