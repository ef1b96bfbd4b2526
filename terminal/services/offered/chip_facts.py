"""What a card that was issued elsewhere, or long ago, says of itself, to be put on record."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import date

from terminal.cards.bank import BankApplication
from terminal.cards.social_security import SocialSecurityCard
from terminal.cards.transit import TransitCard
from terminal.errors import DataDamaged, GuitaiError, KeyMissing
from terminal.rules.vocabulary import Generation
from terminal.services.offered.slot import Slot
from terminal.texts import Text

_GENERATIONS = {1: Generation.FIRST, 2: Generation.SECOND, 3: Generation.THIRD}
_CARD_ID = Text("卡识别码", "card id")


@dataclass(frozen=True, slots=True)
class ChipFacts:
    """Hold what a chip says of its card and its holder; empty where it does not."""

    chip: str
    generation: Generation
    number: str = field(repr=False)
    region: str
    name: str = field(default="", repr=False)
    holder_number: str = field(default="", repr=False)
    transit_number: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    issued_on: date | None = None


def read_chip(slot: Slot) -> ChipFacts:
    """Read the card in a reader.

    Raises NoCard, NotSocialSecurity, DataDamaged where it does not say which card it is, and what
    reader, card and the counter's keys raise.
    """
    return slot.visit().run(_read)


def _read(card: SocialSecurityCard) -> ChipFacts:
    data = card.identify()
    if not data.card_id_bytes:
        raise DataDamaged(item=_CARD_ID, detail="tag 01")
    name = holder_number = transit_number = account = ""
    # A counter without the key sees the card all the same; two people compare the rest.
    with contextlib.suppress(KeyMissing):
        holder = card.holder()
        name = holder.name.reveal() if holder.name else ""
        holder_number = (
            holder.social_security_number.reveal() if holder.social_security_number else ""
        )
    generation = _GENERATIONS[card.generation]
    if generation is Generation.THIRD:
        # Last, for another application makes the card forget what was proved.
        with contextlib.suppress(GuitaiError):
            transit_number = TransitCard(card.elsewhere()).identify().serial
        with contextlib.suppress(GuitaiError):
            account = BankApplication(card.elsewhere()).read().account_number.reveal()
    return ChipFacts(
        chip=data.card_id_bytes.hex().upper(),
        generation=generation,
        number=data.card_number.reveal() if data.card_number else "",
        region=data.region or "",
        name=name,
        holder_number=holder_number,
        transit_number=transit_number,
        account=account,
        issued_on=data.issue_date,
    )
