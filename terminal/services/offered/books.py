"""Look things up in one transaction once, however many services ask for the same of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Final

from terminal.registry import applications, cards, persons, seats, watch
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.registry.seats import Seats
from terminal.registry.transaction import Transaction
from terminal.rules.documents import DocumentNumber


class Books:
    """Remember what was found. It is for a look: what is written meanwhile is not seen by it."""

    def __init__(self, tx: Transaction) -> None:
        self.tx: Final = tx
        self.card_of_chip: Final[Callable[[str], Card | None]] = cache(partial(cards.by_chip, tx))
        self.person_of: Final[Callable[[DocumentNumber, str], Person | None]] = cache(
            partial(persons.find, tx)
        )
        self.person: Final[Callable[[int], Person]] = cache(partial(persons.get, tx))
        self.cards: Final[Callable[[int], tuple[Card, ...]]] = cache(partial(cards.of_person, tx))
        self.applications: Final[Callable[[int], tuple[Application, ...]]] = cache(
            partial(applications.of_person, tx)
        )
        self.seats: Final[Callable[[int], Seats]] = cache(partial(seats.of_person, tx))
        self.blacklisted: Final[Callable[[int | None, int | None], bool]] = cache(
            partial(watch.blacklisted, tx)
        )
