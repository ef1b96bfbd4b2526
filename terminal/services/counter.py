"""What every service at the counter needs first: its keys, its reader, the card in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from terminal.config import Config
from terminal.errors import CardError, CardMute, CardTorn, NoCard, TestKeysRefused
from terminal.keys import software
from terminal.keys.service import KeyService
from terminal.readers.connection import CardConnection, Wire
from terminal.readers.identity import DEFAULT_ROLE, choose, without_roles
from terminal.readers.port import Pcsc, ReaderStatus
from terminal.readers.session import CardSession
from terminal.readers.survey import survey, wait_for_any_card, wait_for_card

T = TypeVar("T")

CARD_WAIT_SECONDS = 1.0
"""How long a card may take to be noticed; the daemon looks every 0.4 s."""


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


def choose_reader(pcsc: Pcsc, config: Config, wanted: str | None, wait_seconds: float = 0) -> str:
    """Choose the reader that is meant; raises ReaderError and ServiceError leaves, NoCard.

    Where nothing says which one and none has a card, the first to get one is meant.
    """
    views = survey(pcsc)
    names = [view.name for view in views]
    with_card = [view.name for view in views if view.card]
    roles = config.readers.roles
    if wanted is None and DEFAULT_ROLE not in roles and len(views) > 1 and not with_card:
        found = wait_for_any_card(pcsc, without_roles(names, roles), wait_seconds)
        if found is None:
            raise NoCard
        return found
    return choose(names, wanted, roles=roles, with_card=with_card)


def hold_card(
    pcsc: Pcsc,
    reader: str,
    make_session: Callable[[], CardSession],
    operation: Callable[[CardConnection], T],
    wait_seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[CardSession, T]:
    """Run an operation on the card in a reader, and give the session that still holds the card.

    A card that never answered was not there: the daemon looks only now and then, and shows a
    card for a moment that has left. Then the next one is waited for, as long as there is time.
    """
    until = clock() + wait_seconds
    seen: ReaderStatus | None = None
    failure: CardError = NoCard()
    while True:
        seen = wait_for_card(pcsc, reader, max(0.0, until - clock()), seen=seen)
        if seen is None:
            raise failure
        session = make_session()
        try:
            return session, session.run(operation)
        except (NoCard, CardTorn, CardMute) as error:
            session.close()
            if session.wire.bytes_received:
                raise
            failure = error
        except BaseException as error:
            session.__exit__(type(error))
            raise


def with_card(
    pcsc: Pcsc,
    reader: str,
    make_session: Callable[[], CardSession],
    operation: Callable[[CardConnection], T],
    wait_seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Wire, T]:
    """Run an operation on the card in a reader and let the card go (see :func:`hold_card`)."""
    session, result = hold_card(pcsc, reader, make_session, operation, wait_seconds, clock=clock)
    with session:
        return session.wire, result
