"""What every command that moves money or passes shares: operator, key, method, progress."""

from __future__ import annotations

import contextlib
import getpass
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from terminal.cli.app import Session, drop_output, help_text
from terminal.errors import (
    GuitaiError,
    InterruptedAmid,
    InterruptedBefore,
    PersonWrong,
    Stopped,
    WrongUsage,
)
from terminal.journal import Journal
from terminal.journal.model import STATES, Method, new_key, shown_key
from terminal.texts import Text

_F = TypeVar("_F", bound=Callable[..., Any])
_KEY = re.compile(r"[0-9A-Za-z._-]{8,64}")
_KEY_FORM = Text(
    "--key：流水号应为 8 至 64 个字母、数字或 . _ -",
    "--key: 8 to 64 letters, digits or . _ -",
)
_UNFINISHED = Text(
    "这笔业务（流水 {key}）已经开始，还没有了结：请放上卡运行 {recover}，不要另做一笔",
    "What was begun ({key}) has no outcome yet: run {recover} with the card, begin no other",
)
_CONTROL = Text("含有换行等控制字符", "it has control characters")
_NOBODY = Text("不能为空", "it is empty")


def operator_option(function: _F) -> _F:
    """Give a command ``--operator``; the machine's user unless told."""
    return click.option(
        "--operator",
        metavar="ID",
        default=_user,
        callback=_somebody,
        help=help_text("柜员工号（默认为系统用户名）", "who does it (default: the system's user)"),
    )(function)


def second_option(function: _F) -> _F:
    """Give a command ``--second``, who agrees; whether one is wanted, the service says."""
    return click.option(
        "--second",
        default="",
        metavar="ID",
        callback=_printable,
        help=help_text("复核人工号", "who agrees"),
    )(function)


def reason_option(function: _F) -> _F:
    """Give a command ``--reason``, the grounds of a decision."""
    return click.option(
        "--reason",
        default="",
        metavar="TEXT",
        callback=_printable,
        help=help_text("依据", "the grounds"),
    )(function)


def without_card_option(function: _F) -> _F:
    """Give a command ``--without-card``: what is decided is decided unasked."""
    return click.option(
        "--without-card",
        is_flag=True,
        help=help_text("卡回不来了，不再查卡", "the card will never come back to be asked"),
    )(function)


def _printable(_ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse what would write other lines, or colours, into a list that is read later."""
    if not value.isprintable():
        raise PersonWrong(option=f"--{parameter.name}", detail=_CONTROL)
    return value.strip()


def _somebody(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """Demand a name: money that nobody moved can be asked of nobody."""
    name = _printable(ctx, parameter, value)
    if not name:
        raise PersonWrong(option=f"--{parameter.name}", detail=_NOBODY)
    return name


@contextlib.contextmanager
def telling_of(journal: Journal, key: str, recover: str) -> Iterator[None]:
    """Have an interruption, or an error, say what became of the operation under ``key``.

    Nothing is sent to a card before its entry says so; where there is none, nothing was done.
    ``recover`` is the command that settles it.
    """
    try:
        yield
    except GuitaiError as error:
        with contextlib.suppress(GuitaiError):
            entry = None if "key" in error.facts else journal.known(key)
            if entry is not None and entry.unfinished:
                error.unfinished = _UNFINISHED.filled(key=shown_key(key), recover=recover)
        raise
    except KeyboardInterrupt as stop:
        with contextlib.suppress(GuitaiError):
            stop.told = _interruption(journal, key, recover)  # type: ignore[attr-defined]  # for run
        raise


def _interruption(journal: Journal, key: str, recover: str) -> Stopped:
    entry = journal.known(key)
    if entry is None:
        return InterruptedBefore()
    return InterruptedAmid(key=shown_key(key), state=STATES[entry.state], recover=recover)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user that no system table knows
        return "?"


def key_option(function: _F) -> _F:
    """Give a command ``--key``, the idempotency key; a fresh one unless told."""

    def checked(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str:
        if value is None:
            return new_key()
        if _KEY.fullmatch(value) is None:
            raise WrongUsage(detail=_KEY_FORM)
        return value

    return click.option(
        "--key",
        metavar="KEY",
        callback=checked,
        help=help_text(
            "流水号：同一个流水号只办理一次（默认新建）",
            "idempotency key: one key, one operation (default: a fresh one)",
        ),
    )(function)


def method_option(function: _F) -> _F:
    """Give a command ``--method cash|transfer``."""

    def chosen(_ctx: click.Context, _parameter: click.Parameter, value: str) -> Method:
        return Method(value)

    return click.option(
        "--method",
        type=click.Choice([Method.CASH.value, Method.TRANSFER.value]),
        default=Method.CASH.value,
        show_default=True,
        callback=chosen,
        help=help_text("收付方式", "how the money changes hands"),
    )(function)


def progress_of(session: Session) -> Callable[[Text], None]:
    """Say on standard error what goes on, in the run's language.

    It is said amid work with a card: where it cannot be written the work goes on all the same.
    """

    def say(text: Text) -> None:
        try:
            click.echo(session.say(text), err=True)
        except OSError:
            drop_output(sys.stderr)  # else what is left in its buffer fails at the end
        except ValueError:
            return  # it is closed

    return say
