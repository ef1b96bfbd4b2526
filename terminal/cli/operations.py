"""What every command that moves money or passes shares: operator, key, method, progress."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from terminal.cli.app import Session, help_text
from terminal.errors import WrongUsage
from terminal.journal.model import Method, new_key
from terminal.texts import Text

_F = TypeVar("_F", bound=Callable[..., Any])
_KEY = re.compile(r"[0-9A-Za-z._-]{8,64}")


def operator_option(function: _F) -> _F:
    """Give a command ``--operator``; the machine's user unless told."""
    return click.option(
        "--operator",
        metavar="ID",
        default=_user,
        help=help_text("柜员工号（默认为系统用户名）", "who does it (default: the system's user)"),
    )(function)


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
            raise WrongUsage(detail="--key: 8-64 × A-Z a-z 0-9 . _ -")
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
    """Say on standard error what goes on, in the run's language."""

    def say(text: Text) -> None:
        click.echo(session.say(text), err=True)

    return say
