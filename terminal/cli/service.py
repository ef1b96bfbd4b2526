"""``guitai service``: what can be done here now, what the rules say of it, and doing it."""

from __future__ import annotations

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.at_desk import AtWhat, at_desk, channel_of, desk_options
from terminal.cli.laid_cards import (
    Cards,
    card_at,
    card_options,
    cards_options,
    is_unregistered,
    tell_unregistered,
)
from terminal.cli.options import json_option
from terminal.cli.service_view import (
    answer_document,
    decision_document,
    explain_document,
    explain_lines,
    say_answer,
    say_decisions,
    say_left,
)
from terminal.cli.serving import checked_key, given_up, served, service_key_option
from terminal.cli.whom import Whom, whom_options
from terminal.errors import WrongUsage
from terminal.rules.vocabulary import Service
from terminal.services.offered.laying import wants_card
from terminal.services.offered.possible import possible_here
from terminal.services.offered.roles import roles_to_look
from terminal.texts import Text

SCHEMA = "guitai.service/1"
_SERVICES = click.Choice([each.value for each in Service], case_sensitive=False)
_LEAVE_ALONE = Text(
    "--leave 后面写流水号，不要再写业务或 --key",
    "--leave takes the key alone, no service, no --key",
)


@click.group(
    help=help_text(
        "实施细则规定的各项业务：能办什么、怎么规定的、办理。",
        "The services of the rules: what can be done, what is said of it, do it.",
    )
)
def service() -> None:
    """Group what is asked of the rules."""


@service.command(
    "list",
    help=help_text(
        "此人现在在这里能办什么；没有写证件就按放上的卡查。",
        "What a person can do here now; without a document, whose card is laid on.",
    ),
)
@whom_options
@click.option(
    "--why",
    is_flag=True,
    help=help_text(
        "也列出不能办的，并说明为什么、怎么办", "also what cannot be done, why, and what instead"
    ),
)
@card_options
@desk_options
@json_option
@click.pass_obj
def list_services(session: Session, at_what: AtWhat, cards: Cards, why: bool, whom: Whom) -> None:
    """Print every service with the rules' word on it."""
    with at_desk(session, at_what, roles_to_look(channel_of(session))) as at:
        request = whom.request(session, at.desk, Service.STATUS, ask_actor=False)
        with card_at(session, at.desk, cards, laid=wants_card(at.desk, request)) as desk:
            if is_unregistered(desk):
                tell_unregistered(session)
            decisions = possible_here(desk, request)
    if session.as_json:
        shown = [decision_document(session, each) for each in decisions]
        print_json({"schema": SCHEMA, "action": "list", "services": shown})
        return
    say_decisions(session, decisions, reasons=why)


@service.command(
    "explain",
    help=help_text("一项业务是怎么规定的、要什么；不用签到。", "What the rules say of a service."),
)
@click.argument("kind", metavar="[SERVICE]", type=_SERVICES, required=False)
@json_option
@click.pass_obj
def explain(session: Session, kind: str | None) -> None:
    """Print what the rules say of a service, or the list of all."""
    chosen = [Service(kind)] if kind else list(Service)
    if session.as_json:
        documents = [explain_document(session, each) for each in chosen]
        print_json({"schema": SCHEMA, "action": "explain", "services": documents})
        return
    for each in chosen:
        for shown in explain_lines(session, each, whole=kind is not None):
            click.echo(shown)


@service.command(
    "run",
    help=help_text(
        "办理一项业务；只写 --key 则接着办没有办完的，或再看一次结果。",
        "Do a service; with --key alone go on with one, or see its result again.",
    ),
)
@click.argument("kind", metavar="[SERVICE]", type=_SERVICES, required=False)
@whom_options
@service_key_option
@click.option(
    "--leave",
    metavar="KEY",
    callback=checked_key,
    help=help_text(
        "放弃没有办完的一项（已经写卡或收款的不能放弃）",
        "give an unfinished one up, unless something of it stands",
    ),
)
@click.option(
    "--at-home", is_flag=True, help=help_text("上门办理", "at the holder's home (Rules Art. 25)")
)
@cards_options
@desk_options
@json_option
@click.pass_obj
def run(
    session: Session,
    kind: str | None,
    at_what: AtWhat,
    cards: Cards,
    whom: Whom,
    key: str | None,
    leave: str | None,
    at_home: bool,
) -> None:
    """Do a service and print its answer, or give one up."""
    if leave is not None:
        if kind or key or not whom.says_nothing:
            raise WrongUsage(detail=_LEAVE_ALONE)
        say_left(session, SCHEMA, leave, given_up(session, at_what, cards, leave))
        return
    with served(
        session,
        Service(kind) if kind else None,
        at_what=at_what,
        whom=whom,
        cards=cards,
        key=key,
        at_home=at_home,
    ) as answer:
        if session.as_json:
            document = answer_document(session, answer)
            print_json({"schema": SCHEMA, "action": "run", "answer": document})
        else:
            say_answer(session, answer)
