"""A visit of a transit card: found, told, and held between operations, until it is let go.

As services/visit.py, for any card with a transit application, social security card or not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from apdu.atr import Atr
from apdu.errors import EncodingError
from card_profiles.identifiers import HISTORICAL
from terminal.cards.transit import PurseFacts, TransitCard
from terminal.config import Config
from terminal.errors import CardTorn
from terminal.logs import event
from terminal.readers.connection import CardConnection, Wire
from terminal.readers.port import Pcsc
from terminal.readers.session import CardSession
from terminal.services.counter import CARD_WAIT_SECONDS, choose_reader, hold_card

T = TypeVar("T")


class TransitVisit:
    """Hold one transit card; ``run`` does something with it on the reader's own thread."""

    def __init__(self, reader: str, session: CardSession, card: TransitCard) -> None:
        self.reader = reader
        self.session = session
        self.card = card
        self.facts: PurseFacts = card.identify()

    def run(self, operation: Callable[[TransitCard], T]) -> T:
        """Run an operation on the card and give what it returns.

        Raises CardTorn once the card was lost: the visit is over, whatever is in the reader now.
        """

        def on_this_card(connection: CardConnection) -> T:
            if connection is not self.card.connection:
                raise CardTorn
            return operation(self.card)

        return self.session.run(on_this_card)

    @property
    def wire(self) -> Wire:
        """Give what crossed the wire so far."""
        return self.session.wire


def _identified(connection: CardConnection) -> TransitCard:
    card = TransitCard(connection)
    card.identify()
    return card


def chip_of(atr: bytes) -> str:
    """Name the chip by the serial in its historical bytes, empty where they hold none.

    A social security card's have maker, region and serial (social-security-card.md §7), the same
    on both sides of it; other transit cards share theirs.
    """
    try:
        historical = Atr.decode(atr).historical
    except EncodingError:
        return ""
    serial = len(historical) == HISTORICAL.size and historical[:1] == b"\0"
    return historical.hex() if serial else ""


@contextmanager
def transit_visiting(
    pcsc: Pcsc,
    config: Config,
    *,
    reader: str | None = None,
    wait_seconds: float = CARD_WAIT_SECONDS,
    trace: Callable[[str], object] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[TransitVisit]:
    """Visit the transit card in a reader, waiting for it where there is none.

    Raises NoPurse where the card has no such application, and the catalogue's other leaves.
    """
    chosen = choose_reader(pcsc, config, reader, wait_seconds)

    def make_session() -> CardSession:
        return CardSession(pcsc, chosen, deadline=config.readers.deadline_seconds, trace=trace)

    session, card = hold_card(pcsc, chosen, make_session, _identified, wait_seconds, clock=clock)
    event("transit.held", reader=chosen)
    with session:
        yield TransitVisit(chosen, session, card)
