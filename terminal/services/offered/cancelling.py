"""What both cancellations 注销 share (S-CANCEL-SOCIAL, S-CANCEL-ALL, Rules Art. 19).

After social and medical insurance matters are closed, which the authorities are asked; where they
do not answer a second person looks at the proof. After a death the kin come, with proof of death
and of kinship, no power of attorney [own]: the death is put on record with its day (deceased_on).
Whatever else of a card the person has under way ends with it: who ends their business in the city
is made no other card.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from terminal.beijing_time import beijing_day
from terminal.errors import PartyError, RequestWrong
from terminal.parties.bank import Matter
from terminal.parties.card_management import CardEvent
from terminal.parties.clearing import BlockReason
from terminal.parties.data_sharing import Life as Known
from terminal.parties.messages import MessageKind
from terminal.registry import applications, cards, pending, persons, seats
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Life, Public, Social
from terminal.rules.terms import SOCIAL_CANCELLED_REMINDER
from terminal.rules.vocabulary import Actor, Service
from terminal.services.offered import electronic, owing, rights, withdrawal
from terminal.services.offered.answer import Line, line
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import Running, demand_idle
from terminal.services.offered.situation import NOT_ASKED, Asked, Situation
from terminal.services.offered.slip_lines import shown_number
from terminal.services.offered.verification import identity_of
from terminal.texts import Text

HAS_ACCOUNT = frozenset({Financial.OFF, Financial.ON, Financial.STOPPED, Financial.LOST})
_OPEN_PURSE = frozenset({Public.OFF, Public.ON})
_HAD = frozenset({Life.HELD, Life.HANDED_IN, Life.TAKEN_BACK, Life.DESTROYED})
"""Cards that were handed over once."""
OVER = frozenset({Social.ENDED, Social.CANCELLED})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DEATH = Text("死亡日期（deceased_on）", "the day of death (deceased_on)")
_DAY_FORM = Text(
    "请按死亡证明填写，形如 2026-03-01，不晚于今天",
    "as the proof has it, like 2026-03-01, not after today",
)
_BEFORE_BIRTH = Text("早于持卡人的出生日期", "it is before the holder's birth")
_WITHDRAWN = Text("一并终止的申请", "application ended along with it")
_NEXT = Text("一并注销的新卡", "new card cancelled along with it")
_OLD = Text("一并注销的旧卡", "old card cancelled along with it")
_ELECTRONIC = Text("一并注销的电子卡", "electronic card cancelled along with it")
_CANCELLED = Text("您的社会保障卡{what}已注销。", "Your card: {what} cancelled.")


def ask(desk: Desk, situation: Situation) -> Asked:
    """Ask whether matters are closed, and of kin whether the holder is known to be deceased."""
    person = situation.person
    if person is None:
        return NOT_ASKED
    asked = NOT_ASKED
    try:
        answer = desk.parties.data_sharing.matters_closed(person.document.number.reveal())
        asked = replace(asked, matters_closed=answer.all_closed)
    except PartyError:
        pass  # a second person looks at the proof
    if situation.request.actor is not Actor.KIN or not person.alive:
        return asked
    try:
        known = desk.parties.data_sharing.verify(identity_of(person))
    except PartyError:
        return asked
    return replace(asked, alive=False) if known.life is Known.DECEASED else asked


def look(desk: Desk, situation: Situation) -> None:
    """See that kin say the day of death, and that what ends along with it is idle.

    Raises RequestWrong, RunOpen.
    """
    _day_of_death(desk, situation)
    application = situation.application
    card = situation.some_card
    with desk.registry.reading() as tx:
        for each in _in_line_with(tx, situation.some_person, card):
            demand_idle(tx, each.id)
        if application is not None and application.card_id not in {None, card.id}:
            demand_idle(tx, application.card_id or 0)


def note_death(run: Running, tx: Transaction) -> Person:
    """Put the death on record that kin prove; R-DEAD-10WD begins with the city's reminder only."""
    person = run.situation.some_person
    day = _day_of_death(run.desk, run.situation)
    if day is None or person.deceased_on is not None:
        return person
    return persons.note_death(tx, person, deceased_on=day, reminded=False)


def end_social(run: Running, tx: Transaction, person: Person, card: Card) -> Card:
    """Cancel a card's social function and free its seat; raises MovedMeanwhile."""
    if card.social.state not in OVER:
        card = cards.move(tx, card, Kind.SOCIAL, "cancel", Social.CANCELLED, run_id=run.id)
    pending.drop_all(tx, card.id, run_id=run.id)
    seats.leave(tx, person.id, card_id=card.id)
    return card


def end_the_rest(
    run: Running, tx: Transaction, person: Person, but: Card
) -> tuple[tuple[Line, ...], tuple[NewDuty, ...]]:
    """End what else the person has: open applications, the cards before and after it, the e-card.

    Raises RunOpen, MovedMeanwhile.
    """
    lines: list[Line] = []
    owed: list[NewDuty] = []
    for each in applications.of_person(tx, person.id):
        if each.open:
            if each.card_id is not None:
                demand_idle(tx, each.card_id)
            owed += withdrawal.withdraw(tx, person, each, run_id=run.id)
            lines.append(line(_WITHDRAWN, str(each.id)))
    following = seats.of_person(tx, person.id).next_card
    for card in _in_line_with(tx, person, but):
        if card.id == following:
            owed += _end_next(run, tx, person, card)
            lines.append(line(_NEXT, shown_number(card)))
        else:
            owed += _end_old(run, tx, person, card)
            lines.append(line(_OLD, shown_number(card)))
    for card, report in electronic.end(tx, person, run.id):
        owed.append(report)
        lines.append(line(_ELECTRONIC, shown_number(card)))
    return tuple(lines), tuple(owed)


def told(run: Running, person: Person, what: Text) -> tuple[NewDuty, ...]:
    """Owe the holder a message; not after a death."""
    if run.request.actor is Actor.KIN or not person.alive:
        return ()
    return owing.message(person, _CANCELLED.filled(what=what), MessageKind.CANCELLED)


def _in_line_with(tx: Transaction, person: Person, but: Card) -> tuple[Card, ...]:
    """Give the other cards of a renewal or replacement that is not over, the oldest first.

    One of several from before, which is cancelled for being too many, ends no other.
    """
    taken = seats.of_person(tx, person.id)
    last = but.id if taken.next_card is None else taken.next_card
    line_up = {*applications.predecessors(tx, last), last}
    if taken.current_card is not None and taken.next_card is not None:
        line_up.add(taken.current_card)
    if but.id not in line_up:
        return ()
    found = [cards.get(tx, each) for each in sorted(line_up - {but.id})]
    return tuple(
        each for each in found if each.social.state not in OVER and each.life.state in _HAD
    )


def _end_old(run: Running, tx: Transaction, person: Person, card: Card) -> tuple[NewDuty, ...]:
    """Cancel a card whose place another was to take; of its account the bank hears by referral.

    Where the social function alone is cancelled the account stays, and is reminded of (R-FIN-6M).
    """
    demand_idle(tx, card.id)
    card = end_social(run, tx, person, card)
    owed = [owing.report(CardEvent.CANCELLED, person, card, tx.at)]
    everything = run.request.service is Service.CANCEL_ALL
    if card.financial.state in HAS_ACCOUNT and card.account:
        referral = owing.referral(card, Matter.CANCEL, run.part(f"old_account.{card.id}"))
        owed.append(referral if everything else reminder(run, tx, card))
    lives_on = card.transit.state in _OPEN_PURSE and card.life.state != Life.DESTROYED
    if everything and lives_on and card.transit_number:
        owed.append(owing.block_transit(card.transit_number, BlockReason.CANCELLED))
    return tuple(replace(each, card_id=card.id) for each in owed)


def reminder(run: Running, tx: Transaction, card: Card) -> NewDuty:
    """Owe the bank's reminder of an account that stays (R-FIN-6M)."""
    until = SOCIAL_CANCELLED_REMINDER.deadline(tx.at, run.desk.calendar)
    return owing.remind(card, beijing_day(tx.at), until.at)


def _end_next(run: Running, tx: Transaction, person: Person, card: Card) -> tuple[NewDuty, ...]:
    demand_idle(tx, card.id)
    application = applications.of_card(tx, card.id)
    back = rights.given_back(tx, application) if application is not None else ()
    card = end_social(run, tx, person, card)
    if card.financial.state == Financial.OFF:
        card = cards.move(tx, card, Kind.FINANCIAL, "cancel", Financial.CANCELLED, run_id=run.id)
    report = owing.report(CardEvent.CANCELLED, person, card, tx.at)
    return (replace(report, card_id=card.id), *back)


def _day_of_death(desk: Desk, situation: Situation) -> date | None:
    """Read the day of death that kin say; None where nobody has to."""
    person = situation.some_person
    if situation.request.actor is not Actor.KIN or person.deceased_on is not None:
        return None
    said = situation.request.wish("deceased_on")
    try:
        day = date.fromisoformat(said) if _DAY.fullmatch(said) else None
    except ValueError:
        day = None
    if day is None or day > desk.today:
        raise RequestWrong(item=_DEATH, detail=_DAY_FORM)
    if person.birth is not None and day < person.birth:
        raise RequestWrong(item=_DEATH, detail=_BEFORE_BIRTH)
    return day
