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

from terminal.errors import PartyError, RequestWrong
from terminal.parties.card_management import CardEvent
from terminal.parties.data_sharing import Life as Known
from terminal.parties.messages import MessageKind
from terminal.registry import applications, cards, pending, persons, seats
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Life, Social
from terminal.rules.vocabulary import Actor
from terminal.services.offered import electronic, owing, rights, withdrawal
from terminal.services.offered.answer import Line, line
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import Running, demand_idle
from terminal.services.offered.situation import NOT_ASKED, Asked, Situation
from terminal.services.offered.slip_lines import shown_number
from terminal.services.offered.verification import identity_of
from terminal.texts import Text

HAS_ACCOUNT = frozenset({Financial.OFF, Financial.ON, Financial.STOPPED, Financial.LOST})
OVER = frozenset({Social.ENDED, Social.CANCELLED})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DEATH = Text("死亡日期（deceased_on）", "the day of death (deceased_on)")
_DAY_FORM = Text(
    "请按死亡证明填写，形如 2026-03-01，不晚于今天",
    "as the proof has it, like 2026-03-01, not after today",
)
_WITHDRAWN = Text("一并终止的申请", "application ended along with it")
_NEXT = Text("一并注销的新卡", "new card cancelled along with it")
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
    along = {situation.seats.next_card, application.card_id if application is not None else None}
    with desk.registry.reading() as tx:
        for card_id in along - {None, situation.some_card.id}:
            demand_idle(tx, card_id or 0)


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
    """End what else the person has: an open application, a new card not enabled yet, the e-card.

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
    if following is not None and following != but.id:
        card = cards.get(tx, following)
        if card.life.state == Life.HELD and card.social.state not in OVER:
            owed += _end_next(run, tx, person, card)
            lines.append(line(_NEXT, shown_number(card)))
    for card, report in electronic.end(tx, person, run.id):
        owed.append(report)
        lines.append(line(_ELECTRONIC, shown_number(card)))
    return tuple(lines), tuple(owed)


def told(run: Running, person: Person, what: Text) -> tuple[NewDuty, ...]:
    """Owe the holder a message; not after a death."""
    if run.request.actor is Actor.KIN or not person.alive:
        return ()
    return owing.message(person, _CANCELLED.filled(what=what), MessageKind.CANCELLED)


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
    return day
