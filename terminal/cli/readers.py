"""``guitai readers``: which readers there are and what is in them."""

from __future__ import annotations

import contextlib

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.errors import ReaderError
from terminal.readers.identity import choose
from terminal.readers.pcsc import Scard
from terminal.readers.survey import ReaderView, survey
from terminal.texts import Text

SCHEMA = "guitai.readers/1"
_NO_READERS = Text(
    "没有读卡器。请检查连线；运行 guitai doctor 查看原因。",
    "No reader. Check the cable; guitai doctor tells more.",
)
_CARD = Text("有卡 {atr}", "card {atr}")
_EMPTY = Text("空", "empty")
_MUTE = Text("有卡但无应答", "card does not answer")
_BROKEN = Text("读卡器故障", "out of order")
_IN_USE = Text("使用中", "in use")


@click.command(help=help_text("列出读卡器。", "List the card readers."))
@json_option
@click.pass_obj
def readers(session: Session) -> None:
    """List readers with number, name, role, state."""
    views = survey(Scard())
    names = [view.name for view in views]
    roles = {view.name: _roles(session, view, names) for view in views}
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "readers": [
                    {
                        "number": view.number,
                        "name": view.name,
                        "stable": view.identity.stable,
                        "serial": view.identity.serial or None,
                        "slot": view.identity.slot,
                        "roles": roles[view.name],
                        "card": view.card,
                        "atr": view.atr.hex().upper() or None,
                        "mute": view.mute,
                        "broken": view.broken,
                        "in_use": view.in_use,
                        "exclusive": view.exclusive,
                    }
                    for view in views
                ],
            }
        )
        return
    if not views:
        click.echo(session.say(_NO_READERS))
    for view in views:
        role = f" [{', '.join(roles[view.name])}]" if roles[view.name] else ""
        click.echo(f"{view.number}  {view.name}{role}  {_state(session, view)}")


def _roles(session: Session, view: ReaderView, names: list[str]) -> list[str]:
    """Name the configured roles that mean this reader, as ``--reader`` would take them."""
    roles = session.config.readers.roles
    found = []
    for role in sorted(roles):
        with contextlib.suppress(ReaderError):
            if choose(names, role, roles=roles) == view.name:
                found.append(role)
    return found


def _state(session: Session, view: ReaderView) -> str:
    state = session.say(_EMPTY)
    if view.broken:
        state = session.say(_BROKEN)
    elif view.mute:
        state = session.say(_MUTE)
    elif view.card:
        state = session.say(_CARD, atr=view.atr.hex().upper())
    return f"{state} · {session.say(_IN_USE)}" if view.in_use or view.exclusive else state
