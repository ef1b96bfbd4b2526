"""What is open at a desk: services, journal entries, duties, cards in custody, terms of today.

It is shown when a day is opened and when it is closed; nothing of it holds the day up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from terminal.errors import RegistryError
from terminal.journal.journal import Journal
from terminal.journal.model import Entry
from terminal.registry.duties import Duty
from terminal.registry.runs import Run
from terminal.services.duties import open_now
from terminal.services.offered.custody import DESTROY, InCustody, in_custody
from terminal.services.offered.deadlines import DeadlineLine, deadlines
from terminal.services.offered.desk import Desk
from terminal.texts import Text

_MOST_NAMED = 150
"""Cards that a record of the audit names; of more it has the number and the fingerprint."""


@dataclass(frozen=True, slots=True)
class OpenItems:
    """Hold what is open; ``altered``: one of them was altered, to be told with the others.

    ``custody`` is no work left over: cards that lie here, and are signed for.
    """

    services: tuple[Run, ...] = ()
    entries: tuple[Entry, ...] = ()
    duties: tuple[tuple[Duty, Text], ...] = ()
    deadlines: tuple[DeadlineLine, ...] = ()
    custody: tuple[InCustody, ...] = ()
    altered: RegistryError | None = None

    @property
    def count(self) -> int:
        """Say how much is left over."""
        return len(self.services) + len(self.entries) + len(self.duties) + len(self.deadlines)

    @property
    def to_destroy(self) -> tuple[InCustody, ...]:
        """Give the cards that two people are to destroy."""
        return tuple(each for each in self.custody if each.what == DESTROY)

    @property
    def fingerprint(self) -> str:
        """Tell one list of cards in custody from another."""
        return fingerprint(self.custody)

    def counts(self) -> dict[str, int]:
        """Give the numbers that go on record."""
        return {
            "services": len(self.services),
            "entries": len(self.entries),
            "duties": len(self.duties),
            "deadlines": len(self.deadlines),
            "custody": len(self.custody),
            "to_destroy": len(self.to_destroy),
        }


def open_items(desk: Desk, journal: Journal) -> OpenItems:
    """Give what is open at a desk: its outlet's services, its bank's cards, the terms of today."""
    found = open_now(desk)
    with desk.registry.reading() as tx:
        kept = in_custody(tx, desk.calendar, desk.where.bank)
        ending = tuple(each for each in deadlines(tx, desk.calendar) if each.days_left <= 0)
    return OpenItems(
        tuple(each for each in found.unfinished if each.by.outlet == desk.outlet),
        journal.unfinished(),
        found.duties,
        ending,
        kept,
        found.altered,
    )


def signed_for(kept: Iterable[InCustody]) -> str:
    """Name the cards that are signed for, by their numbers in the registry."""
    listed = list(kept)
    if len(listed) > _MOST_NAMED:
        return f"sha256:{fingerprint(listed)}"
    return " ".join(str(each.kept.card_id) for each in listed)


def fingerprint(kept: Iterable[InCustody]) -> str:
    """Tell one list from another: which cards, and what is to be done with each."""
    lines = "\n".join(f"{each.kept.card_id} {each.kept.life} {each.what.en}" for each in kept)
    return hashlib.sha256(lines.encode()).hexdigest()
