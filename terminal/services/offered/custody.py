"""Cards in the bank's custody: listed, recalled (Rules Art. 21), destroyed by two people.

R-UNCOLLECTED-6M: over six months made and not handed to the person. R-DEAD-10WD: of the deceased,
within ten working days of the city's reminder. R-OLD-DESTROY: an old card that was taken back at
renewal. Nothing recalls or destroys a card by itself: it is listed, and people do it.

A card that was taken back is kept until its functions have ended, which they do when the new one is
enabled (R-OLD-UNTIL-NEW) [own].
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.errors import CardUnknown, CustodyRefused
from terminal.parties.card_management import CardEvent
from terminal.parties.messages import MessageKind
from terminal.registry import (
    applications,
    cards,
    destructions,
    lists,
    parcels,
    persons,
)
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.lists import Kept, OpenApplication
from terminal.registry.machines import Kind
from terminal.registry.machines import Parcel as ParcelState
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.recalls import Recall, recall_of
from terminal.rules.states import LIFE, Financial, Life, Social
from terminal.rules.terms import DECEASED_RECALL
from terminal.rules.working_days import WorkingDays
from terminal.services.acts import ACTS, Act
from terminal.services.offered import beside, owing, withdrawal
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import demand_idle
from terminal.texts import Text

IN_CUSTODY = (Life.READY, Life.RECALLED, Life.TAKEN_BACK, Life.WASTE, Life.HANDED_IN)
"""States in which a card lies at a counter or a bank."""
TO_DESTROY = frozenset({Life.RECALLED, Life.TAKEN_BACK, Life.WASTE})
_OVER = frozenset({Social.ENDED, Social.CANCELLED})
_NOT_GIVEN_BACK = _OVER | {Social.REPLACED}
_MOST_DUTIES = 4
_NO_SUCH = Text("登记库中没有这张卡", "the registry has no such card")
_STATE = Text("它现在的状态是“{state}”", "it is “{state}” now")
_NOT_DUE = Text(
    "它可以领取到 {deadline}，届时未领取的才召回", "it may be collected until {deadline}"
)
_OTHER_BANK = Text("它由合作银行 {bank} 保管", "the bank {bank} has it")
_NOT_OVER = Text(
    "它的功能要到持卡人启用新卡时才失效，此前须保管",
    "its functions end when the new card is enabled: it is kept until then",
)
_LOST = Text(
    "它在邮寄途中丢失，不在库；找到了的，销毁时写明已找回（--turned-up）",
    "it was lost in the post and lies nowhere; of one that was found say so (--turned-up)",
)
_RECALLED = Text(
    "您的社会保障卡超过 6 个月未领取，已召回。需要时请重新申领。",
    "Your card was not collected within 6 months and is recalled. Apply anew where you need one.",
)
COLLECT = Text("待持卡人领取", "waits for its holder")
RECALL = Text("应当召回", "to be recalled")
DESTROY = Text("待两人销毁", "to be destroyed by two people")
KEEP = Text("保管至新卡启用", "kept until the new card is enabled")
GIVE_BACK = Text("待持卡人领回", "waits for its holder to fetch it")


@dataclass(frozen=True, slots=True)
class InCustody:
    """Hold a card in custody, what is to be done with it, and when it is recalled."""

    kept: Kept
    what: Text
    recall: Recall | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Hold how a card stands after an act, and what is not confirmed yet."""

    card: Card
    owed: tuple[Text, ...] = ()
    repeated: bool = False


def in_custody(tx: Transaction, calendar: WorkingDays, bank: str = "") -> tuple[InCustody, ...]:
    """Give the cards in custody, the longest kept first; of one bank where it is named.

    What was lost in the post lies nowhere, and is not among them.
    """
    made = {each.card_id: each for each in lists.open_applications(tx) if each.card_id is not None}
    return tuple(
        _line(tx, each, made.get(each.card_id), calendar)
        for each in lists.kept(tx, IN_CUSTODY)
        if (not bank or each.bank == bank) and not _lost_in_post(tx, each.card_id, each.life)
    )


def recall(desk: Desk, card_id: int) -> Done:
    """Recall a card that was not handed over; again, it tells how that card stands.

    Raises CardUnknown, CustodyRefused where it is not due, RunOpen, MovedMeanwhile.
    """
    key = f"recall.{card_id}"
    with desk.registry.writing() as tx:
        card = get_card(tx, card_id)
        repeated = card.life.state == Life.RECALLED
        if not repeated:
            card = _recall(tx, desk, card, key)
    return Done(card, beside.deliver(desk, key, _MOST_DUTIES), repeated)


def destroy(desk: Desk, card_id: int, *, turned_up: bool = False) -> Done:
    """Destroy a card, by two people with grounds; again, it tells how that card stands.

    ``turned_up``: one that was lost in the post is in their hands after all. Raises
    SecondPersonNeeded, CardUnknown, CustodyRefused, MovedMeanwhile.
    """
    key = f"destroy.{card_id}"
    beside.demand_two_with_grounds(desk)
    with desk.registry.writing() as tx:
        card = get_card(tx, card_id)
        repeated = card.life.state == Life.DESTROYED
        if not repeated:
            card = _destroy(tx, desk, card, key, turned_up=turned_up)
    return Done(card, beside.deliver(desk, key, 1), repeated)


def get_card(tx: Transaction, card_id: int) -> Card:
    """Give a card; raises CardUnknown."""
    try:
        return cards.get(tx, card_id)
    except KeyError as error:
        raise CardUnknown(detail=_NO_SUCH) from error


def refused(act: Act, why: Text) -> CustodyRefused:
    """Say that an act is not for this card."""
    return CustodyRefused(act=ACTS[act], detail=why)


def stands(card: Card) -> Text:
    """Say where a card is, to stand inside a refusal."""
    return _STATE.filled(state=LIFE[Life(card.life.state)])


def demand_bank(desk: Desk, bank: str, act: Act) -> None:
    """Demand an outlet of the bank that has the cards; raises CustodyRefused."""
    if desk.where.bank != bank:
        raise refused(act, _OTHER_BANK.filled(bank=bank))


def recall_for(
    tx: Transaction, card: Card, application: Application | None, calendar: WorkingDays
) -> Recall | None:
    """Say when a card is recalled, None for one that is not."""
    person = persons.get(tx, card.person_id)
    made_at = card.life.since if application is None else application.progress.since
    return recall_of(
        Life(card.life.state),
        Financial(card.financial.state),
        made_at,
        person.death_reminded_at or person.deceased_on,
        tx.at,
        calendar,
    )


def _recall(tx: Transaction, desk: Desk, card: Card, key: str) -> Card:
    application = applications.of_card(tx, card.id)
    due = recall_for(tx, card, application, desk.calendar)
    demand_bank(desk, card.bank, Act.RECALL)
    if due is None:
        raise refused(Act.RECALL, stands(card))
    if not due.now:
        raise refused(Act.RECALL, _NOT_DUE.filled(deadline=due.deadline.text))
    demand_idle(tx, card.id)
    person = persons.get(tx, card.person_id)
    card, owed = withdrawal.recall(tx, person, card, application, run_id=None)
    if due.term is not DECEASED_RECALL:
        owed = (*owed, *owing.message(person, _RECALLED, MessageKind.CARD_RECALLED))
    _put(tx, desk, Act.RECALL, person, card, owed, key, rule=due.term.rule)
    return card


def _destroy(tx: Transaction, desk: Desk, card: Card, key: str, *, turned_up: bool) -> Card:
    before = Life(card.life.state)
    lost = _lost_in_post(tx, card.id, before)
    if before not in TO_DESTROY:
        raise refused(Act.DESTROY, stands(card))
    if before is Life.TAKEN_BACK and card.social.state not in _OVER:
        raise refused(Act.DESTROY, _NOT_OVER)
    if lost and not turned_up:
        raise refused(Act.DESTROY, _LOST)
    person = persons.get(tx, card.person_id)
    card = cards.move(tx, card, Kind.LIFE, "destroy", Life.DESTROYED)
    destructions.add(tx, card.id, desk.operator, desk.second, before.value)
    owed: tuple[NewDuty, ...] = ()
    if before is not Life.WASTE and not lost:
        owed = (owing.report(CardEvent.DESTROYED, person, card, tx.at),)
    facts = {"was": before.value} | ({"turned_up": "parcel_lost"} if lost else {})
    _put(tx, desk, Act.DESTROY, person, card, owed, key, **facts)
    return card


def _lost_in_post(tx: Transaction, card_id: int, life: Life) -> bool:
    """Say whether the post lost it: nobody has it, and the city's right made another."""
    if life is not Life.RECALLED:
        return False
    parcel = parcels.last_of(tx, card_id)
    return parcel is not None and parcel.standing.state == ParcelState.LOST


def _put(
    tx: Transaction,
    desk: Desk,
    act: Act,
    person: Person,
    card: Card,
    owed: tuple[NewDuty, ...],
    key: str,
    **facts: str,
) -> None:
    beside.owe(tx, owed, key, person_id=person.id, card_id=card.id)
    beside.note(tx, desk, act, person_id=person.id, card_id=card.id, facts=facts)


def _line(
    tx: Transaction, kept: Kept, application: OpenApplication | None, calendar: WorkingDays
) -> InCustody:
    what, recall = COLLECT, None
    match kept.life:
        case Life.READY if application is not None:
            recall = recall_of(
                kept.life,
                application.financial or Financial.NONE,
                application.since,
                application.deceased,
                tx.at,
                calendar,
            )
            what = RECALL if recall is not None and recall.now else COLLECT
        case Life.HANDED_IN:
            what = DESTROY if kept.social in _NOT_GIVEN_BACK else GIVE_BACK
        case Life.TAKEN_BACK if kept.social not in _OVER:
            what = KEEP
        case Life.RECALLED | Life.TAKEN_BACK | Life.WASTE:
            what = DESTROY
    return InCustody(kept, what, recall)
