"""``guitai query``: the enquiries of the rules: a card's state, an application's progress."""

from __future__ import annotations

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.at_desk import AtWhat, desk_options
from terminal.cli.laid_cards import Cards, card_options
from terminal.cli.options import json_option
from terminal.cli.service_view import answer_document, say_answer
from terminal.cli.serving import served, service_key_option
from terminal.cli.whom import Whom, whom_options
from terminal.rules.vocabulary import Service

SCHEMA = "guitai.query/1"


@click.group(
    help=help_text(
        "查询：应用状态、办卡进度。", "Enquiries: a card's state, an application's progress."
    )
)
def query() -> None:
    """Group the enquiries (Rules Art. 18)."""


@query.command(
    "status",
    help=help_text(
        "查询应用状态；没有写证件就按放上的卡查。",
        "Ask how a card's functions stand; without a document, of the card laid on.",
    ),
)
@whom_options
@service_key_option
@card_options
@desk_options
@json_option
@click.pass_obj
def status(session: Session, at_what: AtWhat, cards: Cards, whom: Whom, key: str | None) -> None:
    """Print how a card's functions stand."""
    _enquire(session, Service.STATUS, at_what, cards, whom, key)


@query.command(
    "progress",
    help=help_text(
        "查询办卡进度；单位查批次写 --as employer --set licence=证照号码。",
        "Ask how far an application is; an employer: --as employer --set licence=NUMBER.",
    ),
)
@whom_options
@service_key_option
@card_options
@desk_options
@json_option
@click.pass_obj
def progress(session: Session, at_what: AtWhat, cards: Cards, whom: Whom, key: str | None) -> None:
    """Print how far an application is."""
    _enquire(session, Service.PROGRESS, at_what, cards, whom, key)


def _enquire(
    session: Session,
    service: Service,
    at_what: AtWhat,
    cards: Cards,
    whom: Whom,
    key: str | None,
) -> None:
    with served(session, service, at_what=at_what, whom=whom, cards=cards, key=key) as answer:
        if session.as_json:
            print_json({"schema": SCHEMA, "answer": answer_document(session, answer)})
        else:
            say_answer(session, answer)
