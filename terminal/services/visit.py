"""A visit of one card: found, identified, and held between operations, until it is let go.

While it is held the card stays powered and ours (terminal/readers/session.py): what was proved
stands, and a card that was changed for another in between is noticed by its handle.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from terminal.cards.social_security import SocialSecurityCard
from terminal.config import Config, Readers
from terminal.errors import CardTorn
from terminal.keys.service import KeyService
from terminal.logs import event
from terminal.readers.connection import CardConnection, Wire
from terminal.readers.port import Pcsc
from terminal.readers.session import CardSession
from terminal.services.counter import CARD_WAIT_SECONDS, choose_reader, hold_card, key_service
from terminal.texts import Language

T = TypeVar("T")


class Visit:
    """Hold one card; ``run`` does something with it on the reader's own thread.

    ``settings`` are the counter's for its readers, ``keys`` its keys.
    """

    def __init__(
        self,
        reader: str,
        session: CardSession,
        card: SocialSecurityCard,
        settings: Readers,
        keys: KeyService | None = None,
    ) -> None:
        self._keys = keys
        if keys is not None:
            card.use(keys)
        self.reader = reader
        self.session = session
        self.card = card
        self.settings = settings

    def run(self, operation: Callable[[SocialSecurityCard], T]) -> T:
        """Run an operation on the card and give what it returns.

        Raises CardTorn once the card was lost: the visit is over, whatever is in the reader now.
        """

        def on_this_card(connection: CardConnection) -> T:
            if connection is not self.card.connection:
                raise CardTorn
            return operation(self.card)

        return self.session.run(on_this_card)

    def renew(self) -> None:
        """Have the card reset and begin anew with it: what others proved to it is forgotten.

        Raises CardTorn where another card is there then.
        """
        self.session.renew()
        card = self.session.run(_begun)
        if card.connection.atr != self.card.connection.atr:
            raise CardTorn
        if self._keys is not None:
            card.use(self._keys)
        self.card = card

    @property
    def wire(self) -> Wire:
        """Give what crossed the wire so far."""
        return self.session.wire


def _begun(connection: CardConnection) -> SocialSecurityCard:
    card = SocialSecurityCard(connection)
    card.select()
    return card


@contextmanager
def visiting(
    pcsc: Pcsc,
    config: Config,
    *,
    reader: str | None = None,
    wait_seconds: float = CARD_WAIT_SECONDS,
    keys_file: Path | None = None,
    with_keys: bool = True,
    trace: Callable[[str], object] | None = None,
    language: Language | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Visit]:
    """Visit the card in a reader, waiting for it where there is none.

    ``with_keys`` opens the counter's key service for it, whose passphrase is asked for in
    ``language``; the internal check is always made, for what follows may spend tries. Raises the
    catalogue's leaves.
    """
    chosen = choose_reader(pcsc, config, reader, wait_seconds)
    keys = key_service(config, keys_file, pcsc=pcsc, language=language) if with_keys else None

    def make_session() -> CardSession:
        return CardSession(pcsc, chosen, deadline=config.readers.deadline_seconds, trace=trace)

    try:
        session, card = hold_card(pcsc, chosen, make_session, _begun, wait_seconds, clock=clock)
        event("card.held", reader=chosen, atr=card.connection.atr)
        with session:
            yield Visit(chosen, session, card, config.readers, keys)
    finally:
        if keys is not None:
            keys.close()
