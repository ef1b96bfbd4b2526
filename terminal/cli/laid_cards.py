"""The options that say in which readers cards are laid, and what they are worked on with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from terminal.cli.app import Session, help_text
from terminal.cli.operations import progress_of
from terminal.cli.options import keys_option, reader_option, trace_option, trace_to, wait_option
from terminal.cli.visits import entry_of
from terminal.errors import CardUnknown, PersonUnknown
from terminal.errors.rules import RuleError
from terminal.readers.pcsc import Scard
from terminal.registry.cards import by_chip
from terminal.services.counter import CARD_WAIT_SECONDS
from terminal.services.offered.at_card import card_on
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Request
from terminal.services.offered.slot import Slot, Tools, open_tools
from terminal.texts import Text

_UNREGISTERED = Text(
    "登记中没有这张卡：请先凭证件登记（guitai person register --id），再办理",
    "The registry does not know this card: put it on record first, by a document (guitai person"
    " register --id)",
)


@dataclass(frozen=True, slots=True)
class Cards:
    """Hold what the options said of cards and readers."""

    reader: str | None = None
    old_reader: str | None = None
    contactless: str | None = None
    no_card: bool = False
    last_try: bool = False
    wait_seconds: float = CARD_WAIT_SECONDS
    trace_file: Path | None = None
    keys_file: Path | None = None


def cards_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of two readers; it gets them as one ``cards``."""
    for option in (
        click.option(
            "--contactless",
            metavar="R",
            help=help_text(
                "感应读卡器（交通钱包要用它时）", "the contactless reader, where the purse is there"
            ),
        ),
        click.option(
            "--old-reader",
            metavar="R",
            help=help_text(
                "换领时放旧卡的读卡器；不写则两张卡先后放同一个",
                "where the old card lies at renewal; without it both go into one, in turn",
            ),
        ),
        click.option(
            "--last-try",
            is_flag=True,
            help=help_text("密码只剩最后 1 次机会时也要用", "spend even the PIN's last try"),
        ),
        click.option(
            "--no-card",
            is_flag=True,
            help=help_text("不用读卡器：没有带卡，或卡读不出", "no card is there, or none is read"),
        ),
    ):
        command = option(command)
    return _one_reader(command)


def card_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of one reader; it gets them as one ``cards``."""
    return _one_reader(command)


def _one_reader(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def collected(
        *arguments: Any,
        reader: str | None,
        wait_seconds: float,
        trace_file: Path | None,
        keys_file: Path | None,
        old_reader: str | None = None,
        contactless: str | None = None,
        no_card: bool = False,
        last_try: bool = False,
        **more: Any,
    ) -> None:
        cards = Cards(
            reader,
            old_reader,
            contactless,
            no_card,
            last_try,
            wait_seconds,
            trace_file,
            keys_file,
        )
        command(*arguments, cards=cards, **more)

    for option in (keys_option, trace_option, wait_option, reader_option):
        collected = option(collected)
    return collected


@contextmanager
def tools_for(session: Session, cards: Cards, operator: str) -> Iterator[Tools]:
    """Open journal, keys and PIN entry; raises the catalogue's leaves."""
    with (
        trace_to(cards.trace_file) as trace,
        open_tools(
            session.config,
            Scard(),
            operator,
            entry_of(session),
            say=progress_of(session),
            keys_file=cards.keys_file,
            language=session.language,
            last_try=cards.last_try,
            wait_seconds=cards.wait_seconds,
            trace=trace,
        ) as tools,
    ):
        yield tools


@contextmanager
def unregistered_told(session: Session, desk: Desk, request: Request) -> Iterator[None]:
    """Have it said, first of all, that the registry does not know the card that lies there.

    Raises CardUnknown where nothing but that card said who the holder is.
    """
    try:
        yield
        if request.holder is None and is_unregistered(desk):
            tell_unregistered(session)  # what was answered is of nobody
    except RuleError as error:
        if is_unregistered(desk):
            if request.holder is None and isinstance(error, PersonUnknown):
                raise CardUnknown(detail=_UNREGISTERED) from error
            tell_unregistered(session)
        raise


def is_unregistered(desk: Desk) -> bool:
    """Say whether a card lies on the desk that the registry does not know."""
    if desk.chip is None or not desk.chip.chip:
        return False
    with desk.registry.reading() as tx:
        return by_chip(tx, desk.chip.chip) is None


def tell_unregistered(session: Session) -> None:
    """Say on standard error what is done first with a card that the registry does not know."""
    progress_of(session)(_UNREGISTERED)


@contextmanager
def card_at(session: Session, desk: Desk, cards: Cards, *, laid: bool) -> Iterator[Desk]:
    """Give the desk with a card on it where one is to be ``laid``, or a reader was named."""
    if not (laid or cards.reader):
        yield desk
        return
    with tools_for(session, cards, desk.operator) as tools, Slot(tools, cards.reader) as slot:
        yield desk.with_chip(card_on(slot))
