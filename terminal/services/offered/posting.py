"""Cards by post 邮寄领取 (Rules Art. 7(1), 23): sent, received, come back, lost.

A card that was posted is handed over when the post says that it was received. One that comes back
waits at the bank, within the same six months (R-UNCOLLECTED-6M). One that is lost is made anew: no
function of it was ever on, it gets none any more, its purse is blocked; should it turn up, two
people destroy it.
"""

from __future__ import annotations

import re

from terminal.errors import RequestWrong
from terminal.parties.card_management import CardEvent
from terminal.parties.clearing import BlockReason
from terminal.parties.messages import MessageKind
from terminal.registry import applications, cards, parcels, persons, seats
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.machines import Parcel as State
from terminal.registry.parcels import LONGEST_TRACKING, Parcel
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.card_checks import NOT_RECALLED
from terminal.rules.checks import NOT_DECEASED_UNCOLLECTED
from terminal.rules.states import Life, Progress
from terminal.services.acts import Act
from terminal.services.offered import beside, owing, rights, withdrawal
from terminal.services.offered.custody import (
    Done,
    demand_bank,
    get_card,
    recall_for,
    refused,
    stands,
)
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import demand_idle
from terminal.texts import Text

_TRACKING = re.compile(rf"[0-9A-Za-z-]{{1,{LONGEST_TRACKING}}}")
_MOST_DUTIES = 4
_ITEM = Text("邮件号", "the number at the post")
_FORM = Text("应为数字、字母和连字符", "it is made of digits, letters and hyphens")
_NOT_BY_POST = Text("申请时没有选择邮寄", "it was not to be posted")
_NO_PARCEL = Text("它不在邮寄途中", "it is not in the post")
_SENT = Text(
    "您的社会保障卡已寄出，邮件号 {tracking}，免收快递费，请注意查收。",
    "Your card is posted: {tracking}.",
)
_LOST = Text(
    "您的社会保障卡在邮寄途中丢失，未启用的功能已停用，将重新制作，不收费用。",
    "Your card was lost in the post; another one is being made.",
)


def post(desk: Desk, card_id: int, tracking: str) -> Done:
    """Post a card that waits for it; again, it tells how that card stands.

    Raises RequestWrong for what is no number at the post, CardUnknown, CustodyRefused, RunOpen.
    """
    if not _TRACKING.fullmatch(tracking):
        raise RequestWrong(item=_ITEM, detail=_FORM)
    key = f"posted.{card_id}.{tracking}"
    with desk.registry.writing() as tx:
        card, last = get_card(tx, card_id), parcels.last_of(tx, card_id)
        repeated = last is not None and _on_its_way(last) and last.tracking == tracking
        if not repeated:
            application = _demand_to_post(tx, desk, card)
            card = cards.move(tx, card, Kind.LIFE, "post", Life.POSTED)
            parcels.send(tx, card.id, tracking)
            person = persons.get(tx, application.person_id)
            said = _SENT.filled(tracking=tracking)
            owed = owing.announcement(person, said)
            _put(tx, desk, Act.PARCEL_SENT, card, owed, key)
    return Done(card, beside.deliver(desk, key, _MOST_DUTIES), repeated)


def delivered(desk: Desk, card_id: int) -> Done:
    """Note that the post handed a card over; again, it tells how that card stands.

    What happened is put on record, whatever became known of the person meanwhile. Raises
    CardUnknown, CustodyRefused, RunOpen.
    """
    key = f"delivered.{card_id}"
    with desk.registry.writing() as tx:
        card, parcel = get_card(tx, card_id), parcels.last_of(tx, card_id)
        repeated = parcel is not None and parcel.standing.state == State.DELIVERED
        if not repeated:
            parcel = _demand_on_its_way(tx, desk, card, parcel, Act.PARCEL_DELIVERED)
            parcels.move(tx, parcel, "deliver", State.DELIVERED)
            card = cards.move(tx, card, Kind.LIFE, "hand_over", Life.HELD)
            application = _application(tx, card, Act.PARCEL_DELIVERED)
            reserved_by = rights.key_of(tx, application)
            applications.move(tx, application, "hand_over", Progress.HANDED_OVER)
            person = persons.get(tx, card.person_id)
            report = owing.report(CardEvent.HANDED_OVER, person, card, tx.at, reserved_by)
            _put(tx, desk, Act.PARCEL_DELIVERED, card, (report,), key)
    return Done(card, beside.deliver(desk, key, 1), repeated)


def came_back(desk: Desk, card_id: int) -> Done:
    """Note that a parcel came back: its card waits at the bank; again, it tells how it stands.

    Raises CardUnknown, CustodyRefused, RunOpen.
    """
    with desk.registry.writing() as tx:
        card, parcel = get_card(tx, card_id), parcels.last_of(tx, card_id)
        repeated = parcel is not None and parcel.standing.state == State.RETURNED
        if not repeated:
            parcel = _demand_on_its_way(tx, desk, card, parcel, Act.PARCEL_RETURNED)
            parcels.move(tx, parcel, "return", State.RETURNED)
            card = cards.move(tx, card, Kind.LIFE, "return", Life.READY)
            _put(tx, desk, Act.PARCEL_RETURNED, card, (), "")
    return Done(card, (), repeated)


def lost(desk: Desk, card_id: int) -> Done:
    """Note that a parcel is lost, and have the card made anew; again, it tells how it stands.

    Of a person who has died meanwhile none is made: the application is withdrawn.

    Raises CardUnknown, CustodyRefused, RunOpen.
    """
    key = f"parcel_lost.{card_id}"
    with desk.registry.writing() as tx:
        card, parcel = get_card(tx, card_id), parcels.last_of(tx, card_id)
        repeated = parcel is not None and parcel.standing.state == State.LOST
        if not repeated:
            parcel = _demand_on_its_way(tx, desk, card, parcel, Act.PARCEL_LOST)
            parcels.move(tx, parcel, "lose", State.LOST)
            card = cards.move(tx, card, Kind.LIFE, "recall", Life.RECALLED)
            card = withdrawal.end_functions(tx, card, run_id=None)
            application = _application(tx, card, Act.PARCEL_LOST)
            person = persons.get(tx, card.person_id)
            back: tuple[NewDuty, ...] = ()
            if person.alive:
                seats.seat_card(tx, card.person_id, application.id, None)
                applications.move(tx, application, "redo", Progress.VERIFIED)
            else:  # no card is made of somebody deceased (R-VERIFY, R-DEAD-10WD)
                back = withdrawal.withdraw(tx, person, application, run_id=None)
            owed = (*_owed_for_lost(person, card), *back)
            _put(tx, desk, Act.PARCEL_LOST, card, owed, key)
    return Done(card, beside.deliver(desk, key, _MOST_DUTIES), repeated)


def _owed_for_lost(person: Person, card: Card) -> tuple[NewDuty, ...]:
    told = owing.message(person, _LOST, MessageKind.REMINDER) if person.alive else ()
    if not card.transit_number:
        return told
    return (owing.block_transit(card.transit_number, BlockReason.CANCELLED), *told)


def _demand_to_post(tx: Transaction, desk: Desk, card: Card) -> Application:
    demand_bank(desk, card.bank, Act.PARCEL_SENT)
    if card.life.state != Life.READY:
        raise refused(Act.PARCEL_SENT, stands(card))
    application = _application(tx, card, Act.PARCEL_SENT)
    if not application.by_post:
        raise refused(Act.PARCEL_SENT, _NOT_BY_POST)
    if not persons.get(tx, card.person_id).alive:
        raise refused(Act.PARCEL_SENT, NOT_DECEASED_UNCOLLECTED.why)
    due = recall_for(tx, card, application, desk.calendar)
    if due is not None and due.now:
        raise refused(Act.PARCEL_SENT, NOT_RECALLED.why)
    demand_idle(tx, card.id)
    return application


def _demand_on_its_way(
    tx: Transaction, desk: Desk, card: Card, parcel: Parcel | None, act: Act
) -> Parcel:
    demand_bank(desk, card.bank, act)
    if parcel is None or not _on_its_way(parcel) or card.life.state != Life.POSTED:
        raise refused(act, _NO_PARCEL)
    demand_idle(tx, card.id)
    return parcel


def _on_its_way(parcel: Parcel) -> bool:
    return parcel.standing.state == State.SENT


def _application(tx: Transaction, card: Card, act: Act) -> Application:
    application = applications.of_card(tx, card.id)
    if application is None or application.progress.state != Progress.MADE:
        raise refused(act, stands(card))
    return application


def _put(
    tx: Transaction, desk: Desk, act: Act, card: Card, owed: tuple[NewDuty, ...], key: str
) -> None:
    beside.owe(tx, owed, key, person_id=card.person_id, card_id=card.id)
    beside.note(tx, desk, act, person_id=card.person_id, card_id=card.id)
