"""Deaths: the city's reminders are taken in, and a wrong one is taken back (R-DEAD-10WD).

From the reminder on nothing is handed over: collecting, posting and handing out look at the person
(Rules Art. 21(2)). What is not made yet is not made any more; what is made is recalled within ten
working days of the reminder (custody.py), with an employer first to be brought back. Cards in the
family's hands are another matter: their functions end when the family cancels them (Rules Art. 19).

A death that is on record wrongly is taken back only once the authorities say that the person is
alive, by two people with grounds. What was recalled meanwhile stays so: the person applies anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from terminal.beijing_time import beijing_day, start_of
from terminal.errors import DeathStands, PersonUnknown
from terminal.masking import Masked, mask_number
from terminal.parties.card_management import DeathReminder
from terminal.parties.data_sharing import Life as Known
from terminal.parties.messages import MessageKind
from terminal.registry import applications, batches, cards, persons, reminders
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.decide import IN_FORCE
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import NOT_HANDED_OVER, Life, Progress
from terminal.rules.terms import DECEASED_RECALL, Deadline
from terminal.services.acts import Act
from terminal.services.offered import announcing, beside, withdrawal
from terminal.services.offered.desk import Desk
from terminal.services.offered.verification import identity_of
from terminal.texts import Text

_AGAIN = timedelta(days=7)
"""How far back is asked again: what the city entered late for a day is not missed."""
_MOST_DUTIES = 8
_LAST = 4
"""Characters of a card's number that tell it apart in a message."""
_NOT_MADE = frozenset({Progress.APPLIED, Progress.VERIFIED})
_BRING_BACK = Text(
    "贵单位代领的社会保障卡中，{name}的卡（尾号 {number}）须停止发放，请尽快退回{bank}网点。",
    "Of the cards that you collected, {name}'s ({number}) is to come back to {bank}.",
)
_SAYS = {
    Known.DECEASED: Text("平台显示已死亡", "they say deceased"),
    Known.UNKNOWN: Text("平台没有此人的生存状态", "they do not know"),
    Known.ALIVE: Text("平台显示在世", "they say alive"),
}


@dataclass(frozen=True, slots=True)
class Death:
    """Hold a reminder that was taken in: whose, since when, which cards are to be recalled by when.

    ``person_id`` is None for somebody whom the registry does not know by this number.
    """

    reminder: str
    number: Masked[str]
    reminded_on: date
    person_id: int | None = None
    to_recall: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    by: Deadline | None = None
    owed: tuple[Text, ...] = ()


def take_reminders(desk: Desk) -> tuple[Death, ...]:
    """Ask the city for reminders since the last time, and take in those that are new.

    Raises PartyMissing, PartyUnreachable, PartyAnswerWrong.
    """
    with desk.registry.reading() as tx:
        until = reminders.asked_until(tx)
    since = beijing_day(IN_FORCE) if until is None else until - _AGAIN
    found = desk.parties.card_management.death_reminders(since)
    deaths = [death for each in found if (death := _take(desk, each)) is not None]
    with desk.registry.writing() as tx:
        reminders.note_asked(tx, desk.today)
    return tuple(deaths)


def correct(desk: Desk, person_id: int) -> Person:
    """Take back a death that is on record wrongly; again, it gives the person as they are.

    Raises SecondPersonNeeded, PersonUnknown; DeathStands where the authorities do not say alive,
    and what asking them raises.
    """
    beside.demand_two_with_grounds(desk)
    with desk.registry.reading() as tx:
        person = _person(tx, person_id)
    if person.alive:
        return person
    known = desk.parties.data_sharing.verify(identity_of(person))
    if known.life is not Known.ALIVE:
        raise DeathStands(detail=_SAYS[known.life])
    with desk.registry.writing() as tx:
        person = persons.correct_death(tx, _person(tx, person_id))
        beside.note(tx, desk, Act.DEATH_CORRECTED, person_id=person.id)
    return person


def _take(desk: Desk, reminder: DeathReminder) -> Death | None:
    """Take in a reminder; None where it was taken before. What it owes is tried in any case."""
    key = f"death.{reminder.reminder}"
    with desk.registry.writing() as tx:
        death = None if reminders.taken(tx, reminder.reminder) else _note(tx, desk, reminder, key)
    owed = beside.deliver(desk, key, _MOST_DUTIES)
    return None if death is None else replace(death, owed=owed)


def _note(tx: Transaction, desk: Desk, reminder: DeathReminder, key: str) -> Death:
    """Put a reminder on record, stop what it stops, and owe what follows."""
    number, day = Masked(reminder.number, mask_number), reminder.reminded_on
    person = _find(tx, reminder)
    if person is None:
        return Death(reminder.reminder, number, day)
    reminders.take(tx, reminder.reminder, person.id, day)
    person = persons.note_death(
        tx, person, deceased_on=reminder.deceased_on, reminded=True, at=start_of(day)
    )
    to_recall, withdrawn, owed = _stop(tx, person)
    beside.owe(tx, owed, key, person_id=person.id, card_id=None)
    beside.note(tx, desk, Act.DEATH, person_id=person.id, facts={"reminder": reminder.reminder})
    by = DECEASED_RECALL.deadline(day, desk.calendar) if to_recall else None
    return Death(reminder.reminder, number, day, person.id, to_recall, withdrawn, by)


def _stop(
    tx: Transaction, person: Person
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[NewDuty, ...]]:
    """Withdraw what is not made, and name what is to be recalled; gives what is owed."""
    to_recall: list[int] = []
    withdrawn: list[int] = []
    owed: list[NewDuty] = []
    for each in applications.of_person(tx, person.id):
        if each.progress.state in _NOT_MADE:
            owed += withdrawal.withdraw(tx, person, each, run_id=None)
            withdrawn.append(each.id)
        elif each.open and each.card_id is not None:
            card = cards.get(tx, each.card_id)
            if card.life.state in NOT_HANDED_OVER:
                to_recall.append(card.id)
            if card.life.state == Life.EMPLOYER:
                owed += _told_to_employer(tx, person, card, each)
    return tuple(to_recall), tuple(withdrawn), tuple(owed)


def _told_to_employer(
    tx: Transaction, person: Person, card: Card, application: Application
) -> tuple[NewDuty, ...]:
    """Owe the employer word of a card that it must not hand out; it says nothing of a death."""
    if application.batch_id is None:
        return ()
    said = _BRING_BACK.filled(
        name=person.name, number=(card.number or "")[-_LAST:], bank=application.bank
    )
    batch = batches.get(tx, application.batch_id)
    return announcing.to_employer(batch, said, MessageKind.CARD_RECALLED)


def _find(tx: Transaction, reminder: DeathReminder) -> Person | None:
    try:
        kind = DocumentKind(reminder.id_type)
    except ValueError:
        return None
    return persons.find(tx, DocumentNumber(kind, reminder.number))


def _person(tx: Transaction, person_id: int) -> Person:
    try:
        return persons.get(tx, person_id)
    except KeyError as error:
        raise PersonUnknown from error
