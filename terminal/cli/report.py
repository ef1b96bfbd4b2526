"""``guitai report``: the open terms of the rules, the nearest day first."""

from __future__ import annotations

from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.at_desk import AtWhat, at_desk, desk_options
from terminal.cli.options import json_option
from terminal.cli.service_view import listed
from terminal.rules.decision import cited
from terminal.services.offered.deadlines import DeadlineLine, deadlines
from terminal.services.offered.roles import KEEPERS, MAKERS
from terminal.texts import Text

SCHEMA = "guitai.report/1"
_NOTHING = Text("没有未了的期限", "No term is open")
_LINE = Text(
    "{deadline}（{left}）：{what}，{whose}，{about}",
    "{deadline} ({left}): {what}, {whose}, {about}",
)
_PASSED = Text("已过 {days} 天", "{days} days over")
_TODAY = Text("今天到期", "today")
_LEFT = Text("还有 {days} 天", "{days} days left")
_ABOUT = {
    "card_id": Text("卡 {number}", "card {number}"),
    "application_id": Text("申请 {number}", "application {number}"),
    "batch_id": Text("批次 {number}", "batch {number}"),
}


@click.group(help=help_text("报表：各项期限。", "Reports: the open terms."))
def report() -> None:
    """Group the reports."""


@report.command(
    "deadlines",
    help=help_text(
        "各项期限，最近的在前：制卡、退回、召回、提醒、临时挂失。",
        "The open terms, the nearest first: making, returns, recalls, reminders, losses.",
    ),
)
@click.option(
    "--within",
    type=click.IntRange(0, 3660),
    metavar="DAYS",
    help=help_text(
        "只列这么多天内到期的（含已过期的）", "only what ends within so many days, or is over"
    ),
)
@desk_options
@json_option
@click.pass_obj
def deadlines_(session: Session, within: int | None, at_what: AtWhat) -> None:
    """Print a line a term."""
    with at_desk(session, at_what, KEEPERS | MAKERS) as at, at.desk.registry.reading() as tx:
        found = deadlines(tx, at.desk.calendar)
    shown = [each for each in found if within is None or each.days_left <= within]
    if session.as_json:
        documents = [_document(session, each) for each in shown]
        print_json({"schema": SCHEMA, "action": "deadlines", "deadlines": documents})
        return
    if not shown:
        click.echo(session.say(_NOTHING))
    for each in shown:
        click.echo(_line(session, each))


def _line(session: Session, each: DeadlineLine) -> str:
    left = _TODAY if each.days_left == 0 else _PASSED if each.passed else _LEFT
    about = [
        text.filled(number=getattr(each, name))
        for name, text in _ABOUT.items()
        if getattr(each, name) is not None
    ]
    said = _LINE.filled(
        deadline=each.deadline.text,
        left=left.filled(days=abs(each.days_left)),
        what=each.what,
        whose=each.whose,
        about=listed(about),
    )
    article = each.article.removeprefix("Rules Art. ").partition("(")[0]
    return f"{session.say(said)}{session.say(cited(article))}"


def _document(session: Session, each: DeadlineLine) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "article": each.article,
        "what": session.say(each.what),
        "whose": each.whose,
        "day": each.deadline.day.isoformat(),
        "provisional": each.deadline.provisional,
        "days_left": each.days_left,
        "passed": each.passed,
        "card": each.card_id,
        "application": each.application_id,
        "batch": each.batch_id,
    }
