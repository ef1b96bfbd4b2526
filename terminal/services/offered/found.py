"""Found cards 拾获, and cards used by others: forged, borrowed, bought (R-OWN-USE).

A found card is kept for its holder, who is told; it is given back against a document, or destroyed
by two people after six months [own]. What two people see of a misuse goes to the authority's
integrity file 诚信档案, which we do not keep; the person or the card may be put on the blacklist,
and then a second person agrees wherever something is handed out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from terminal.errors import (
    CardUnknown,
    CustodyRefused,
    PersonUnknown,
    RequestDiffers,
    RequestWrong,
    RuleRefused,
)
from terminal.journal.model import shown_key
from terminal.masking import mask_number
from terminal.parties.card_management import CardEvent, IntegrityKind
from terminal.parties.messages import MessageKind
from terminal.registry import (
    cards,
    destructions,
    duties,
    found_cards,
    histories,
    pending,
    persons,
    watch,
)
from terminal.registry.cards import Card
from terminal.registry.found_cards import Kept
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.checks import ALIVE
from terminal.rules.states import LIFE, Life, Social
from terminal.rules.terms import Deadline, deadline, months
from terminal.services.acts import ACTS, Act
from terminal.services.offered import beside, owing
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Named
from terminal.texts import Text

KEPT_FOR = months(6)
"""How long a found card is kept [own], as long as one that nobody collects (R-UNCOLLECTED-6M)."""
LONGEST = 500
LONGEST_NUMBER = 32
_MOST_DUTIES = 2
_GIVE_BACK = "give_back"


class Matter(StrEnum):
    """What is told to the integrity file."""

    FORGED = "forged"
    BORROWED = "borrowed"
    BOUGHT = "bought"
    OTHER = "other"


MATTERS = {
    Matter.FORGED: Text("伪造", "forged"),
    Matter.BORROWED: Text("转借、冒用", "borrowed, used by another"),
    Matter.BOUGHT: Text("买卖", "bought or sold"),
    Matter.OTHER: Text("其他违规使用", "other misuse"),
}
_KINDS = {
    Matter.FORGED: IntegrityKind.FORGED,
    Matter.BORROWED: IntegrityKind.BORROWED,
    Matter.BOUGHT: IntegrityKind.TRADED,
    Matter.OTHER: IntegrityKind.MISUSED,
}


@dataclass(frozen=True, slots=True)
class Done:
    """Hold how a card stands after an act, until when it is kept, and what is not confirmed yet.

    One that is used no more is kept for nobody: two people destroy it when they like.
    """

    card: Card
    until: Deadline | None = None
    owed: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """Hold the number of a report to the integrity file, and what is not confirmed yet."""

    report: int
    owed: tuple[Text, ...] = ()


_NOT_KNOWN = Text(
    "登记库中没有这张卡；来历不明的，由两人上报",
    "the registry does not know it; one of unknown origin is reported by two people",
)
_STATE = Text("它现在的状态是“{state}”", 'it stands at "{state}"')
_NOT_KEPT_HERE = Text("它没有交存在本网点，而是在 {outlet}", "it is not kept here but at {outlet}")
_TOO_SOON = Text("要保管到 {deadline}", "it is kept until {deadline}")
_NOT_GIVEN_BACK = Text(
    "这张卡已补领、失效或注销，不再归还", "this card was replaced, has ended or was cancelled"
)
_DESTROYED_INSTEAD = Text(
    "请留存，由两人销毁；持卡人使用新卡", "Keep it: two people destroy it, the holder uses the new"
)
_FOUND = Text(
    "您的社会保障卡已有人拾到，交存在网点 {outlet}，请于 {day} 前（含当日）带身份证件领回。",
    "Your card was found: fetch it at outlet {outlet} by {day}.",
)
_DESTROYED = Text(
    "您被拾到的社会保障卡逾期无人领取，已经销毁。需要新卡的，请办理正式挂失后补领。",
    "Your found card was not fetched and is destroyed.",
)
_TOLD = Text("所见情况", "what was seen")
_NUMBER = Text("卡号", "the card's number")
_EMPTY = Text("没有填写", "there is nothing")
_LONG = Text("超过 {most} 个字", "it has more than {most} characters")
_NOBODY = Text("没有指明人或卡，不能列入关注名单", "neither person nor card is named to be listed")
_NO_ENTRY = Text("没有这个编号", "there is no such number")
_ENTRY = Text("关注名单编号", "the number on the blacklist")


def hand_in(desk: Desk, key: str, card_id: int | None = None) -> Done:
    """Take in a card that somebody found: the one on the reader, or one that is named.

    Its functions stay as they are; its holder is told where it lies, unless it is used no more.
    Raises CardUnknown, CustodyRefused for one that was not its holder's or lies at another outlet,
    MovedMeanwhile.
    """
    with desk.registry.writing() as tx:
        card = _card(tx, desk, card_id)
        if card.life.state != Life.HANDED_IN:
            if card.life.state != Life.HELD:
                raise _refused(Act.HAND_IN, _stands(card))
            card = cards.move(tx, card, Kind.LIFE, "find", Life.HANDED_IN)
            found_cards.add(tx, card.id, desk.outlet, desk.operator)
            person = persons.get(tx, card.person_id)
            if person.alive and not _useless(card):
                said = _FOUND.filled(outlet=desk.outlet, day=_until(card).day)
                told = owing.message(person, said, MessageKind.REMINDER)
                beside.owe(tx, told, key, person_id=person.id, card_id=card.id)
            beside.note(tx, desk, Act.HAND_IN, person_id=person.id, card_id=card.id)
        _demand_here(tx, desk, card, Act.HAND_IN)
    until = None if _useless(card) else _until(card)
    return Done(card, until, beside.deliver(desk, key, _MOST_DUTIES))


def give_back(desk: Desk, holder: Named, card_id: int) -> Done:
    """Give a found card back to its holder, who shows a document.

    Raises PersonUnknown, PersonDiffers, CardUnknown; SecondWanted where a name is in doubt or the
    blacklist has person or card; RuleRefused for a card that is used no more, or its holder dead;
    CustodyRefused for one that does not lie here; MovedMeanwhile.
    """
    with desk.registry.writing() as tx:
        situation = beside.situation_of(tx, desk, holder, card_id)
        card = situation.some_card
        if histories.history(tx, card.life.thing_id)[-1].move == _GIVE_BACK:
            return Done(card)
        _demand_here(tx, desk, card, Act.GIVE_BACK)
        _demand_in_use(card, alive=situation.some_person.alive)
        beside.demand_agreed(desk, Act.GIVE_BACK, situation)
        card = cards.move(tx, card, Kind.LIFE, _GIVE_BACK, Life.HELD)
        beside.note(tx, desk, Act.GIVE_BACK, person_id=card.person_id, card_id=card.id)
    return Done(card)


def destroy(desk: Desk, key: str, card_id: int) -> Done:
    """Destroy a found card that nobody fetched, or that is used no more; two people, with grounds.

    What its functions are stays as it is: its holder reports the loss and has it replaced. Raises
    SecondPersonNeeded, CardUnknown, CustodyRefused before its day or elsewhere, MovedMeanwhile.
    """
    beside.demand_two_with_grounds(desk)
    with desk.registry.writing() as tx:
        card = _card(tx, desk, card_id)
        if card.life.state != Life.DESTROYED:
            _demand_here(tx, desk, card, Act.DESTROY_FOUND)
            until = _until(card)
            if not _useless(card) and not until.passed(tx.at):
                raise _refused(Act.DESTROY_FOUND, _TOO_SOON.filled(deadline=until.text))
            card = cards.move(tx, card, Kind.LIFE, "take_back", Life.TAKEN_BACK)
            card = cards.move(tx, card, Kind.LIFE, "destroy", Life.DESTROYED)
            destructions.add(tx, card.id, desk.operator, desk.second, Life.HANDED_IN.value)
            pending.drop_all(tx, card.id, run_id=None)
            person = persons.get(tx, card.person_id)
            owed = [owing.report(CardEvent.DESTROYED, person, card, tx.at)]
            if not _useless(card):
                owed += owing.message(person, _DESTROYED, MessageKind.CARD_RECALLED)
            beside.owe(tx, owed, key, person_id=person.id, card_id=card.id)
            beside.note(tx, desk, Act.DESTROY_FOUND, person_id=person.id, card_id=card.id)
    return Done(card, owed=beside.deliver(desk, key, _MOST_DUTIES))


def kept_here(desk: Desk) -> tuple[Kept, ...]:
    """Give the found cards that lie at this outlet, the longest kept first."""
    with desk.registry.reading() as tx:
        return found_cards.kept(tx, desk.outlet)


def kept_until(kept: Kept) -> Deadline:
    """Say until when a found card is kept."""
    return _until(kept.card)


def report(
    desk: Desk,
    key: str,
    matter: Matter,
    told: str,
    *,
    card_id: int | None = None,
    person_id: int | None = None,
    card_number: str = "",
    blacklist: bool = False,
) -> Reported:
    """Put a misuse on record and pass it on to the integrity file; two people, with grounds.

    ``told`` is what they saw; a card that the registry does not know is named by its number.
    ``blacklist`` lists the card, or where none is known the person. Raises SecondPersonNeeded,
    RequestWrong, RequestDiffers, CardUnknown, PersonUnknown.
    """
    beside.demand_two_with_grounds(desk)
    told, card_number = told.strip(), card_number.strip()
    if not told:
        raise RequestWrong(item=_TOLD, detail=_EMPTY)
    for item, text, most in ((_TOLD, told, LONGEST), (_NUMBER, card_number, LONGEST_NUMBER)):
        if len(text) > most:
            raise RequestWrong(item=item, detail=_LONG.filled(most=most))
    with desk.registry.writing() as tx:
        known = duties.by_key(tx, beside.part(key, 1))
        if known is None:
            number = _report(tx, desk, key, matter, told, card_id, person_id, card_number)
            if blacklist:
                _list(tx, desk, card_id, person_id)
        elif _said(known.arguments) != (_KINDS[matter].value, told):
            raise RequestDiffers(key=shown_key(key))
        else:
            number = int(known.arguments["report"])
    return Reported(number, beside.deliver(desk, key, _MOST_DUTIES))


def blacklist(desk: Desk) -> tuple[watch.Listed, ...]:
    """Give whom and which cards the blacklist has, by their numbers here, and why."""
    with desk.registry.reading() as tx:
        return watch.listed(tx)


def take_off(desk: Desk, entry_id: int) -> None:
    """Take a person or card off the blacklist; two people, with grounds.

    Raises SecondPersonNeeded, RequestWrong where there is no such entry, or it is off already.
    """
    beside.demand_two_with_grounds(desk)
    with desk.registry.writing() as tx:
        entry = next((each for each in watch.listed(tx) if each.id == entry_id), None)
        if entry is None:
            raise RequestWrong(item=_ENTRY, detail=_NO_ENTRY)
        watch.take_off(tx, entry_id)
        beside.note(
            tx,
            desk,
            Act.BLACKLIST_OFF,
            person_id=entry.person_id,
            card_id=entry.card_id,
            facts={"entry": entry_id},
        )


def _report(
    tx: Transaction,
    desk: Desk,
    key: str,
    matter: Matter,
    told: str,
    card_id: int | None,
    person_id: int | None,
    card_number: str,
) -> int:
    card = None if card_id is None else _card(tx, desk, card_id)
    person = None if person_id is None else _person(tx, person_id)
    number = watch.report(
        tx,
        matter.value,
        told,
        desk.operator,
        desk.second,
        card_id=card_id,
        person_id=person_id,
    )
    shown = (card.number if card is not None else None) or card_number
    whose = "" if person is None else person.document.number.reveal()
    owed = owing.integrity(_KINDS[matter], number, shown, whose, told, tx.at)
    beside.owe(tx, [owed], key, person_id=person_id, card_id=card_id)
    facts = {"matter": matter.value, "report": number, "card": mask_number(shown)}
    beside.note(tx, desk, Act.INTEGRITY, person_id=person_id, card_id=card_id, facts=facts)
    return number


def _said(arguments: Mapping[str, Any]) -> tuple[object, object]:
    """Give what an obligation says of a misuse, nothing where it is about something else."""
    return arguments.get("kind"), arguments.get("what")


def _list(tx: Transaction, desk: Desk, card_id: int | None, person_id: int | None) -> None:
    if card_id is not None:
        watch.put_on(tx, desk.reason, card_id=card_id)
    elif person_id is not None:
        watch.put_on(tx, desk.reason, person_id=person_id)
    else:
        raise RequestWrong(item=ACTS[Act.INTEGRITY], detail=_NOBODY)


def _card(tx: Transaction, desk: Desk, card_id: int | None) -> Card:
    """Find a card by its number here, or on the reader; raises CardUnknown."""
    found = None
    if card_id is not None:
        try:
            found = cards.get(tx, card_id)
        except KeyError:
            found = None
    elif desk.chip is not None and desk.chip.chip:
        found = cards.by_chip(tx, desk.chip.chip)
    if found is None:
        raise CardUnknown(detail=_NOT_KNOWN)
    return found


def _person(tx: Transaction, person_id: int) -> Person:
    try:
        return persons.get(tx, person_id)
    except KeyError as error:
        raise PersonUnknown from error


def _demand_here(tx: Transaction, desk: Desk, card: Card, act: Act) -> None:
    outlet = found_cards.outlet_of(tx, card)
    if outlet is None:
        raise _refused(act, _stands(card))
    if outlet != desk.outlet:
        raise _refused(act, _NOT_KEPT_HERE.filled(outlet=outlet))


def _demand_in_use(card: Card, *, alive: bool) -> None:
    if not alive:
        why, instead = ALIVE.why, ALIVE.instead
    elif _useless(card):
        why, instead = _NOT_GIVEN_BACK, _DESTROYED_INSTEAD
    else:
        return
    raise RuleRefused(service=ACTS[Act.GIVE_BACK], reasons=why, instead=instead)


def _useless(card: Card) -> bool:
    return card.over or card.social.state == Social.REPLACED


def _until(card: Card) -> Deadline:
    return deadline(card.life.since, KEPT_FOR)


def _stands(card: Card) -> Text:
    return _STATE.filled(state=LIFE[Life(card.life.state)])


def _refused(act: Act, why: Text) -> CustodyRefused:
    return CustodyRefused(act=ACTS[act], detail=why)
