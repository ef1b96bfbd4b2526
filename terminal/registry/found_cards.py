"""Cards that somebody found and handed in: at which outlet they lie for their holders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from terminal.registry import cards
from terminal.registry.cards import Card
from terminal.registry.tables.cards import FOUND_CARD
from terminal.registry.transaction import Transaction
from terminal.rules.states import Life


@dataclass(frozen=True, slots=True)
class Kept:
    """Hold a card that lies at an outlet, since when."""

    card: Card
    outlet: str
    since: datetime


_ADD = insert(FOUND_CARD)
_OF_CARD = (
    select(FOUND_CARD.c.outlet)
    .where(FOUND_CARD.c.card_id == bindparam("card_id"))
    .order_by(FOUND_CARD.c.id.desc())
)
_AT = select(FOUND_CARD).where(FOUND_CARD.c.outlet == bindparam("outlet")).order_by(FOUND_CARD.c.id)


def add(tx: Transaction, card_id: int, outlet: str, operator: str) -> None:
    """Note where a card was handed in."""
    tx.run(_ADD, card_id=card_id, outlet=outlet, operator=operator, at=tx.at)


def outlet_of(tx: Transaction, card: Card) -> str | None:
    """Give the outlet at which a card lies, None where nobody handed it in."""
    if card.life.state != Life.HANDED_IN:
        return None
    row = tx.row(_OF_CARD, card_id=card.id)
    return None if row is None else str(row.outlet)


def kept(tx: Transaction, outlet: str) -> tuple[Kept, ...]:
    """Give the cards that lie at an outlet, the longest kept first."""
    last = {row.card_id: row.at for row in tx.rows(_AT, outlet=outlet)}
    found = (Kept(cards.get(tx, card_id), outlet, at) for card_id, at in last.items())
    return tuple(each for each in found if outlet_of(tx, each.card) == outlet)
