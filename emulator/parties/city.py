"""The six parties together, at one address: a text names the party that it is for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from emulator.parties.bank import BankCore
from emulator.parties.card_management import CardManagement
from emulator.parties.clearing import TransitClearing
from emulator.parties.data_sharing import DataSharing
from emulator.parties.messages import Messages
from emulator.parties.party import Party, now
from emulator.parties.payment import Payment

_P = TypeVar("_P", bound=Party)
NAMES = ("bank", "clearing", "data_sharing", "messages", "card_management", "payment")


class City:
    """Hold the six; in ``folder`` each is kept in a file of its name. See :class:`Party`."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        open_register: bool = False,
        clock: Callable[[], datetime] = now,
        slow_seconds: float = 15.0,
    ) -> None:
        def made(kind: type[_P]) -> _P:
            return kind(
                folder / f"{kind.name}.json" if folder else None,
                open_register=open_register,
                clock=clock,
                slow_seconds=slow_seconds,
            )

        self.bank = made(BankCore)
        self.clearing = made(TransitClearing)
        self.data_sharing = made(DataSharing)
        self.messages = made(Messages)
        self.card_management = made(CardManagement)
        self.payment = made(Payment)

    def __iter__(self) -> Iterator[Party]:
        """Give the six in their order."""
        return (getattr(self, name) for name in NAMES)

    def answer(self, text: str) -> str:
        """Answer a text; raises ValueError where it is none, ConnectionError for no answer."""
        question = json.loads(text)
        name = question.get("party") if isinstance(question, dict) else None
        if name not in NAMES:
            raise ValueError("no such party")
        party: Party = getattr(self, name)
        return party.answer(text)
