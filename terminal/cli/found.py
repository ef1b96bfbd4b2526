"""``guitai found``: cards that somebody found, and cards used by others (R-OWN-USE)."""

from __future__ import annotations

from typing import Any

import click

from terminal.beijing_time import beijing_day
from terminal.cli.act_view import card_argument, card_number, show_act
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.asking import ask_line, ask_named
from terminal.cli.at_desk import AtWhat, at_desk, desk_options
from terminal.cli.laid_cards import Cards, card_at, card_options
from terminal.cli.options import json_option
from terminal.cli.service_view import say_owed
from terminal.cli.serving import service_key_option
from terminal.cli.whom import document_options, nationality_option
from terminal.rules.documents import DocumentKind
from terminal.services.offered import found as acts
from terminal.services.offered.found import Done, Matter, kept_here, kept_until
from terminal.services.offered.roles import KEEPERS
from terminal.services.offered.run_keys import fresh_key
from terminal.texts import Text

SCHEMA = "guitai.found/1"
_NOTHING = Text("本网点没有收存拾获的卡", "No found card is kept here")
_KEPT_UNTIL = Text("保管至 {day}", "kept until {day}")
_ROW = Text(
    "卡 {number}（{shown}）：{day} 收存，保管至 {until}",
    "Card {number} ({shown}): since {day}, kept until {until}",
)
_TOLD = Text("所见情况", "what was seen")
_NUMBER = Text("卡面上的卡号（没有可不填）", "the number on the card, empty where there is none")
_REPORTED = Text("已上报诚信档案，编号 {number}", "Reported to the integrity file: {number}")
_NOBODY = Text("关注名单是空的", "The blacklist is empty")
_A_CARD = Text("卡 {number}", "card {number}")
_A_PERSON = Text("登记编号 {number} 的人", "person {number}")
_ENTRY = Text("{number}：{whom}，{day} 列入，{reason}", "{number}: {whom}, since {day}, {reason}")
_OFF = Text("已移出关注名单：编号 {number}", "Taken off the blacklist: entry {number}")


@click.group(
    help=help_text(
        "拾获的卡、冒用的卡：收存、归还、销毁、上报。",
        "Found cards, and cards used by others: keep, give back, destroy, report.",
    )
)
def found() -> None:
    """Group what is done with found cards."""


@found.command("list", help=help_text("列出本网点收存的卡。", "List the cards kept here."))
@desk_options
@json_option
@click.pass_obj
def list_found(session: Session, at_what: AtWhat) -> None:
    """Print a line a card, the longest kept first."""
    with at_desk(session, at_what, KEEPERS) as at:
        kept = kept_here(at.desk)
    if session.as_json:
        documents = [
            {
                "card": each.card.id,
                "card_number": card_number(session, each.card),
                "since": beijing_day(each.since).isoformat(),
                "kept_until": kept_until(each).day.isoformat(),
            }
            for each in kept
        ]
        print_json({"schema": SCHEMA, "action": "list", "cards": documents})
        return
    if not kept:
        click.echo(session.say(_NOTHING))
    for each in kept:
        row = _ROW.filled(
            number=each.card.id,
            shown=card_number(session, each.card),
            day=beijing_day(each.since),
            until=kept_until(each).text,
        )
        click.echo(session.say(row))


@found.command(
    "hand-in",
    help=help_text(
        "收存有人拾到的卡：放在读卡器上，或写登记编号 CARD。",
        "Take in a card that somebody found: the one laid on, or CARD by its number here.",
    ),
)
@click.argument("card", metavar="[CARD]", type=int, required=False)
@service_key_option
@card_options
@desk_options
@json_option
@click.pass_obj
def hand_in(
    session: Session, card: int | None, cards: Cards, key: str | None, at_what: AtWhat
) -> None:
    """Keep a card for its holder."""
    with (
        at_desk(session, at_what, KEEPERS) as at,
        card_at(session, at.desk, cards, laid=card is None) as desk,
    ):
        done = acts.hand_in(desk, key or fresh_key(desk.today), card)
    _show(session, "hand_in", done)


@found.command(
    "give-back",
    help=help_text("凭证件归还收存的卡。", "Give a kept card back against a document."),
)
@card_argument
@document_options
@nationality_option
@desk_options
@json_option
@click.pass_obj
def give_back(
    session: Session, card: int, document: str | None, nationality: str, at_what: AtWhat
) -> None:
    """Give a card back to its holder."""
    with at_desk(session, at_what, KEEPERS) as at:
        kind = DocumentKind(document or DocumentKind.CITIZEN_ID)
        holder = ask_named(session, kind, at.desk.today, nationality=nationality)
        done = acts.give_back(at.desk, holder, card)
    _show(session, "give_back", done)


@found.command(
    "destroy",
    help=help_text(
        "销毁逾期无人领取、或已失效的卡；须两人，写明依据。",
        "Destroy a kept card that nobody fetched, or that is over; two people, with grounds.",
    ),
)
@card_argument
@service_key_option
@desk_options
@json_option
@click.pass_obj
def destroy(session: Session, card: int, key: str | None, at_what: AtWhat) -> None:
    """Destroy a card."""
    with at_desk(session, at_what, KEEPERS) as at:
        done = acts.destroy(at.desk, key or fresh_key(at.desk.today), card)
    _show(session, "destroy", done)


@found.command(
    "report",
    help=help_text(
        "上报伪造、转借、买卖的卡；所见情况和卡号随后输入；须两人，写明依据。",
        "Report a forged, borrowed or sold card; what was seen and its number are asked for; two"
        " people, with grounds.",
    ),
)
@click.argument("matter", type=click.Choice([each.value for each in Matter]))
@click.option(
    "--card", type=int, metavar="N", help=help_text("卡的登记编号", "the card's number here")
)
@click.option(
    "--person", type=int, metavar="N", help=help_text("人的登记编号", "the person's number here")
)
@click.option(
    "--blacklist",
    is_flag=True,
    help=help_text(
        "同时把卡（或人）列入关注名单", "put the card, else the person, on the blacklist"
    ),
)
@service_key_option
@desk_options
@json_option
@click.pass_obj
def report(
    session: Session,
    matter: str,
    card: int | None,
    person: int | None,
    blacklist: bool,
    key: str | None,
    at_what: AtWhat,
) -> None:
    """Report a misuse."""
    with at_desk(session, at_what, KEEPERS) as at:
        told = ask_line(session, _TOLD)
        number = ask_line(session, _NUMBER) if card is None else ""
        done = acts.report(
            at.desk,
            key or fresh_key(at.desk.today),
            Matter(matter),
            told,
            card_id=card,
            person_id=person,
            card_number=number,
            blacklist=blacklist,
        )
    if session.as_json:
        owed = [session.say(each) for each in done.owed]
        document = {"schema": SCHEMA, "action": "report", "report": done.report, "owed": owed}
        print_json(document)
        return
    click.echo(session.say(_REPORTED, number=done.report))
    say_owed(session, done.owed)


@found.command("blacklist", help=help_text("列出关注名单。", "List the blacklist."))
@desk_options
@json_option
@click.pass_obj
def list_blacklist(session: Session, at_what: AtWhat) -> None:
    """Print a line an entry."""
    with at_desk(session, at_what, KEEPERS) as at:
        entries = acts.blacklist(at.desk)
    if session.as_json:
        documents = [
            {
                "entry": each.id,
                "person": each.person_id,
                "card": each.card_id,
                "reason": each.reason,
                "since": beijing_day(each.from_at).isoformat(),
            }
            for each in entries
        ]
        print_json({"schema": SCHEMA, "action": "blacklist", "entries": documents})
        return
    if not entries:
        click.echo(session.say(_NOBODY))
    for each in entries:
        whom = _A_CARD if each.card_id is not None else _A_PERSON
        row = _ENTRY.filled(
            number=each.id,
            whom=whom.filled(number=each.card_id or each.person_id),
            day=beijing_day(each.from_at),
            reason=each.reason,
        )
        click.echo(session.say(row))


@found.command(
    "take-off",
    help=help_text(
        "移出关注名单：NUMBER 见 found blacklist；须两人，写明依据。",
        "Take an entry off the blacklist, by its number there; two people, with grounds.",
    ),
)
@click.argument("number", type=int)
@desk_options
@json_option
@click.pass_obj
def take_off(session: Session, number: int, at_what: AtWhat) -> None:
    """Take somebody or a card off the blacklist."""
    with at_desk(session, at_what, KEEPERS) as at:
        acts.take_off(at.desk, number)
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "take_off", "entry": number})
    else:
        click.echo(session.say(_OFF, number=number))


def _show(session: Session, action: str, done: Done) -> None:
    facts: dict[str, Any] = {"kept_until": done.until.day.isoformat() if done.until else None}
    more = [_KEPT_UNTIL.filled(day=done.until.text)] if done.until is not None else []
    show_act(session, SCHEMA, action, done.card, owed=done.owed, more=more, facts=facts)
