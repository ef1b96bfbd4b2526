"""Read the card and its holder: the first counter service.

The way of the data: reader → connection → T=0 layer → application → holder, masked.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from terminal.cards.social_security import CardReading, SocialSecurityCard
from terminal.config import Config
from terminal.readers.connection import CardConnection, Wire
from terminal.readers.port import Pcsc
from terminal.readers.session import CardSession
from terminal.services.counter import CARD_WAIT_SECONDS, choose_reader, key_service, with_card
from terminal.texts import Language


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Hold what was read, in which reader, at what cost."""

    reader: str
    reading: CardReading
    wire: Wire


def read_holder(
    pcsc: Pcsc,
    config: Config,
    *,
    reader: str | None = None,
    keys_file: Path | None = None,
    wait_seconds: float = CARD_WAIT_SECONDS,
    internal_check: bool = True,
    trace: Callable[[str], object] | None = None,
    language: Language | None = None,
) -> ReadResult:
    """Read the card in a reader and its holder; raises the catalogue's leaves.

    ``language`` is what a key file's passphrase is asked for in.
    With test keys the internal check is always made: they must not spend a real card's tries.
    """
    with closing(key_service(config, keys_file, pcsc=pcsc, language=language)) as keys:
        checked = internal_check or keys.test_keys
        chosen = choose_reader(pcsc, config, reader, wait_seconds)

        def operation(connection: CardConnection) -> CardReading:
            return SocialSecurityCard(connection).read(keys, internal_check=checked)

        def session() -> CardSession:
            return CardSession(pcsc, chosen, deadline=config.readers.deadline_seconds, trace=trace)

        wire, reading = with_card(pcsc, chosen, session, operation, wait_seconds)
        return ReadResult(chosen, reading, wire)
