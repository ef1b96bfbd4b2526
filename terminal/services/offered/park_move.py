"""Move park passes to the new card (S-PARK-MOVE, R-RENEW-PARK, Rules Art. 16).

On the spot, where the new card is collected, by a record that names no card in between. Where the
old chip is dead the park system's record is the source. Wish: ``old_chip`` is "dead" then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.errors import ApplicationUnknown, CardWanted, PassNothingToMove
from terminal.registry import cards
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.documents import birth_date_of
from terminal.rules.states import Public
from terminal.rules.vocabulary import Service
from terminal.services.offered import money
from terminal.services.offered.answer import line
from terminal.services.offered.desk import Desk
from terminal.services.offered.on_desk import chip_on, demand_chip
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Situation, takes_back
from terminal.services.offered.slip_lines import card_line, shown_number
from terminal.texts import Text

DEAD = "dead"
MOVE = "move"
_OLD = Text("旧卡（卡号 {number}）", "the old card ({number})")
_NOT_THERE = Text(
    "转移要读写旧卡；芯片已坏的，请写明 old_chip=dead",
    "its passes are marked as moved; where its chip is dead say old_chip=dead",
)
_NO_OLD = Text("这项申请没有要交回的旧卡", "no old card is handed in for it")
_PASSES = Text("转入的公园年票", "passes moved")


def look(desk: Desk, situation: Situation) -> None:
    """Demand the new card, and the old one unless its chip is said to be dead."""
    demand_chip(desk, situation)
    old = _old_card(situation)
    chip = desk.old_chip
    if situation.request.wish("old_chip") != DEAD and (chip is None or chip.chip != old.chip):
        raise CardWanted(card=_OLD.filled(number=shown_number(old)), detail=_NOT_THERE)


def act(run: Running) -> Mapping[str, Any]:
    """Move what there is; raises PassNothingToMove where there is nothing."""
    new, part = chip_on(run.desk), run.part(MOVE)
    old_card = _old_card(run.situation)
    old = None if run.request.wish("old_chip") == DEAD else run.desk.old_chip
    years = new.move_passes(part, old, old_card.chip or "")
    if not years and (formerly := _formerly(run.situation.some_person)):
        years = new.move_passes(part, old, old_card.chip or "", formerly)
    if not years:
        raise PassNothingToMove
    return {"years": years}


def undo(run: Running) -> tuple[NewDuty, ...]:
    """Move nothing any more."""
    money.give_up(run, MOVE)
    return ()


def record(run: Running, tx: Transaction) -> Recorded:
    """Let the park function go over to the new card."""
    new = run.situation.some_card
    old = cards.get(tx, _old_card(run.situation).id)
    if new.park.state == Public.OFF:
        new = cards.move(tx, new, Kind.PARK, "open", Public.ON, run_id=run.id)
    if old.park.state in {Public.OFF, Public.ON}:
        cards.move(tx, old, Kind.PARK, "close", Public.CLOSED, run_id=run.id)
    years = tuple(map(str, run.done["years"]))
    return Recorded(
        lines=(card_line(new), line(_PASSES, Text(f"{'、'.join(years)} 年", ", ".join(years)))),
        facts={"years": " ".join(years)},
        card=new,
    )


def _old_card(situation: Situation) -> Card:
    """Give the card that is handed in; raises ApplicationUnknown where there is none."""
    old = takes_back(situation)
    if old is None:
        raise ApplicationUnknown(detail=_NO_OLD)
    return old


def _formerly(person: Person) -> str:
    """Give the citizen number that a person had before it was changed, empty where none."""
    for each in person.documents:
        number = each.number.reveal()
        if each.ended_at is not None and birth_date_of(number) is not None:
            return number
    return ""


WORK = Work(Service.PARK_MOVE, record, look=look, act=act, undo=undo)
