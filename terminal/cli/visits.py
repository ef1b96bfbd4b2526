"""What every command on a visited card shares: its options, the visit, where a PIN is entered."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from terminal.cli.app import Session
from terminal.cli.options import (
    json_option,
    keys_option,
    reader_option,
    trace_option,
    trace_to,
    wait_option,
)
from terminal.readers.pcsc import Scard
from terminal.services.pin_entry import MakeEntry, pin_entry
from terminal.services.visit import Visit, visiting


@dataclass(frozen=True, slots=True)
class Where:
    """Say which card is meant, by which keys, and what is recorded of it."""

    reader: str | None
    wait_seconds: float
    trace_file: Path | None
    keys_file: Path | None = None


def card_command(command: Callable[..., None], *, with_keys: bool = True) -> Callable[..., None]:
    """Give a command the options that say which card is meant; it gets them as one ``Where``."""

    @functools.wraps(command)
    def collected(
        session: Session,
        reader: str | None,
        wait_seconds: float,
        trace_file: Path | None,
        keys_file: Path | None = None,
        **more: Any,
    ) -> None:
        command(session, Where(reader, wait_seconds, trace_file, keys_file), **more)

    for option in (json_option, trace_option, wait_option, reader_option):
        collected = option(collected)
    return click.pass_obj(keys_option(collected) if with_keys else collected)


@contextmanager
def visit_at(session: Session, where: Where, *, with_keys: bool = True) -> Iterator[Visit]:
    """Visit the card that is meant; raises the catalogue's leaves."""
    with (
        trace_to(where.trace_file) as trace,
        visiting(
            Scard(),
            session.config,
            reader=where.reader,
            wait_seconds=where.wait_seconds,
            keys_file=where.keys_file,
            with_keys=with_keys,
            trace=trace,
            language=session.language,
        ) as visit,
    ):
        yield visit


def entry_of(session: Session) -> MakeEntry:
    """Say where a PIN is entered; what is asked goes to standard error."""
    say = partial(click.echo, nl=False, err=True)
    return partial(pin_entry, session.config, session.language, say)
