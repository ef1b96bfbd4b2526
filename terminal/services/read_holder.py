"""Read the card and its holder: the first counter service.

DESIGN "How data flows": reader → connection → T=0 layer → application → holder, masked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from terminal.cards.social_security import CardReading, SocialSecurityCard
from terminal.config import Config
from terminal.errors import NoCard, TestKeysRefused
from terminal.keys import software
from terminal.keys.service import KeyService
from terminal.readers.connection import Wire
from terminal.readers.identity import choose
from terminal.readers.port import Pcsc
from terminal.readers.session import CardSession
from terminal.readers.survey import survey, wait_for_card

CARD_WAIT_SECONDS = 1.0
"""How long a card may take to be noticed; the daemon looks every 0.4 s."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Hold what was read, in which reader, at what cost."""

    reader: str
    reading: CardReading
    wire: Wire


def key_service(config: Config, keys_file: Path | None = None) -> KeyService:
    """Make the configured key service, or one of a named file.

    Raises TestKeysRefused in production mode, KeyFileWrong, FileTrouble.
    """
    keys: KeyService
    if keys_file is not None:
        keys = software.from_file(keys_file)
    elif config.keys.service == "file":
        keys = software.from_file(Path(config.keys.file))
    else:
        keys = software.development(config.keys.set)
    if config.production and keys.test_keys:
        raise TestKeysRefused
    return keys


def choose_reader(pcsc: Pcsc, config: Config, wanted: str | None) -> str:
    """Choose the reader that is meant; raises ReaderError and ServiceError leaves."""
    views = survey(pcsc)
    return choose(
        [view.name for view in views],
        wanted,
        roles=config.readers.roles,
        with_card=[view.name for view in views if view.card],
    )


def read_holder(
    pcsc: Pcsc,
    config: Config,
    *,
    reader: str | None = None,
    keys_file: Path | None = None,
    wait_seconds: float = CARD_WAIT_SECONDS,
    internal_check: bool = True,
    trace: Callable[[str], object] | None = None,
    redact: bool = True,
) -> ReadResult:
    """Read the card in a reader and its holder; raises the catalogue's leaves."""
    keys = key_service(config, keys_file)
    chosen = choose_reader(pcsc, config, reader)
    if not wait_for_card(pcsc, chosen, wait_seconds):
        raise NoCard
    with CardSession(
        pcsc, chosen, deadline=config.readers.deadline_seconds, trace=trace, redact=redact
    ) as session:
        reading = session.run(
            lambda connection: SocialSecurityCard(connection).read(
                keys, internal_check=internal_check
            )
        )
    return ReadResult(chosen, reading, session.wire)
