"""Top the transit purse up 充值 (S-TRANSIT-LOAD, R-NEW-OFF, Rules Art. 10).

The social function need not be on. The first top-up opens the transit function. What is paid and
what is loaded are one amount under one key each (money.py), however it is torn.
Wishes: ``fen``, ``method`` (cash or transfer).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.money import yuan
from terminal.registry import cards
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Public
from terminal.rules.vocabulary import Service
from terminal.services.offered import money
from terminal.services.offered.answer import line
from terminal.services.offered.desk import Desk
from terminal.services.offered.on_desk import chip_on, demand_chip
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Situation
from terminal.services.offered.slip_lines import card_line
from terminal.texts import Text

_LOADED = Text("充值", "top-up")
_BALANCE = Text("交通余额", "transit balance")
_YUAN = Text("{amount} 元", "{amount} yuan")
_FOR = Text("社会保障卡交通账户充值", "top-up of the transit purse")
LOAD = "load"


def look(desk: Desk, situation: Situation) -> None:
    """Demand the card, an amount, and a way to pay."""
    money.fen_of(situation.request)
    money.method_of(situation.request)
    demand_chip(desk, situation)


def act(run: Running) -> Mapping[str, Any]:
    """Load the card, a transfer being there before; gives the balance."""
    fen, method = money.fen_of(run.request), money.method_of(run.request)
    money.collect_first(run, method, fen, _FOR)
    return {"balance": chip_on(run.desk).load(run.part(LOAD), fen, method)}


def undo(run: Running) -> tuple[NewDuty, ...]:
    """Load nothing any more, and owe a transfer back."""
    money.give_up(run, LOAD)
    return money.paid_back(run, money.method_of(run.request), _FOR)


def record(run: Running, tx: Transaction) -> Recorded:
    """Open the function where it is the first top-up."""
    card = run.situation.some_card
    fen, method = money.fen_of(run.request), money.method_of(run.request)
    if card.transit.state == Public.OFF:
        card = cards.move(tx, card, Kind.TRANSIT, "open", Public.ON, run_id=run.id)
    balance = _YUAN.filled(amount=yuan(run.done["balance"]))
    return Recorded(
        lines=(card_line(card), money.money_line(_LOADED, fen, method), line(_BALANCE, balance)),
        duties=money.collected(method, fen, _FOR),
        facts={"fen": fen, "method": method.value},
        card=card,
    )


WORK = Work(Service.TRANSIT_LOAD, record, look=look, act=act, undo=undo)
