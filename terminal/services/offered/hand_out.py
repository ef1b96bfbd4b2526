"""What an employer did with the cards that it collected (R-GROUP-30, Rules Art. 7).

Those that it handed out are in their holders' hands; those that it brings back wait at the bank
again, within the same six months. Both are the employer's word, at an outlet of the batch's bank.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from terminal.errors import ApplicationUnknown, SecondWanted
from terminal.parties.card_management import CardEvent
from terminal.registry import applications, batches, cards, persons
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.checks import NOT_DECEASED_UNCOLLECTED
from terminal.rules.decision import Decision, Verdict
from terminal.rules.states import Life, Progress
from terminal.rules.terms import EMPLOYER_RETURN, Deadline
from terminal.rules.vocabulary import Service
from terminal.services.acts import ACTS, Act
from terminal.services.offered import beside, owing, rights
from terminal.services.offered.custody import demand_bank, refused, stands
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import demand_idle
from terminal.services.two_people import demand_two
from terminal.texts import Text

_NO_SUCH = Text("没有这个批次", "there is no such batch")
_NOT_OF_IT = Text("编号 {card} 的卡不属于这一批", "card {card} is not of this batch")


@dataclass(frozen=True, slots=True)
class HandedOut:
    """Hold how a batch stands: how many are in their holders' hands now, came back, are out yet.

    ``back_by`` is when the first of those that are out is to be back.
    """

    held: int
    returned: int
    out: int
    back_by: Deadline | None
    owed: tuple[Text, ...] = ()


def report(
    desk: Desk, batch_id: int, handed_out: Iterable[int] = (), returned: Iterable[int] = ()
) -> HandedOut:
    """Put on record which cards of a batch were handed out, and which come back, by card.

    What was reported before changes nothing. A card of somebody deceased that is said to have been
    handed out takes a second person (R-DEAD-10WD). Raises ApplicationUnknown, CustodyRefused,
    SecondWanted, RunOpen, MovedMeanwhile.
    """
    given, back = set(handed_out), set(returned)
    with desk.registry.writing() as tx:
        of_batch = _of_batch(tx, desk, batch_id)
        for card_id in sorted(given | back):
            if card_id not in of_batch:
                raise ApplicationUnknown(detail=_NOT_OF_IT.filled(card=card_id))
        for card_id in sorted(given):
            _hand_over(tx, desk, cards.get(tx, card_id), of_batch[card_id])
        for card_id in sorted(back):
            _return(tx, desk, cards.get(tx, card_id), both=card_id in given)
        found = [cards.get(tx, card_id) for card_id in of_batch]
    owed = tuple(text for card_id in sorted(given) for text in _told(desk, card_id))
    return _summed_up(desk, found, owed)


def _of_batch(tx: Transaction, desk: Desk, batch_id: int) -> dict[int, Application]:
    try:
        demand_bank(desk, batches.get(tx, batch_id).bank, Act.HANDED_OUT)
    except KeyError as error:
        raise ApplicationUnknown(detail=_NO_SUCH) from error
    found = applications.of_batch(tx, batch_id)
    return {each.card_id: each for each in found if each.card_id is not None}


def _hand_over(tx: Transaction, desk: Desk, card: Card, application: Application) -> None:
    if card.life.state == Life.HELD:
        return
    if card.life.state != Life.EMPLOYER:
        raise refused(Act.HANDED_OUT, stands(card))
    demand_idle(tx, card.id)
    person = persons.get(tx, card.person_id)
    if not person.alive:
        _demand_agreed(desk)
    reserved_by = rights.key_of(tx, application)
    card = cards.move(tx, card, Kind.LIFE, "hand_over", Life.HELD)
    applications.move(tx, application, "hand_over", Progress.HANDED_OVER)
    told = owing.report(CardEvent.HANDED_OVER, person, card, tx.at, reserved_by)
    beside.owe(tx, (told,), _key(card.id), person_id=person.id, card_id=card.id)
    beside.note(tx, desk, Act.HANDED_OUT, person_id=person.id, card_id=card.id)


def _return(tx: Transaction, desk: Desk, card: Card, *, both: bool) -> None:
    if card.life.state == Life.READY and not both:
        return
    if card.life.state != Life.EMPLOYER:
        raise refused(Act.HANDED_OUT, stands(card))
    demand_idle(tx, card.id)
    cards.move(tx, card, Kind.LIFE, "return", Life.READY)
    facts = {"returned": True}
    beside.note(tx, desk, Act.HANDED_OUT, person_id=card.person_id, card_id=card.id, facts=facts)


def _demand_agreed(desk: Desk) -> None:
    if not desk.second or not desk.reason:
        raise SecondWanted(
            service=ACTS[Act.HANDED_OUT],
            reasons=NOT_DECEASED_UNCOLLECTED.why,
            decision=Decision(Service.COLLECT_GROUP, Verdict.SECOND),
        )
    demand_two(desk.operator, desk.second)


def _told(desk: Desk, card_id: int) -> tuple[Text, ...]:
    return beside.deliver(desk, _key(card_id), 1)


def _key(card_id: int) -> str:
    return f"handed_out.{card_id}"


def _summed_up(desk: Desk, found: list[Card], owed: tuple[Text, ...]) -> HandedOut:
    out = [each for each in found if each.life.state == Life.EMPLOYER]
    first = min((each.life.since for each in out), default=None)
    return HandedOut(
        held=sum(each.life.state == Life.HELD for each in found),
        returned=sum(each.life.state == Life.READY for each in found),
        out=len(out),
        back_by=None if first is None else EMPLOYER_RETURN.deadline(first, desk.calendar),
        owed=owed,
    )
