"""Collection 领取 (S-COLLECT, Rules Art. 7): the made card is handed over; nothing is on yet.

At the chosen bank's outlet, against the identity document. The first service PIN is set at the pad
where the chip lies on the desk (R-NEW-OFF and the digest's PIN column; the holder may decline by
the cancel key and have it set later).

At renewal the old card is handed in on the spot (R-OLD-DESTROY, Rules Art. 16): its passes move to
the new card (R-RENEW-PARK), its transit money goes to the account that the holder names
(R-RENEW-MONEY, transit_money.py). Its social and financial functions stay as they are until the
new card is enabled (R-OLD-UNTIL-NEW); its emptied purse is closed, for the card is kept [own].
For a lost card no money and no pass is promised (Rules Art. 15).

That it was taken back is put on record before its money is touched, by itself: from then on a
repetition goes on with it, whatever is reported of the card meanwhile.

Wishes: payout (the account, where none was named at the application), payout_name (its holder,
where that is somebody else), old_chip (dead, where the old chip cannot be read).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from terminal.errors import (
    CardWanted,
    IntentionOver,
    PinAlreadySet,
    PinCancelled,
    RequestWrong,
    RunNotLeft,
)
from terminal.journal.model import shown_key
from terminal.money import yuan
from terminal.parties.card_management import CardEvent
from terminal.parties.clearing import BlockReason
from terminal.parties.messages import MessageKind
from terminal.registry import applications, cards, pending, runs
from terminal.registry.applications import Sort
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Life, Progress, Public
from terminal.rules.tellings import NO_MONEY_OF_LOST
from terminal.rules.vocabulary import Service
from terminal.services.offered import owing, rights, transit_money
from terminal.services.offered.answer import Line, line
from terminal.services.offered.desk import ChipDesk, Desk
from terminal.services.offered.request import Request
from terminal.services.offered.running import Recorded, Running, Work, demand_idle
from terminal.services.offered.situation import Situation, takes_back
from terminal.services.offered.slip_lines import card_line, shown_number
from terminal.services.offered.transit_money import DEAD, Taken
from terminal.texts import Text

_NEW_CARD = Text("要领取的新卡（{number}）", "the new card ({number})")
_NOT_THERE = Text(
    "换领须把公园年票写入新卡，新卡没有放在读卡器上",
    "passes are written on the new card, which does not lie on the reader",
)
_ANOTHER = Text("读卡器上放的是另一张卡", "another card lies on the reader")
_NEW_ITEM = Text("新卡", "the new card")
_DUD = Text(
    "新卡的芯片不能读写，不要发放；请作废卡处理并重新制作",
    "its chip does not work: do not hand it over, have it made anew",
)
_OTHER_CARD_NUMBER = Text(
    "芯片上的卡号与登记的不同，不要发放；请核对制卡记录，作废卡处理",
    "chip and registry have different card numbers: do not hand it over, look into its making",
)
_PIN = Text("服务密码", "service PIN")
_PIN_SET = Text("已由本人设置", "set by the holder")
_PIN_THERE = Text(
    "卡上已有服务密码；持卡人不知道的，可凭证件和卡重置",
    "there is one on the chip; a holder who does not know it has it reset, with document and card",
)
_PIN_LATER = Text("未设置，可随时凭证件和卡设置", "not set: at any time, with document and card")
_OLD = Text("旧卡", "old card")
_OLD_TAKEN = Text(
    "{number} 已收回，将由两人销毁；启用新卡以前其社会保障功能不变",
    "{number} taken back, to be destroyed; its functions stay until the new card is enabled",
)
_PASSES = Text("公园年票", "park passes")
_MOVED = Text("已转移到新卡：{years} 年", "moved to the new card: {years}")
_NO_PASSES = Text("没有可转移的年票", "none to move")
_BEGUN = Text(
    "旧卡的余额或年票已经转出，或不知是否已经转出",
    "money or passes have left the old card, or nobody can tell yet",
)
_MONEY_GOES = Text(
    "您旧社会保障卡的交通余额 {amount} 元已退至您指定的账户，到账以银行为准。",
    "The transit balance of your old card, {amount} yuan, goes to the account that you named.",
)


def look(desk: Desk, situation: Situation) -> None:
    """Look at what lies on the desk; raises CardWanted, RequestWrong, OverdraftOwed, RunOpen."""
    card, chip, old = situation.some_card, desk.chip, takes_back(situation)
    wanted = _NEW_CARD.filled(number=shown_number(card))
    with desk.registry.reading() as tx:
        begun = runs.begun_with(tx, card.id) is not None
        if old is not None:
            demand_idle(tx, old.id)
    if chip is None and old is not None:
        raise CardWanted(card=wanted, detail=_NOT_THERE)
    if chip is not None and not chip.readable and not begun:
        raise RequestWrong(item=_NEW_ITEM, detail=_DUD)
    if chip is not None and chip.chip and chip.chip.upper() != card.chip:
        raise CardWanted(card=wanted, detail=_ANOTHER)
    if chip is not None and chip.number and card.number and chip.number != card.number:
        raise RequestWrong(item=_NEW_ITEM, detail=_OTHER_CARD_NUMBER)
    if old is None:
        return
    transit_money.read_name(situation.request, situation.some_person)
    said = situation.request.wish("old_chip")
    transit_money.demand_card(desk.old_chip, old, said, begun=begun)
    transit_money.demand_account(desk.old_chip, old, _account(situation), desk.parties.clearing)


def act(run: Running) -> Mapping[str, Any]:
    """Empty the old card into the new one and the account, have the first PIN set."""
    done: dict[str, Any] = {}
    old = takes_back(run.situation)
    if old is not None:
        # The passes first: where the park system is down nothing has been touched yet.
        years = _passes(run, old)
        _take_back(run, old)
        taken = transit_money.take_off(
            _old_chip(run.desk, run.request),
            run.part("refund"),
            run.part("close"),
            renewal=True,
        )
        done = {"old": old.id, "years": years, "taken": taken}
    return done | {"had_pin": _has_pin(run), "pin": _pin(run)}


def _passes(run: Running, old: Card) -> tuple[int, ...]:
    """Move the passes, and give their years."""
    new = run.desk.chip
    if new is None:
        wanted = _NEW_CARD.filled(number=shown_number(run.situation.some_card))
        raise CardWanted(card=wanted, detail=_NOT_THERE)
    chip = _old_chip(run.desk, run.request)
    works = chip is not None and chip.readable
    try:
        return new.move_passes(
            run.part("passes"), chip if works else None, old.chip or "", _formerly(run, chip)
        )
    except IntentionOver:
        if old.life.state != Life.TAKEN_BACK:
            raise
        return ()  # There were none, which was seen before the card was taken back.


def _formerly(run: Running, chip: ChipDesk | None) -> str:
    """Give the holder's number before this renewal changed it, empty where it did not."""
    person, application = run.situation.some_person, run.situation.some_application
    number = person.document.number.reveal()
    if chip is not None and chip.readable and chip.holder_number:
        return chip.holder_number if chip.holder_number != number else ""
    for each in person.documents:
        if each.ended_at is not None and each.ended_at >= application.applied_at:
            return each.number.reveal()
    return ""


def _take_back(run: Running, old: Card) -> None:
    """Put it on record that the old card was handed in, before its money is touched."""
    with run.desk.registry.writing() as tx:
        old = cards.get(tx, old.id)
        if old.life.state == Life.TAKEN_BACK:
            return
        demand_idle(tx, old.id)
        cards.move(tx, old, Kind.LIFE, "take_back", Life.TAKEN_BACK, run_id=run.id)
        account = _account(run.situation)
        if account:
            applications.name_payout(tx, run.situation.some_application, account)


def _old_chip(desk: Desk, request: Request) -> ChipDesk | None:
    """Give the old card on the desk; None where its chip is said to be dead."""
    return None if request.wish("old_chip") == DEAD else desk.old_chip


def _pin(run: Running) -> bool | None:
    """Have the first PIN set; None where no chip lies there, False where the holder declines.

    A new chip that died on the way is handed over all the same: what was on the old one is gone
    from it, and the new one is renewed on the second ground.
    """
    chip = run.desk.chip
    if chip is None or not chip.readable:
        return None
    if _has_pin(run):
        return True
    try:
        with contextlib.suppress(PinAlreadySet):  # before a crash
            chip.set_pin()
    except PinCancelled:
        return False
    return True


def _has_pin(run: Running) -> bool:
    """Say whether the chip has a service PIN already: from its making, or from before a crash."""
    chip = run.desk.chip
    known = run.situation.some_card.pin_set is True
    return known or (chip is not None and chip.pin_set is True)


def undo(run: Running) -> tuple[NewDuty, ...]:
    """Let nothing more happen to the old card, and hand it back; raises RunNotLeft.

    In the order in which it is done: what has happened stops it before anything else is given up,
    and then the run can still go on.
    """
    old = takes_back(run.situation)
    if old is None:
        return ()
    with run.desk.registry.reading() as tx:
        old = cards.get(tx, old.id)
    _give_up(run, run.desk.chip, "passes")
    if old.life.state != Life.TAKEN_BACK:
        return ()
    if run.request.wish("old_chip") != DEAD:
        _give_up(run, run.desk.old_chip, "refund")
        _give_up(run, run.desk.old_chip, "close")
    with run.desk.registry.writing() as tx:
        cards.move(tx, cards.get(tx, old.id), Kind.LIFE, "hand_back", Life.HELD, run_id=run.id)
    return ()


def _give_up(run: Running, chip: ChipDesk | None, name: str) -> None:
    if chip is None or not chip.give_up(run.part(name)):
        raise RunNotLeft(key=shown_key(run.key), detail=_BEGUN)


def record(run: Running, tx: Transaction) -> Recorded:
    """Hand the card over; raises MovedMeanwhile."""
    person, card = run.situation.some_person, run.situation.some_card
    application = run.situation.some_application
    lines: list[Line] = []
    owed: list[NewDuty] = []
    card = cards.move(tx, card, Kind.LIFE, "hand_over", Life.HELD, run_id=run.id)
    owed.append(
        owing.report(CardEvent.HANDED_OVER, person, card, tx.at, rights.key_of(tx, application))
    )
    lines.append(card_line(card))
    pin = run.done["pin"]
    if pin:
        _note_pin(run, tx, card)
    if pin is not None:
        was_there = _PIN_THERE if run.done.get("had_pin") else _PIN_SET
        lines.append(line(_PIN, was_there if pin else _PIN_LATER))
    if "old" in run.done:
        more, duties, card = _record_old(run, tx, card, cards.get(tx, run.done["old"]))
        lines += more
        owed += duties
    applications.move(tx, application, "hand_over", Progress.HANDED_OVER, run_id=run.id)
    return Recorded(
        lines=tuple(lines),
        duties=tuple(owed),
        tell=(NO_MONEY_OF_LOST.why,) if application.sort is Sort.REPLACE else (),
        facts={"application": application.id},
        card=card,
    )


def _note_pin(run: Running, tx: Transaction, card: Card) -> None:
    cards.note_pin(tx, card, is_set=True)
    for change in pending.waiting(tx, card.id):
        if change.what in pending.PINS:
            pending.settle(tx, change, run_id=run.id)


def _record_old(
    run: Running, tx: Transaction, card: Card, old: Card
) -> tuple[list[Line], list[NewDuty], Card]:
    """Put on record what became of the old card's money and passes."""
    person = run.situation.some_person
    taken: Taken = run.done["taken"]
    years: tuple[int, ...] = run.done["years"]
    if years:
        if card.park.state == Public.OFF:
            card = cards.move(tx, card, Kind.PARK, "open", Public.ON, run_id=run.id)
        old = _closed(run, tx, old, Kind.PARK)
    old = _closed(run, tx, old, Kind.TRANSIT)
    money, duties = transit_money.owed(
        taken,
        old,
        _account(run.situation),
        transit_money.read_name(run.request, person),
        BlockReason.DEAD,
    )
    said = _MOVED.filled(years="、".join(map(str, years))) if years else _NO_PASSES
    lines = [
        line(_OLD, _OLD_TAKEN.filled(number=shown_number(old))),
        money,
        line(_PASSES, said),
    ]
    owed = list(duties)
    if taken.fen:
        told = _MONEY_GOES.filled(amount=yuan(taken.fen))
        owed += owing.message(person, told, MessageKind.MONEY)
    return lines, owed, card


def _closed(run: Running, tx: Transaction, card: Card, what: Kind) -> Card:
    if getattr(card, what.value).state not in {Public.OFF, Public.ON}:
        return card
    return cards.move(tx, card, what, "close", Public.CLOSED, run_id=run.id)


def _account(situation: Situation) -> str:
    """Give the account that the holder names now, or named when applying."""
    application = situation.application
    named = application.payout if application is not None else ""
    return situation.request.wish("payout") or named or ""


WORK = Work(Service.COLLECT, record, look=look, act=act, undo=undo)
