"""Beijing's older transit card 市政交通一卡通: files in the MF, the purse in DF 1001.

Reference transit-purse.md §1.1, §2.8. Its keys come from the transit roots by the card number
alone (project-defined: the real ones are not public).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from apdu.purse import Purse
from card_profiles import beijing_old as layout
from card_profiles.development_keys import RootOf, uniform
from emulator.card_os import Habits
from emulator.memory import Memory
from emulator.purse_card import PurseCard
from emulator.purse_state import Account, account_cells, file_cell
from emulator.randomness import Randomness
from emulator.transit import TransitApplet
from emulator.transit_personalise import pin_cells, purse_keys

NAME = "beijing-old"
_RANGE = "1000751599"
"""Made-up card numbers begin so."""


@dataclass(frozen=True, slots=True)
class BeijingOldFacts:
    """Hold what makes one older card; money is in fen.

    ``number`` are 16 digits. ``debt`` is what readers take off the balance, None for nothing.
    """

    number: str
    start_date: date = date(2018, 4, 10)
    expiry_date: date = date(2040, 12, 31)
    kind: int = 1
    state: int = layout.IN_ORDER
    version: str = "0030"
    blacklist: int = 0
    uses: int = 0
    debt: int | None = None
    balance: int = 0
    pin: str | None = "123456"


def made_up_old_facts(seed: int, balance: int = 0) -> BeijingOldFacts:
    """Make up a card; the same seed gives the same one."""
    dice = random.Random(f"older transit {seed}")  # noqa: S311  nothing is kept secret by it
    return BeijingOldFacts(_RANGE + "".join(dice.choices("0123456789", k=6)), balance=balance)


class BeijingOldCard(PurseCard):
    """An older Beijing card; ``purse`` is its application 1001."""

    def __init__(
        self,
        memory: Memory,
        *,
        randomness: Randomness | None = None,
        habits: Habits | None = None,
    ) -> None:
        habits = habits or Habits()
        master = self.above(memory, randomness, habits, layout.MASTER)
        self.purse = TransitApplet(
            memory, randomness, habits.purse, layout.PURSE, layout.PURSE_NAME
        )
        super().__init__(memory, (master, self.purse), habits=habits)

    @classmethod
    def new(
        cls,
        facts: BeijingOldFacts,
        *,
        root_of: RootOf = uniform,
        randomness: Randomness | None = None,
        habits: Habits | None = None,
    ) -> BeijingOldCard:
        """Make a card; raises LayoutError where a fact does not fit."""
        memory = Memory(personalise_old(facts, root_of))
        return cls(memory, randomness=randomness, habits=habits)


def personalise_old(facts: BeijingOldFacts, root_of: RootOf) -> dict[str, bytes]:
    """Make an older card's cells."""
    name = layout.PURSE.name
    card = layout.CARD.encode(
        {
            "number": facts.number,
            "kind": facts.kind,
            "state": facts.state,
            "version": facts.version,
            "reserved": bytes(12),
            "start_date": facts.start_date,
            "expiry_date": facts.expiry_date,
        }
    )
    state = layout.STATE.encode(
        {
            "blacklist": facts.blacklist,
            "uses": facts.uses,
            "debt": layout.NO_DEBT if facts.debt is None else facts.debt,
            "ride": 0,
            "ride_at": "0" * 10,
            "ride_operator": "0" * 6,
        }
    )
    return {
        file_cell(layout.MASTER.name, layout.EF_CARD): card,
        file_cell(layout.MASTER.name, layout.EF_STATE): state,
        **account_cells(name, Purse.PURSE, Account(facts.balance, 0, 0, 0)),
        **purse_keys(name, (bytes.fromhex(facts.number),), root_of),
        **pin_cells(name, facts.pin),
    }
