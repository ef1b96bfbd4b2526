"""``guitai authorise``: standing authorisations of agents: put on record, withdrawn (R-AGENT)."""

from __future__ import annotations

from datetime import date

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.asking import ask_named
from terminal.cli.at_desk import AtWhat, at_desk, desk_options
from terminal.cli.options import json_option
from terminal.cli.person_view import ShownPerson
from terminal.cli.whom import (
    actor_document_option,
    document_options,
    nationality_option,
    say_whose,
)
from terminal.registry.representations import Representation
from terminal.rules.documents import DocumentKind
from terminal.rules.vocabulary import Service
from terminal.services.offered import authorise as acts
from terminal.services.offered.roles import KEEPERS
from terminal.texts import Text

SCHEMA = "guitai.authorise/1"
_POSSIBLE = ", ".join(each for each in Service if each in acts.POSSIBLE)
_WHOSE = Text("授权人（持卡人）：", "Who entrusts (the holder):")
_AGENT = Text("代理人：", "Who is entrusted (the agent):")
_ADDED = Text("已登记授权：", "On record:")
_ENDED = Text("已撤销授权：", "Withdrawn:")


def _day(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        wrong = help_text("日期请写成 2026-03-01", "a day is written like 2026-03-01")
        raise click.BadParameter(wrong) from error


@click.group(help=help_text("授权委托：登记、撤销。", "Authorisations of agents: add, withdraw."))
def authorise() -> None:
    """Group what is done with authorisations."""


@authorise.command(
    "add",
    help=help_text(
        "登记书面授权委托：先输入持卡人的证件，再输入代理人的。",
        "Put an authorisation on record: the holder's document is asked for, then the agent's.",
    ),
)
@document_options
@nationality_option
@actor_document_option(
    "agent_document",
    help_text(
        "代理人的证件（默认居民身份证）", "the agent's document, an identity card by default"
    ),
)
@click.option(
    "--for",
    "services",
    type=click.Choice([each.value for each in Service], case_sensitive=False),
    multiple=True,
    required=True,
    metavar="SERVICE",
    help=f"{help_text('授权的业务，可写多次', 'a service, more than once')} ({_POSSIBLE})",
)
@click.option(
    "--until",
    metavar="YYYY-MM-DD",
    callback=_day,
    help=help_text("授权的最后一天，不写则不限", "its last day; none, without end"),
)
@desk_options
@json_option
@click.pass_obj
def add(
    session: Session,
    document: str | None,
    nationality: str,
    agent_document: str | None,
    services: tuple[str, ...],
    until: date | None,
    at_what: AtWhat,
) -> None:
    """Put an authorisation on record."""
    with at_desk(session, at_what, KEEPERS) as at:
        say_whose(session, _WHOSE)
        kind = DocumentKind(document or DocumentKind.CITIZEN_ID)
        holder = ask_named(session, kind, at.desk.today, nationality=nationality)
        say_whose(session, _AGENT)
        agent_kind = DocumentKind(agent_document or DocumentKind.CITIZEN_ID)
        agent = ask_named(session, agent_kind, at.desk.today)
        done = acts.authorise(at.desk, holder, agent, map(Service, services), until)
    _show(session, "add", _ADDED, done)


@authorise.command(
    "withdraw",
    help=help_text(
        "撤销授权：NUMBER 为授权编号（见 person find）；持卡人的证件随后输入。",
        "Withdraw an authorisation, by its number (see person find); the holder's document is asked"
        " for.",
    ),
)
@click.argument("number", type=int)
@document_options
@nationality_option
@desk_options
@json_option
@click.pass_obj
def withdraw(
    session: Session, number: int, document: str | None, nationality: str, at_what: AtWhat
) -> None:
    """Note that an authorisation was taken back."""
    with at_desk(session, at_what, KEEPERS) as at:
        kind = DocumentKind(document or DocumentKind.CITIZEN_ID)
        holder = ask_named(session, kind, at.desk.today, nationality=nationality)
        done = acts.withdraw(at.desk, holder, number)
    _show(session, "withdraw", _ENDED, done)


def _show(session: Session, action: str, title: Text, done: Representation) -> None:
    shown = ShownPerson(session)
    if session.as_json:
        document = shown.right_document(done)
        print_json({"schema": SCHEMA, "action": action, "authorisation": document})
        return
    click.echo(session.say(title))
    click.echo(f"  {shown.right_line(done)}")
