"""A card on the desk without a chip: it notes what is asked of it, does each thing once under its
key, and fails where a test says so, before or after it has done it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from terminal.errors import IntentionOver
from terminal.journal.model import Method
from terminal.registry.cards import Card
from terminal.services.offered.desk import ChipDesk
from terminal.texts import Text

PRICE = 10_000


class ScriptedChip:
    """Be a card of the registry that lies on the desk."""

    def __init__(
        self,
        card: Card | None = None,
        *,
        name: str = "",
        holder_number: str = "",
        pin_set: bool | None = True,
        balance: int = 0,
        passes: tuple[int, ...] = (),
        readable: bool = True,
    ) -> None:
        self.chip = (card.chip if card is not None else "") or ""
        self.number = (card.number if card is not None else "") or ""
        self.holder_name = name
        self.holder_number = holder_number
        self.readable = readable
        self.pin_set = pin_set
        self.purse = balance
        self.passes = list(passes)
        self.minor: dict[str, str] = {}
        self.asked: list[str] = []
        """Names of what was asked, in order; what was answered from memory is not among it."""
        self.known: dict[str, Any] = {}
        """What came of each key."""
        self.given_up: set[str] = set()
        self._fails: defaultdict[str, list[tuple[Exception, bool]]] = defaultdict(list)

    def fail(self, name: str, error: Exception, *, after: bool = False) -> None:
        """Raise at the next call of a name; ``after`` it was done."""
        self._fails[name].append((error, after))

    # --- The PIN and minor data --------------------------------------------------------------

    def set_pin(self) -> None:
        """Note it."""
        self._do("set_pin", self._has_pin)

    def change_pin(self) -> None:
        """Note it."""
        self._do("change_pin", self._has_pin)

    def reset_pin(self) -> None:
        """Note it."""
        self._do("reset_pin", self._has_pin)

    def verify_pin(self) -> None:
        """Note it."""
        self._do("verify_pin", lambda: None)

    def _has_pin(self) -> None:
        self.pin_set = True

    def write_minor(self, data: dict[str, str]) -> None:
        """Keep it."""
        self._do("write_minor", lambda: self.minor.update(data))

    # --- Money and passes --------------------------------------------------------------------

    def load(self, key: str, fen: int, method: Method) -> int:
        """Put it on."""

        def put_on() -> int:
            self.purse += fen
            return self.purse

        balance: int = self._once(key, "load", put_on)
        assert isinstance(method, Method)
        return balance

    def balance(self) -> int:
        """Give it."""
        return self.purse

    def refund(self, key: str, method: Method) -> int:
        """Take all; of nothing there is no entry in any journal."""
        assert isinstance(method, Method)
        if not self.purse and key not in self.known:
            return 0

        def take() -> int:
            fen, self.purse = self.purse, 0
            return fen

        return int(self._once(key, "refund", take))

    def close_transit(self, key: str, *, renewal: bool) -> None:
        """Close it."""
        self._once(key, f"close renewal={renewal}", lambda: None)

    def pass_price(self, key: str, year: int, pass_type: int) -> int:
        """Give the one price there is."""
        self._do("pass_price", lambda: None)
        return PRICE

    def buy_pass(self, key: str, year: int, pass_type: int, method: Method) -> Text:
        """Sell one."""
        said = Text(f"{year} 年公园年票", f"pass of {year}")

        def sell() -> Text:
            self.passes.append(year)
            return said

        sold: Text = self._once(key, "buy_pass", sell)
        return sold

    def move_passes(
        self, key: str, old: ChipDesk | None, old_chip: str, formerly: str = ""
    ) -> tuple[int, ...]:
        """Take over what the other one has, or what it is said to have had."""

        def move() -> tuple[int, ...]:
            there = old.passes if isinstance(old, ScriptedChip) else self.known.get(old_chip, [])
            moved = tuple(there)
            there.clear()
            self.passes += moved
            return moved

        years: tuple[int, ...] = self._once(key, f"move_passes {formerly}".strip(), move)
        if not years:
            del self.known[key]  # of nothing there is no entry in any journal
        return years

    # --- Keys --------------------------------------------------------------------------------

    def give_up(self, key: str) -> bool:
        """Say no more, unless it was done."""
        if key in self.known:
            return False
        self.given_up.add(key)
        return True

    def _once(self, key: str, name: str, act: Callable[[], Any]) -> Any:
        if key in self.known:
            return self.known[key]
        if key in self.given_up:
            raise IntentionOver(key=key, outcome="undone")

        def done() -> None:
            self.known[key] = act()

        self._do(name, done)
        return self.known[key]

    def _do(self, name: str, act: Callable[[], object]) -> None:
        self.asked.append(name)
        plans = self._fails[name.split(maxsplit=1)[0]]
        error, after = plans.pop(0) if plans else (None, True)
        if error is not None and not after:
            raise error
        act()
        if error is not None:
            raise error
