"""``guitai parcel``: cards by post: sent, received, come back, lost (Rules Art. 7)."""

from __future__ import annotations

from collections.abc import Callable

import click

from terminal.cli.act_view import card_argument, show_act
from terminal.cli.app import Session, help_text
from terminal.cli.at_desk import AtWhat, at_desk, desk_options
from terminal.cli.options import json_option
from terminal.services.offered import posting
from terminal.services.offered.custody import Done
from terminal.services.offered.desk import Desk
from terminal.services.offered.roles import KEEPERS

SCHEMA = "guitai.parcel/1"


@click.group(
    help=help_text("邮寄的卡：寄出、签收、退回、丢失。", "Cards by post: sent, received, lost.")
)
def parcel() -> None:
    """Group what is done by post."""


@parcel.command("send", help=help_text("登记寄出，TRACKING 为邮件号。", "Note as posted."))
@card_argument
@click.argument("tracking")
@desk_options
@json_option
@click.pass_obj
def send(session: Session, card: int, tracking: str, at_what: AtWhat) -> None:
    """Post a card."""
    _act(session, "send", at_what, lambda desk: posting.post(desk, card, tracking))


@parcel.command("delivered", help=help_text("登记本人签收。", "Note that its holder has it."))
@card_argument
@desk_options
@json_option
@click.pass_obj
def delivered(session: Session, card: int, at_what: AtWhat) -> None:
    """Note that the post handed a card over."""
    _act(session, "delivered", at_what, lambda desk: posting.delivered(desk, card))


@parcel.command("returned", help=help_text("登记退回，卡在银行待领。", "Note that it came back."))
@card_argument
@desk_options
@json_option
@click.pass_obj
def returned(session: Session, card: int, at_what: AtWhat) -> None:
    """Note that a parcel came back."""
    _act(session, "returned", at_what, lambda desk: posting.came_back(desk, card))


@parcel.command(
    "lost",
    help=help_text("登记丢失，重新制卡，不收费。", "Note that it is lost: another card is made."),
)
@card_argument
@desk_options
@json_option
@click.pass_obj
def lost(session: Session, card: int, at_what: AtWhat) -> None:
    """Note that a parcel is lost."""
    _act(session, "lost", at_what, lambda desk: posting.lost(desk, card))


def _act(session: Session, action: str, at_what: AtWhat, act: Callable[[Desk], Done]) -> None:
    with at_desk(session, at_what, KEEPERS) as at:
        done = act(at.desk)
    show_act(session, SCHEMA, action, done.card, owed=done.owed, repeated=done.repeated)
