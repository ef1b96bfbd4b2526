"""Cancellation of all functions with the transit money 注销并退资 (S-CANCEL-ALL, Rules Art. 19).

At the issuing bank. The bank closes the account first: where it does not agree, by its own rules
(Rules Art. 20), nothing was done, and the social function alone may be cancelled. Then the transit
money comes off the chip and its purse is closed; where the card is dead or not there, clearing pays
what it finds, and the card is blocked (transit_money.py). Park passes were paid for and stay.

Wishes: payout (an account, not the one that is closed), payout_name (its holder), chip (dead or
absent, where the card cannot be read or was not brought), deceased_on (of kin).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.errors import PartyRefused, PartySaysNo, RequestWrong
from terminal.parties.card_management import CardEvent
from terminal.parties.clearing import BlockReason
from terminal.registry import cards, runs
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Public
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered import cancelling, delivery, owing, transit_money
from terminal.services.offered.answer import Line, line
from terminal.services.offered.desk import ChipDesk, Desk
from terminal.services.offered.request import Request
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Situation
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    card_line,
    financial_state,
    social_line,
)
from terminal.services.offered.transit_money import ABSENT, DEAD, Taken
from terminal.texts import Text

_PAYOUT = Text("退款账户", "the account for the refund")
_SAME = Text("这个账户将一并注销，请另指定一个", "it is the one that is closed: name another")
_ALL = Text("各项功能", "all functions")
_OPEN_PURSE = frozenset({Public.OFF, Public.ON})


def look(desk: Desk, situation: Situation) -> None:
    """Look at what lies on the desk; raises CardWanted, RequestWrong, OverdraftOwed."""
    cancelling.look(desk, situation)
    card, request = situation.some_card, situation.request
    account = request.wish("payout")
    transit_money.read_name(request, situation.some_person)
    if account and account == card.account:
        raise RequestWrong(item=_PAYOUT, detail=_SAME)
    if card.transit.state not in _OPEN_PURSE:
        return
    with desk.registry.reading() as tx:
        begun = runs.begun_with(tx, card.id) is not None
    transit_money.demand_card(desk.chip, card, request.wish("chip"), begun=begun)
    transit_money.demand_account(_chip(desk, request), card, account, desk.parties.clearing)


def act(run: Running) -> Mapping[str, Any]:
    """Have the bank close the account, then take the transit money off; raises PartySaysNo."""
    card = run.situation.some_card
    if _has_account(card):
        _close_account(run, card)
    if card.transit.state not in _OPEN_PURSE:
        return {}
    taken = transit_money.take_off(
        _chip(run.desk, run.request), run.part("refund"), run.part("close"), renewal=False
    )
    return {"taken": taken}


def record(run: Running, tx: Transaction) -> Recorded:
    """Cancel everything; raises RunOpen, MovedMeanwhile."""
    person = cancelling.note_death(run, tx)
    card = run.situation.some_card
    rest, owed_for_rest = cancelling.end_the_rest(run, tx, person, card)
    owed: list[NewDuty] = []
    if card.social.state not in cancelling.OVER:
        owed.append(owing.report(CardEvent.CANCELLED, person, card, tx.at))
    card = cancelling.end_social(run, tx, person, card)
    if card.financial.state in cancelling.HAS_ACCOUNT:
        card = cards.move(tx, card, Kind.FINANCIAL, "cancel", Financial.CANCELLED, run_id=run.id)
        delivery.forget_reminders(tx, card)
    lines = [card_line(card), social_line(card), line(FINANCIAL_FUNCTION, financial_state(card))]
    if "taken" in run.done:
        money, duties_of_money, card = _record_money(run, tx, card, run.done["taken"])
        lines.append(money)
        owed += duties_of_money
    owed += [*owed_for_rest, *cancelling.told(run, person, _ALL)]
    return Recorded(lines=(*lines, *rest), duties=tuple(owed), card=card)


def _close_account(run: Running, card: Card) -> None:
    parties = run.desk.parties
    try:
        parties.bank.cancel_account(run.part("cancel"), card.account or "")
    except PartyRefused as error:
        raise PartySaysNo(
            party=parties.counterparts["bank"].title,
            service=SERVICES[Service.CANCEL_ALL],
            detail=Text(error.cause("zh"), error.cause("en")),
        ) from error


def _record_money(
    run: Running, tx: Transaction, card: Card, taken: Taken
) -> tuple[Line, tuple[NewDuty, ...], Card]:
    if card.transit.state in _OPEN_PURSE:
        card = cards.move(tx, card, Kind.TRANSIT, "close", Public.CLOSED, run_id=run.id)
    absent = run.request.wish("chip") == ABSENT
    money, owed = transit_money.owed(
        taken,
        card,
        run.request.wish("payout"),
        transit_money.read_name(run.request, run.situation.some_person),
        BlockReason.CANCELLED if absent else BlockReason.DEAD,
    )
    return money, owed, card


def _has_account(card: Card) -> bool:
    return card.financial.state in cancelling.HAS_ACCOUNT and bool(card.account)


def _chip(desk: Desk, request: Request) -> ChipDesk | None:
    """Give the card on the desk; None where it is said to be dead or absent."""
    return None if request.wish("chip") in {DEAD, ABSENT} else desk.chip


WORK = Work(Service.CANCEL_ALL, record, ask=cancelling.ask, look=look, act=act)
