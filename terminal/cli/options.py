"""Options that several commands share, named and explained once."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from terminal.cards.notes import Notes
from terminal.cli.app import Session, current_language, help_text
from terminal.errors import FileTrouble
from terminal.readers.connection import Wire
from terminal.services.counter import CARD_WAIT_SECONDS
from terminal.texts import LANGUAGES, Language, Text

MOST_WAIT_SECONDS = 86_400
_F = TypeVar("_F", bound=Callable[..., Any])
_JSON_HELP = Text("输出 JSON（格式见 docs/schemas）", "print JSON (see docs/schemas)")


def language_option(function: _F) -> _F:
    """Let ``--lang`` stand behind the command too; it was found before (language_asked)."""

    def take(ctx: click.Context, _parameter: click.Parameter, value: Language | None) -> None:
        if value is not None:
            ctx.find_root().obj.language = value

    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        expose_value=False,
        callback=take,
        is_eager=True,
        help=help_text("界面语言", "language of messages"),
    )(function)


def json_option(function: _F) -> _F:
    """Give a command ``--json`` and ``--lang``; it finds them in its session."""

    def note(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value:
            ctx.find_root().obj.as_json = True

    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        expose_value=False,
        callback=note,
        is_eager=True,
        help=_JSON_HELP.say(current_language()),
    )(language_option(function))


def reader_option(function: _F) -> _F:
    """Give a command ``--reader``."""
    text = help_text("读卡器编号、名称片段或角色", "the reader's number, part of its name, or role")
    return click.option("--reader", metavar="R", help=text)(function)


def keys_option(function: _F) -> _F:
    """Give a command ``--keys FILE``."""
    return click.option(
        "--keys",
        "keys_file",
        type=click.Path(path_type=Path, readable=False),
        metavar="FILE",
        help=help_text("密钥文件", "key file"),
    )(function)


def reveal_option(function: _F) -> _F:
    """Give a command ``--reveal``."""
    text = help_text("显示完整信息", "show data unmasked")
    return click.option("--reveal", is_flag=True, help=text)(function)


def _number(_ctx: click.Context, _parameter: click.Parameter, value: float) -> float:
    """Refuse NaN, which is below no limit and above none."""
    if math.isnan(value):
        raise click.BadParameter("NaN")
    return value


def wait_option(function: _F) -> _F:
    """Give a command ``--wait SECONDS``."""
    return click.option(
        "--wait",
        "wait_seconds",
        type=click.FloatRange(0, MOST_WAIT_SECONDS),
        callback=_number,
        default=CARD_WAIT_SECONDS,
        show_default=True,
        help=help_text("等卡的秒数", "seconds to wait for a card"),
    )(function)


def warnings_of(notes: Notes, session: Session) -> list[dict[str, str]]:
    """Make the JSON form of what was tolerated."""
    return [
        {"code": note.code, "message": note.message(session.language)} for note in notes.collected
    ]


def wire_of(wire: Wire) -> dict[str, int]:
    """Make the JSON form of what crossed the wire."""
    return {
        "commands": wire.commands,
        "bytes_sent": wire.bytes_sent,
        "bytes_received": wire.bytes_received,
    }


def trace_option(function: _F) -> _F:
    """Give a command ``--trace FILE``."""
    return click.option(
        "--trace",
        "trace_file",
        type=click.Path(path_type=Path, readable=False),
        metavar="FILE",
        help=help_text("记录通信（隐去敏感内容）", "write an .apdu trace, masked"),
    )(function)


@contextlib.contextmanager
def trace_to(path: Path | None) -> Iterator[Callable[[str], object] | None]:
    """Open a trace file, line by line on disk; None where none is wanted.

    Raises FileTrouble.
    """
    if path is None:
        yield None
        return
    try:
        # For its owner alone: even a masked trace says which card was where and when.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        stream = os.fdopen(descriptor, "w", encoding="utf-8")
    except OSError as error:
        raise FileTrouble(path=path, detail=error.strerror) from error

    def write(text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except OSError as error:
            raise FileTrouble(path=path, detail=error.strerror) from error

    try:
        yield write
    finally:
        with contextlib.suppress(OSError):
            # What could not be written was said when it could not.
            stream.close()
