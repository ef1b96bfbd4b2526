"""The card that has to lie on the desk for a service: it is there, and it is the right one."""

from __future__ import annotations

from terminal.errors import CardWanted
from terminal.rules.vocabulary import Channel
from terminal.services.offered.desk import ChipDesk, Desk
from terminal.services.offered.situation import Situation
from terminal.services.offered.slip_lines import shown_number
from terminal.texts import Text

_CARD = Text("卡号为 {number} 的卡", "the card {number}")
_NOT_THERE = Text("读卡器上没有卡", "no card lies on the reader")
_ANOTHER = Text("读卡器上放的是另一张卡", "another card lies on the reader")
ANY_CARD = Text("持卡人的社会保障卡", "the holder's social security card")


def online(desk: Desk) -> bool:
    """Say whether it is asked for where no card can be laid on."""
    return desk.where.channel is Channel.ONLINE


def demand_chip(desk: Desk, situation: Situation) -> None:
    """Demand the card that is meant on the desk; raises CardWanted."""
    chip, card = chip_on(desk), situation.some_card
    if chip.chip and chip.chip.upper() != card.chip:
        raise CardWanted(card=_CARD.filled(number=shown_number(card)), detail=_ANOTHER)


def demand_chip_unless_online(desk: Desk, situation: Situation) -> None:
    """Demand it where there is a desk: online it is settled at the next contact (R-PENDING)."""
    if not online(desk):
        demand_chip(desk, situation)


def chip_on(desk: Desk) -> ChipDesk:
    """Give the card on the desk; raises CardWanted where none lies there."""
    if desk.chip is None:
        raise CardWanted(card=ANY_CARD, detail=_NOT_THERE)
    return desk.chip
