"""``guitai journal``: what was begun on cards, and how it ended; the sheet of a day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.journal_view import Shown
from terminal.cli.operations import (
    operator_option,
    reason_option,
    second_option,
    without_card_option,
)
from terminal.cli.options import json_option, reveal_option
from terminal.errors import WrongUsage
from terminal.journal import Entry, Journal, init_journal, now, open_journal
from terminal.journal import reconcile as make_sheet
from terminal.money import parse_yuan
from terminal.services.deciding import decide_by_people
from terminal.texts import Text

SCHEMA = "guitai.journal/1"

_NOTHING = Text("没有流水", "No entries")
_MADE = Text("流水文件已建立：{path}", "The journal was made: {path}")
_TOO_MUCH_LEFT = Text(
    "留存（--float-out）不能多于实点（--counted）", "--float-out is more than --counted"
)


def _day(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """Read a day as 2026-03-01."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError as error:
        raise click.BadParameter(
            help_text("日期请写成 2026-03-01", "a day is written like 2026-03-01")
        ) from error


def _fen(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """Read an amount in yuan."""
    if value is None:
        return None
    try:
        return parse_yuan(value)
    except ValueError as error:
        raise click.BadParameter(
            help_text("金额请写成 50 或 50.50", "an amount is written like 50 or 50.50")
        ) from error


def _day_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--day",
        metavar="YYYY-MM-DD",
        callback=_day,
        help=help_text("哪一天（北京时间），默认今天", "which Beijing day; today unless said"),
    )(function)


def _till_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--operator",
        metavar="ID",
        help=help_text("只看这位柜员的，默认所有柜员", "only this clerk's; all unless said"),
    )(function)


@click.group(
    help=help_text("流水：在卡上做了什么，结果如何。", "What was begun on cards, how it ended.")
)
def journal() -> None:
    """Group what is asked of the journal."""


@journal.command(
    "list", help=help_text("列出流水，默认今天的。", "List entries, today's unless said.")
)
@_day_option
@click.option(
    "--unfinished",
    is_flag=True,
    help=help_text("只列还没有结果的，默认所有日期", "only without an outcome, of all days"),
)
@click.option(
    "--card",
    metavar="C",
    help=help_text("只列这张卡的，默认所有日期", "only of this card (its number), of all days"),
)
@_till_option
@reveal_option
@json_option
@click.pass_obj
def list_entries(
    session: Session,
    day: date | None,
    unfinished: bool,
    card: str | None,
    operator: str | None,
    reveal: bool,
) -> None:
    """Print a line an entry."""
    with open_journal(session.config) as opened:
        chosen = _chosen(opened, day, unfinished=unfinished, card=card)
    entries = [each for each in chosen if operator in (None, each.intention.operator)]
    show = Shown(session, reveal=reveal)
    if session.as_json:
        documents = [show.document(each) for each in entries]
        print_json({"schema": SCHEMA, "action": "list", "entries": documents})
        return
    if not entries:
        click.echo(session.say(_NOTHING))
        return
    for line in show.table(entries):
        click.echo(line)


@journal.command(help=help_text("显示一笔流水的全部依据。", "Show all evidence of an entry."))
@click.argument("key")
@reveal_option
@json_option
@click.pass_obj
def show(session: Session, key: str, reveal: bool) -> None:
    """Print an entry with every step; a unique beginning of its key is enough."""
    with open_journal(session.config) as opened:
        entry = opened.find(key)
    _show_entry(session, entry, reveal=reveal)


def _show_entry(session: Session, entry: Entry, *, reveal: bool) -> None:
    shown = Shown(session, reveal=reveal)
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "show", "entry": shown.document(entry)})
        return
    for line in shown.whole(entry):
        click.echo(line)


@journal.command(help=help_text("一天的对账单。", "The sheet of a day."))
@_day_option
@click.option(
    "--float-in",
    metavar="YUAN",
    default="0",
    callback=_fen,
    help=help_text("开始时钱箱里的备用金（元）", "what the till began with, in yuan"),
)
@click.option(
    "--float-out",
    metavar="YUAN",
    default="0",
    callback=_fen,
    help=help_text(
        "留存：留在钱箱里给下一班的现金（元）", "what stays in the till for the next shift, in yuan"
    ),
)
@click.option(
    "--counted",
    metavar="YUAN",
    callback=_fen,
    help=help_text("实点的现金（元）", "the cash that was counted, in yuan"),
)
@_till_option
@reveal_option
@json_option
@click.pass_obj
def reconcile(
    session: Session,
    day: date | None,
    float_in: int,
    float_out: int,
    counted: int | None,
    operator: str | None,
    reveal: bool,
) -> None:
    """Print totals by payment method, what is open, and whether the till agrees."""
    if counted is not None and float_out > counted:
        raise WrongUsage(detail=_TOO_MUCH_LEFT)
    with open_journal(session.config) as opened:
        wanted = day or opened.today()
        entries = (*opened.settled_on(wanted), *opened.of_day(wanted))
    sheet = make_sheet(entries, wanted, float_in, counted, float_out=float_out, operator=operator)
    shown = Shown(session, reveal=reveal)
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "reconcile", **shown.sheet_document(sheet)})
        return
    for line in shown.sheet(sheet):
        click.echo(line)


@journal.command(
    help=help_text(
        "补核当时没能核对的交易验证码（TAC），默认今天的。",
        "Check the TACs that could not be checked at their time, today's unless said.",
    )
)
@_day_option
@reveal_option
@json_option
@click.pass_obj
def check(session: Session, day: date | None, reveal: bool) -> None:
    """Ask the load host and the SAM, and note what they say."""
    from terminal.readers.pcsc import Scard  # noqa: PLC0415  no other journal command wants these
    from terminal.services.purse_keys import PurseKeys  # noqa: PLC0415
    from terminal.services.tac_checks import check_tacs  # noqa: PLC0415

    with (
        open_journal(session.config) as opened,
        closing(PurseKeys(session.config, Scard(), now)) as keys,
    ):
        wanted = day or opened.today()
        checked = check_tacs(opened, opened.of_day(wanted), keys)
    shown = Shown(session, reveal=reveal)
    if session.as_json:
        found = shown.checks_document(checked)
        print_json({"schema": SCHEMA, "action": "check", "day": wanted.isoformat(), **found})
        return
    for line in shown.checks(wanted, checked):
        click.echo(line)


@journal.command(
    help=help_text("新柜台建立流水文件，只做一次。", "Make the journal of a new counter, once.")
)
@json_option
@click.pass_obj
def init(session: Session) -> None:
    """Make an empty journal where none is."""
    path = init_journal(session.config)
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "init", "path": str(path)})
    else:
        click.echo(session.say(_MADE, path=path))


def _chosen(
    opened: Journal, day: date | None, *, unfinished: bool, card: str | None
) -> tuple[Entry, ...]:
    if unfinished:
        found = opened.unfinished(card)
    elif card is not None:
        found = opened.of_card(card)
    else:
        return opened.of_day(day or opened.today())
    return tuple(each for each in found if day in (None, each.day))


@journal.command(
    help=help_text(
        "卡也查不清的流水，由两人凭清算方的答复认定。",
        "Decide an entry that its card cannot, two people on the clearing party's word.",
    )
)
@click.argument("key")
@click.argument("outcome", type=click.Choice(["done", "undone"]))
@second_option
@reason_option
@without_card_option
@operator_option
@reveal_option
@json_option
@click.pass_obj
def decide(
    session: Session,
    key: str,
    outcome: str,
    second: str,
    reason: str,
    without_card: bool,
    operator: str,
    reveal: bool,
) -> None:
    """Note what two people found out."""
    with open_journal(session.config) as opened:
        entry = decide_by_people(
            opened,
            key,
            happened=outcome == "done",
            operator=operator,
            second=second,
            reason=reason,
            without_card=without_card,
        )
    _show_entry(session, entry, reveal=reveal)
