"""Refund the transit purse 退资 (S-TRANSIT-REFUND, Rules Art. 3(2)3).

Everything comes off the chip first, then it is owed to the holder. The card and its other functions
stay as they are, and the transit application is not closed: that is for renewal and cancellation.
Wish: ``method`` (cash or transfer).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.errors import NothingToRefund
from terminal.registry import cards
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Public
from terminal.rules.vocabulary import Service
from terminal.services.offered import money, owing
from terminal.services.offered.desk import Desk
from terminal.services.offered.on_desk import chip_on, demand_chip
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Situation
from terminal.services.offered.slip_lines import card_line
from terminal.texts import Text

_REFUNDED = Text("退资", "refund")
_FOR = Text("社会保障卡交通账户退资", "refund of the transit purse")
_EMPTY = Text("卡内没有可退的钱", "its balance is zero")
_GOES_ON = Text(
    "卡和其他功能照常使用，交通功能充值后仍可使用",
    "Card and other functions go on; transit is usable again after a top-up",
)
REFUND = "refund"


def look(desk: Desk, situation: Situation) -> None:
    """Demand the card and a way to pay."""
    money.method_of(situation.request)
    demand_chip(desk, situation)


def act(run: Running) -> Mapping[str, Any]:
    """Take everything off the card; raises NothingToRefund, TripUnfinished, OverdraftOwed."""
    fen = chip_on(run.desk).refund(run.part(REFUND), money.method_of(run.request))
    if fen == 0:
        raise NothingToRefund(detail=_EMPTY)
    return {"fen": fen}


def undo(run: Running) -> tuple[NewDuty, ...]:
    """Take nothing off any more."""
    money.give_up(run, REFUND)
    return ()


def record(run: Running, tx: Transaction) -> Recorded:
    """Owe the holder what was taken off."""
    card = run.situation.some_card
    fen, method = run.done["fen"], money.method_of(run.request)
    if card.transit.state == Public.OFF:
        # It was topped up where nobody told the registry: by the transit company's app.
        card = cards.move(tx, card, Kind.TRANSIT, "open", Public.ON, run_id=run.id)
    return Recorded(
        lines=(card_line(card), money.money_line(_REFUNDED, fen, method)),
        duties=(owing.pay_out(method, fen, _FOR),),
        tell=(_GOES_ON,),
        facts={"fen": fen, "method": method.value},
        card=card,
    )


WORK = Work(Service.TRANSIT_REFUND, record, look=look, act=act, undo=undo)
