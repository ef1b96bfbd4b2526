"""The desk at which a service is asked for: who sits there, where it is, what it works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Protocol

from terminal.beijing_time import beijing_day
from terminal.journal.model import Method
from terminal.parties.lines import Parties
from terminal.registry.operators import Role
from terminal.registry.runs import By
from terminal.registry.store import Registry
from terminal.rules.case import Where
from terminal.rules.vocabulary import Pin, Service
from terminal.rules.working_days import KNOWN, WorkingDays
from terminal.texts import Text

AS_THE_DIGEST: Mapping[Service, Pin] = MappingProxyType({})
"""The PIN column as it stands (terminal/rules/table.py)."""
REGION = "110000"
CHIP_DATA = frozenset({"mobile", "address"})
"""Minor data that a chip has a copy of (DF01 EF06 联系方式); an occupation has no place there."""


class ChipDesk(Protocol):
    """Do something with the card on the reader; the PIN is entered at the pad, never here.

    ``key`` makes it happen once (the journal's). All raise the catalogue's leaves; after a tear
    the same call under the same key first settles what was left open, then goes on, or says what
    became of it. What did not happen is tried again by it, until ``give_up`` says no more.
    """

    @property
    def chip(self) -> str:
        """Give the card's id in hex, empty where the chip cannot be read."""

    @property
    def number(self) -> str:
        """Give the card's number, empty where the chip cannot be read."""

    @property
    def holder_name(self) -> str:
        """Give the holder's name as the chip has it."""

    @property
    def holder_number(self) -> str:
        """Give the holder's social security number as the chip has it."""

    @property
    def readable(self) -> bool:
        """Say whether the chip can be read and written."""

    @property
    def pin_set(self) -> bool | None:
        """Say whether a service PIN is set; None where the chip does not tell."""

    def set_pin(self) -> None:
        """Have the holder set the first service PIN."""

    def change_pin(self) -> None:
        """Have the holder change the service PIN, knowing the old one."""

    def reset_pin(self) -> None:
        """Have the holder set a new service PIN, whatever the old one was."""

    def verify_pin(self) -> None:
        """Have the holder enter the service PIN."""

    def write_minor(self, data: dict[str, str]) -> None:
        """Write the chip's copy of minor data: of ``CHIP_DATA``, nothing else has a place there."""

    def load(self, key: str, fen: int, method: Method) -> int:
        """Top the transit purse up and give its balance in fen."""

    def balance(self) -> int:
        """Give the transit purse's balance in fen, proved."""

    def refund(self, key: str, method: Method) -> int:
        """Take everything off the transit purse and give the fen taken; 0 where nothing is there.

        Raises TripUnfinished, OverdraftOwed.
        """

    def close_transit(self, key: str, *, renewal: bool) -> None:
        """Close the empty transit application; raises NotEmpty."""

    def pass_price(self, key: str, year: int, pass_type: int) -> int:
        """Give the fen that a year's pass costs, or cost where it was sold under the key.

        Raises PassNotOnSale.
        """

    def buy_pass(self, key: str, year: int, pass_type: int, method: Method) -> Text:
        """Sell a year's park pass and give what the receipt says of it."""

    def move_passes(
        self, key: str, old: ChipDesk | None, old_chip: str, formerly: str = ""
    ) -> tuple[int, ...]:
        """Move the passes of the old card to this one and give their years, none where it has none.

        ``old`` is None where the old chip is dead: then the park system's record counts.
        ``formerly`` is the holder's social security number before it was changed.
        """

    def give_up(self, key: str) -> bool:
        """See to it that nothing happens to a card under a key any more, be it there or not.

        False where it has happened, or nobody can tell yet whether it has.
        """


ANY_BANK: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold a desk: its outlet, who is signed in, the registry and the other parties.

    ``second`` has proved who they are at the same desk and holds ``second_roles``; ``reason`` are
    the grounds on record. ``pins`` says where the PIN is asked for otherwise (pin_policy.py).
    ``banks`` are the partner banks, code and name; empty: any is taken.
    ``chip`` is the card on the reader, ``old_chip`` the one that is handed in at renewal.
    """

    registry: Registry
    parties: Parties
    where: Where
    outlet: str
    operator: str
    second: str = ""
    reason: str = ""
    region: str = REGION
    calendar: WorkingDays = KNOWN
    chip: ChipDesk | None = field(default=None, repr=False)
    old_chip: ChipDesk | None = field(default=None, repr=False)
    chain: str = ""
    second_roles: frozenset[Role] = frozenset()
    pins: Mapping[Service, Pin] = field(default_factory=lambda: AS_THE_DIGEST)
    banks: Mapping[str, str] = field(default_factory=lambda: ANY_BANK)

    @property
    def by(self) -> By:
        """Say who does it, where."""
        return By(self.operator, self.outlet, self.where.channel, self.second, self.reason)

    @property
    def audit_chain(self) -> str:
        """Name the audit chain of this counter."""
        return self.chain or self.outlet or "counter"

    @property
    def today(self) -> date:
        """Give the day in Beijing."""
        return beijing_day(self.registry.clock())

    def with_second(self, second: str, reason: str, roles: frozenset[Role] = frozenset()) -> Desk:
        """Give the desk with a second person, the grounds, and the roles they hold."""
        return replace(self, second=second, reason=reason, second_roles=roles)

    def with_chip(self, chip: ChipDesk | None, old: ChipDesk | None = None) -> Desk:
        """Give the desk with other cards on it."""
        return replace(self, chip=chip, old_chip=old)
