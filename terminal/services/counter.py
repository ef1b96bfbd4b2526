"""What every service at the counter needs first: its keys, its reader, the card in it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from terminal.config import Config
from terminal.errors import CardError, CardMute, CardTorn, NoCard, TestKeysRefused
from terminal.keys import software
from terminal.keys.passphrase import Passphrases, Prompt
from terminal.keys.service import KeyService
from terminal.readers.connection import CardConnection, Wire
from terminal.readers.identity import DEFAULT_ROLE, choose, without_roles
from terminal.readers.pcsc import Scard
from terminal.readers.port import Pcsc, ReaderStatus
from terminal.readers.session import CardSession
from terminal.readers.survey import survey, wait_for_any_card, wait_for_card
from terminal.texts import Language

T = TypeVar("T")

CARD_WAIT_SECONDS = 1.0
"""How long a card may take to be noticed; the daemon looks every 0.4 s."""


def passphrases(config: Config, language: Language | None = None) -> Passphrases:
    """Say where passphrases come from; what is asked goes to standard error."""
    prompt = Prompt(_to_standard_error, lines_allowed=not config.production)
    return Passphrases(prompt, config.keys.passphrase_file, language or config.language)


def key_service(
    config: Config,
    keys_file: Path | None = None,
    *,
    pcsc: Pcsc | None = None,
    language: Language | None = None,
) -> KeyService:
    """Make the configured key service, or one of a named file; may ask for its passphrase.

    ``language`` is asked in, the configured one unless given; ``pcsc`` is where a SAM card's reader
    is. Whoever gets the service closes it.
    Raises TestKeysRefused in production mode, and ProofError, FileTrouble, ConfigWrong leaves for
    what is wrong with the place the keys live in.
    """
    keys = _opened(config, keys_file, pcsc, language)
    try:
        if config.production and keys.test_keys:
            raise TestKeysRefused
    except BaseException:
        keys.close()
        raise
    return keys


def _opened(
    config: Config, keys_file: Path | None, pcsc: Pcsc | None, language: Language | None
) -> KeyService:
    settings = config.keys
    if keys_file is None and settings.service == "file":
        keys_file = Path(settings.file)
    if keys_file is not None:
        return software.from_file(keys_file, partial(passphrases(config, language).of, keys_file))
    match settings.service:
        case "sam":
            from terminal.keys import sam  # noqa: PLC0415  a counter has one of these

            return sam.from_settings(pcsc or Scard(), config.readers, settings.sam)
        case "token":
            from terminal.keys import token  # noqa: PLC0415  and not the others

            return token.from_settings(settings.token)
        case "host":
            from terminal.keys import host  # noqa: PLC0415  whose imports take time

            return host.from_settings(settings.host, config.source)
        case _:
            return software.development(settings.set)


def _to_standard_error(text: str) -> None:
    """Keep questions out of what a program may read from us."""
    sys.stderr.write(text)
    sys.stderr.flush()


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
    One that was reached and gave no byte is asked again at once, once: where a program died with
    the card, the daemon resets it for that one's sake under whoever came next (pcscd 1.9.9
    answers "protocol mismatch" then).
    """
    until = clock() + wait_seconds
    again = True
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
            if session.wire.commands and isinstance(error, CardMute) and again:
                again, seen = False, None
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
