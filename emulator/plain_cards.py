"""Cards that are nothing but purses, by name: no social security, one side, no image."""

from __future__ import annotations

from dataclasses import replace

from card_profiles.development_keys import RootOf, uniform
from emulator import beijing_old, transit_card
from emulator.beijing_old import BeijingOldCard, made_up_old_facts
from emulator.card_os import Habits
from emulator.facts import made_up_transit
from emulator.purse_card import PurseCard
from emulator.randomness import Randomness
from emulator.transit_card import TransitCard

NAMES = (transit_card.NAME, beijing_old.NAME)


def new_plain_card(
    name: str,
    seed: int,
    balance: int,
    *,
    root_of: RootOf = uniform,
    randomness: Randomness | None = None,
    habits: Habits | None = None,
) -> PurseCard:
    """Make the card of a profile in :data:`NAMES`; ``balance`` in fen, KeyError on other names."""
    if name not in NAMES:
        raise KeyError(name)
    if name == beijing_old.NAME:
        return BeijingOldCard.new(
            made_up_old_facts(seed, balance), root_of=root_of, randomness=randomness, habits=habits
        )
    facts = replace(made_up_transit(seed), balance=balance)
    return TransitCard.new(facts, root_of=root_of, randomness=randomness, habits=habits)
