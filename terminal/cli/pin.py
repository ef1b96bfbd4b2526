"""``guitai pin``: the service PIN. It is entered at a keypad, a PIN pad, a terminal; never here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from terminal.cards.pin import PinState
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import warnings_of, wire_of
from terminal.cli.visits import Where, card_command, entry_of, visit_at
from terminal.services.service_pin import PinDesk, PinResult
from terminal.texts import Text

SCHEMA = "guitai.pin/1"

_STATES = {
    PinState.SET: Text(
        "服务密码已设置，还可试 {left} 次", "The service PIN is set, {left} tries left"
    ),
    PinState.NOT_SET: Text("还没有设置服务密码", "No service PIN is set yet"),
    PinState.BLOCKED: Text("服务密码已锁定", "The service PIN is blocked"),
    PinState.UNKNOWN: Text(
        "卡没有说明服务密码的状态", "The card does not tell the service PIN's state"
    ),
}
_SET_UNCOUNTED = Text("服务密码已设置", "The service PIN is set")
_DONE = {
    "verify": Text("服务密码正确", "The service PIN is right"),
    "change": Text("服务密码已修改", "The service PIN was changed"),
    "set": Text("服务密码已设置", "The service PIN was set"),
    "reset": Text("服务密码已重置", "The service PIN was reset"),
    "unblock": Text("服务密码已解锁，密码不变", "The service PIN was unblocked and is what it was"),
}
_LAST_TRY = Text(
    "注意：也许是最后 1 次机会，再输错服务密码就会锁定",
    "Mind: this may be the last try; one more wrong entry blocks the service PIN",
)

_last_try_option = click.option(
    "--last-try",
    is_flag=True,
    help=help_text("只剩最后 1 次机会时也要用", "spend even the last try"),
)


@click.group(help=help_text("服务密码（不是银行密码）。", "The service PIN (not the bank's)."))
def pin() -> None:
    """Group what is done with the service PIN."""


@contextmanager
def _desk(
    session: Session, where: Where, *, with_keys: bool = True, last_try: bool = False
) -> Iterator[PinDesk]:
    """Visit the card and make the desk over it."""
    with visit_at(session, where, with_keys=with_keys) as visit:
        warn = partial(click.echo, session.say(_LAST_TRY), err=True)
        yield PinDesk(visit, entry_of(session), last_try=last_try, warn=warn)


@pin.command(help=help_text("查看状态，不消耗次数。", "Show the state; spends no try."))
@partial(card_command, with_keys=False)
def status(session: Session, where: Where) -> None:
    """Ask the card."""
    with _desk(session, where, with_keys=False) as desk:
        _show(session, desk.status())


@pin.command(help=help_text("验证服务密码。", "Verify the service PIN."))
@_last_try_option
@partial(card_command, with_keys=False)
def verify(session: Session, where: Where, last_try: bool) -> None:
    """Let the holder enter it once."""
    with _desk(session, where, with_keys=False, last_try=last_try) as desk:
        _show(session, desk.verify())


@pin.command(name="set", help=help_text("给没有密码的卡设置密码。", "Set the first PIN of a card."))
@card_command
def set_first(session: Session, where: Where) -> None:
    """Let the holder enter it twice."""
    with _desk(session, where) as desk:
        _show(session, desk.set_first())


@pin.command(help=help_text("凭原密码修改密码。", "Change the PIN by the old one."))
@_last_try_option
@card_command
def change(session: Session, where: Where, last_try: bool) -> None:
    """Let the holder enter the old one and twice the new one."""
    with _desk(session, where, last_try=last_try) as desk:
        _show(session, desk.change())


@pin.command(
    help=help_text(
        "凭证件重置密码，也用于解锁。", "Reset a forgotten or blocked PIN (identity document)."
    )
)
@click.option(
    "--keep-pin",
    is_flag=True,
    help=help_text("只解锁，密码不变", "only unblock it, the PIN stays"),
)
@card_command
def reset(session: Session, where: Where, keep_pin: bool) -> None:
    """Let the holder enter a new one twice, or only give the tries back."""
    with _desk(session, where) as desk:
        _show(session, desk.reset(keep_pin=keep_pin), "unblock" if keep_pin else "reset")


def _show(session: Session, result: PinResult, done: str | None = None) -> None:
    if session.as_json:
        print_json(as_document(result, session))
        return
    done = done or result.action
    if done in _DONE:
        click.echo(session.say(_DONE[done]))
    state, left = result.status.state, result.status.tries_left
    uncounted = state is PinState.SET and left is None
    click.echo(session.say(_SET_UNCOUNTED if uncounted else _STATES[state], left=left))
    for warning in warnings_of(result.notes, session):
        click.echo(f"! {warning['message']}")


def as_document(result: PinResult, session: Session) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.pin-1.json)."""
    return {
        "schema": SCHEMA,
        "reader": result.reader,
        "action": result.action,
        "state": result.status.state.value,
        "tries_left": result.status.tries_left,
        "source": result.source,
        "warnings": warnings_of(result.notes, session),
        "wire": wire_of(result.wire),
    }
