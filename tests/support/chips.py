"""Cards on the desk in a drawer that survives a crash: chips, and the journal that knows keys.

What was done under a key is told again, also of a chip that died since; what is torn is torn before
or after it happened, and the same key finds out. The file is what kill tests compare.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terminal.errors import (
    CannotTell,
    CardMute,
    CardTorn,
    IntentionOver,
    NotEmpty,
    OverdraftOwed,
    PinAlreadySet,
    PinCancelled,
    PurseBlocked,
    TripUnfinished,
)
from terminal.journal.model import Method
from terminal.registry.cards import Card
from terminal.services.offered.desk import ChipDesk
from terminal.texts import Text

GIVEN_UP, UNKNOWN = "given_up", "unknown"
FILE = "chip-drawer"


@dataclass
class Drawer:
    """Hold the chips by their ids and the journal's keys; ``point`` is called around every act."""

    file: Path
    point: Callable[[], None] = lambda: None
    chips: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    """What came of each key."""

    @classmethod
    def opened(cls, folder: Path, point: Callable[[], None] = lambda: None) -> Drawer:
        """Open the drawer of a folder, with what was in it."""
        drawer = cls(folder / FILE, point)
        if drawer.file.exists():
            drawer.chips, drawer.known = json.loads(drawer.file.read_text("utf-8"))
        return drawer

    def put_in(
        self,
        card: Card,
        *,
        balance: int = 0,
        passes: tuple[int, ...] = (),
        pin: bool = False,
        name: str = "",
        number: str = "",
    ) -> DrawerChip:
        """Lay a card of the registry in, with what its chip has."""
        self.chips[card.chip or ""] = {
            "number": card.number or "",
            "name": name,
            "holder_number": number,
            "balance": balance,
            "passes": list(passes),
            "pin": pin,
            "closed": False,
            "dead": False,
            "trip": False,
        }
        self.save()
        return DrawerChip(self, card.chip or "")

    def take(self, card: Card) -> DrawerChip:
        """Take a card out."""
        return DrawerChip(self, card.chip or "")

    def save(self) -> None:
        """Keep everything."""
        self.file.write_text(json.dumps([self.chips, self.known], sort_keys=True), "utf-8")


class DrawerChip:
    """Be a card on the desk."""

    def __init__(self, drawer: Drawer, chip: str) -> None:
        self._drawer = drawer
        self._id = chip
        self._torn: dict[str, bool] = {}
        self.declines = False
        """Whether the holder presses the cancel key instead of a PIN."""

    @property
    def has(self) -> dict[str, Any]:
        """Give what the chip has."""
        return self._drawer.chips[self._id]

    def die(self) -> None:
        """Answer nothing any more."""
        self.has["dead"] = True
        self._drawer.save()

    def tear(self, act: str, *, after: bool) -> None:
        """Be pulled out at the next act of a name, before or after it happened."""
        self._torn[act] = after

    # --- What it says ------------------------------------------------------------------------

    @property
    def chip(self) -> str:
        """Give the card's id."""
        return "" if self.has["dead"] else self._id

    @property
    def number(self) -> str:
        """Give the card's number."""
        return "" if self.has["dead"] else str(self.has["number"])

    @property
    def holder_name(self) -> str:
        """Give the holder's name."""
        return str(self.has["name"])

    @property
    def holder_number(self) -> str:
        """Give the holder's number."""
        return str(self.has["holder_number"])

    @property
    def readable(self) -> bool:
        """Say whether it lives."""
        return not self.has["dead"]

    @property
    def pin_set(self) -> bool | None:
        """Say whether it has a PIN."""
        return None if self.has["dead"] else bool(self.has["pin"])

    # --- What is done with it ----------------------------------------------------------------

    def set_pin(self) -> None:
        """Set the first PIN."""
        self._alive()
        if self.has["pin"]:
            raise PinAlreadySet
        if self.declines:
            raise PinCancelled
        self._act("set_pin", lambda: self.has.update(pin=True))

    def change_pin(self) -> None:
        """Be changed."""
        self._act("change_pin", lambda: None)

    def reset_pin(self) -> None:
        """Have a PIN again."""
        self._act("reset_pin", lambda: self.has.update(pin=True))

    def verify_pin(self) -> None:
        """Be verified."""
        self._act("verify_pin", lambda: None)

    def write_minor(self, data: dict[str, str]) -> None:
        """Keep it."""
        self._act("write_minor", lambda: self.has.update(minor=data))

    def load(self, key: str, fen: int, method: Method) -> int:
        """Put money on."""
        return int(self._once(key, "load", lambda: self._put_on(fen)))

    def balance(self) -> int:
        """Give the balance."""
        self._alive()
        if self.has["closed"]:
            raise PurseBlocked(sw="9303")
        return int(self.has["balance"])

    def refund(self, key: str, method: Method) -> int:
        """Take everything off; nothing is journalled where nothing is there."""
        assert method in {Method.CASH, Method.TRANSFER}
        if key not in self._drawer.known:
            self._alive()
            if self.has["closed"]:
                raise PurseBlocked(sw="9303")
            if self.has["trip"]:
                raise TripUnfinished(where="4 号线")
            if self.has["balance"] < 0:
                raise OverdraftOwed(amount="1.00")
            if self.has["balance"] == 0:
                return 0
        return int(self._once(key, "refund", self._take_off))

    def close_transit(self, key: str, *, renewal: bool) -> None:
        """Close the purse."""

        def close() -> None:
            if self.has["closed"]:
                raise PurseBlocked(sw="9303")
            if self.has["balance"]:
                raise NotEmpty(balance=str(self.has["balance"]))
            self.has["closed"] = True

        self._once(key, "close", close)

    def buy_pass(self, key: str, year: int, pass_type: int, method: Method) -> Text:
        """Sell a pass."""
        self._once(key, "buy_pass", lambda: self.has["passes"].append(year))
        return Text(str(year), str(year))

    def pass_price(self, key: str, year: int, pass_type: int) -> int:
        """Give a price."""
        return 10_000

    def move_passes(
        self, key: str, old: ChipDesk | None, old_chip: str, formerly: str = ""
    ) -> tuple[int, ...]:
        """Take over the other card's passes; of a dead one what the park system knows of it."""
        there = self._drawer.chips[old_chip]["passes"]
        assert old is not None or self._drawer.chips[old_chip]["dead"]
        if not there and key not in self._drawer.known:
            return ()
        return tuple(self._once(key, "move_passes", lambda: self._take_over(old_chip, formerly)))

    def give_up(self, key: str) -> bool:
        """Let nothing happen under a key any more; False where something has, or may have."""
        if self._drawer.known.setdefault(key, GIVEN_UP) != GIVEN_UP:
            return False
        self._drawer.save()
        return True

    # --- How it is done ----------------------------------------------------------------------

    def _put_on(self, fen: int) -> int:
        self.has["balance"] += fen
        return int(self.has["balance"])

    def _take_off(self) -> int:
        fen = int(self.has["balance"])
        self.has["balance"] = 0
        return fen

    def _take_over(self, old_chip: str, formerly: str) -> list[int]:
        there = self._drawer.chips[old_chip]["passes"]
        moved = list(there)
        there.clear()
        self.has["passes"] += moved
        self.has["formerly"] = formerly
        return moved

    def _alive(self) -> None:
        if self.has["dead"]:
            raise CardMute

    def _once(self, key: str, name: str, act: Callable[[], Any]) -> Any:
        known = self._drawer.known
        match known.get(key):
            case "given_up":
                raise IntentionOver(key=key, outcome="undone")
            case "unknown":
                raise CannotTell(kind=name, key=key, reason="the chip died")
        if key not in known:
            self._act(name, lambda: known.update({key: act()}))
        return known[key]

    def _act(self, name: str, act: Callable[[], object]) -> None:
        self._alive()
        after = self._torn.pop(name, None)
        self._drawer.point()
        if after is False:
            raise CardTorn
        act()
        self._drawer.save()
        self._drawer.point()
        if after:
            raise CardTorn
