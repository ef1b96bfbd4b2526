"""Who a card on the desk says it is, read once when it is laid on; a dead chip says nothing."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from terminal.cards.pin import PinState
from terminal.errors import (
    CardBabbles,
    CardBlocked,
    CardMute,
    CardRefused,
    DataDamaged,
    GuitaiError,
    KeyMissing,
)
from terminal.services.offered.slot import Slot
from terminal.services.service_pin import PinDesk
from terminal.services.transit_visit import chip_of
from terminal.services.visit import Visit
from terminal.texts import Text

DEAD = (CardMute, CardBabbles, CardBlocked, CardRefused, DataDamaged)
"""What a chip does that cannot be read: the second ground of renewal (Rules Art. 16)."""
_CARD_ID = Text("卡识别码", "card id")
_PIN_SET = {PinState.SET: True, PinState.BLOCKED: True, PinState.NOT_SET: False}


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold what a card says of itself, empty where its chip does not say it.

    ``historical`` names the chip on both sides of it; ``pin_set`` is None where it does not tell;
    ``trouble`` is why it cannot be read.
    """

    chip: str = ""
    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    holder: str = field(default="", repr=False)
    historical: str = ""
    pin_set: bool | None = None
    trouble: GuitaiError | None = None


def identify(slot: Slot) -> Identity:
    """Read what a card says of itself and of its holder, as far as it can be read.

    Raises NoCard, NotSocialSecurity, and what the reader and the counter's keys raise.
    """
    try:
        visit = slot.visit()
        card = visit.run(lambda each: each.identify())
    except DEAD as error:
        return Identity(trouble=error)
    chip = card.card_id_bytes.hex().upper()
    number = card.card_number.reveal() if card.card_number else ""
    historical = chip_of(visit.card.connection.atr)
    if not chip:
        damaged = DataDamaged(item=_CARD_ID, detail="tag 01")
        return Identity("", number, historical=historical, trouble=damaged)
    name, holder, trouble = _holder(visit)
    pin_set = None
    with contextlib.suppress(GuitaiError):
        # Told by what the chip answers to a question that spends no try.
        state = PinDesk(visit, slot.tools.open_entry).status().status.state
        pin_set = _PIN_SET.get(state)
    return Identity(chip, number, name, holder, historical, pin_set, trouble)


def _holder(visit: Visit) -> tuple[str, str, GuitaiError | None]:
    """Read name and number of the holder, empty where nobody here may or the chip is damaged.

    A counter without the key still serves the card that the registry knows.
    """
    try:
        holder = visit.run(lambda each: each.holder())
    except KeyMissing:
        return "", "", None
    except DEAD as error:
        return "", "", error
    number = holder.social_security_number
    return (
        holder.name.reveal() if holder.name else "",
        number.reveal() if number else "",
        None,
    )
