"""A plain T-Union card 交通联合: the transit application without a social security card around it.

Reference transit-purse.md §1.2. It stands in the payment directory, by which phones find it.
"""

from __future__ import annotations

from apdu import tlv
from card_profiles import transit
from card_profiles.development_keys import RootOf, uniform
from emulator.card_os import Habits
from emulator.facts import TransitFacts
from emulator.memory import Memory
from emulator.purse_card import PurseCard
from emulator.randomness import Randomness
from emulator.transit import TransitApplet
from emulator.transit_personalise import personalise_transit

NAME = "transit"
DIRECTORY = b"2PAY.SYS.DDF01"


class TransitCard(PurseCard):
    """A plain T-Union card; ``purse`` is its application."""

    def __init__(
        self,
        memory: Memory,
        *,
        randomness: Randomness | None = None,
        habits: Habits | None = None,
    ) -> None:
        habits = habits or Habits()
        self.purse = TransitApplet(memory, randomness, habits.purse)
        master = self.above(memory, randomness, habits)
        super().__init__(
            memory, (master, self.purse), directories={DIRECTORY: _entry()}, habits=habits
        )

    @classmethod
    def new(
        cls,
        facts: TransitFacts,
        *,
        root_of: RootOf = uniform,
        randomness: Randomness | None = None,
        habits: Habits | None = None,
    ) -> TransitCard:
        """Make a card; raises LayoutError where a fact does not fit."""
        habits = habits or Habits()
        memory = Memory(personalise_transit(facts, root_of, habits.purse))
        return cls(memory, randomness=randomness, habits=habits)


def _entry() -> bytes:
    entry = tlv.build(
        0x61,
        [
            tlv.build(0x4F, transit.AID),
            tlv.build(0x50, transit.LABEL.encode()),
            tlv.build(0x87, b"\1"),
        ],
    )
    issuer = tlv.build(0xA5, [tlv.build(0xBF0C, [entry])])
    return tlv.build(0x6F, [tlv.build(0x84, DIRECTORY), issuer]).encode()
