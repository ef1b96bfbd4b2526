"""Sell a park pass 公园年票购买 (S-PARK-BUY, R-NEW-OFF, Rules Art. 11).

Who may have one, and that it is one a person a year, is the park system's to say. The first one
opens the park function; the social one need not be on. The pass is made valid apart.
Wishes: ``year``, ``type`` (1 unless said), ``method`` (cash or transfer).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from terminal.errors import RequestWrong
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
from terminal.services.offered.request import Request
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Situation
from terminal.services.offered.slip_lines import card_line
from terminal.texts import Text

_YEAR = re.compile(r"2[0-9]{3}")
_TYPE = re.compile(r"[1-9][0-9]{0,2}")
_MOST_TYPE = 254
_YEAR_ITEM = Text("年份（year）", "the year")
_YEAR_FORM = Text("应为四位年份，例如 2027", "it has four digits, such as 2027")
_TYPE_ITEM = Text("票种（type）", "the type of pass")
_TYPE_FORM = Text("应为 1 至 254 的数", "it is a number from 1 to 254")
_PASS = Text("公园年票", "park pass")
_PAID = Text("收款", "paid")
_FOR = Text("社会保障卡公园年票", "a park pass")
_ACTIVATE = Text("首次入园前须激活", "It is made valid before the first visit")
SALE = "sale"


def wanted(request: Request) -> tuple[int, int]:
    """Give year and type of the pass that is asked for; raises RequestWrong."""
    year, pass_type = request.wish("year"), request.wish("type") or "1"
    if _YEAR.fullmatch(year) is None:
        raise RequestWrong(item=_YEAR_ITEM, detail=_YEAR_FORM)
    if _TYPE.fullmatch(pass_type) is None or int(pass_type) > _MOST_TYPE:
        raise RequestWrong(item=_TYPE_ITEM, detail=_TYPE_FORM)
    return int(year), int(pass_type)


def look(desk: Desk, situation: Situation) -> None:
    """Demand the card, a pass that there may be, and a way to pay."""
    wanted(situation.request)
    money.method_of(situation.request)
    demand_chip(desk, situation)


def act(run: Running) -> Mapping[str, Any]:
    """Sell it, a transfer being there before; gives the price, and what the receipt says."""
    chip, part = chip_on(run.desk), run.part(SALE)
    (year, pass_type), method = wanted(run.request), money.method_of(run.request)
    fen = chip.pass_price(part, year, pass_type)
    money.collect_first(run, method, fen, _FOR)
    return {"fen": fen, "sold": chip.buy_pass(part, year, pass_type, method)}


def undo(run: Running) -> tuple[NewDuty, ...]:
    """Sell nothing any more, and owe a transfer back."""
    money.give_up(run, SALE)
    return money.paid_back(run, money.method_of(run.request), _FOR)


def record(run: Running, tx: Transaction) -> Recorded:
    """Open the function where it is the first pass."""
    card = run.situation.some_card
    fen, method = run.done["fen"], money.method_of(run.request)
    if card.park.state == Public.OFF:
        card = cards.move(tx, card, Kind.PARK, "open", Public.ON, run_id=run.id)
    year, pass_type = wanted(run.request)
    return Recorded(
        lines=(
            card_line(card),
            line(_PASS, run.done["sold"]),
            money.money_line(_PAID, fen, method),
        ),
        duties=money.collected(method, fen, _FOR),
        tell=(_ACTIVATE,),
        facts={"year": year, "type": pass_type, "fen": fen, "method": method.value},
        card=card,
    )


WORK = Work(Service.PARK_BUY, record, look=look, act=act, undo=undo)
