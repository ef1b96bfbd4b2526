"""``guitai production``: from applications to cards: verified, made, spoilt, withdrawn."""

from __future__ import annotations

from typing import Any

import click

from terminal.cli.act_view import card_number
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.at_desk import AtWhat, at_desk, desk_options
from terminal.cli.options import json_option
from terminal.registry import lists
from terminal.registry.applications import SORTS
from terminal.registry.cards import Made
from terminal.registry.lists import OpenApplication
from terminal.rules.states import PROGRESS, Progress
from terminal.services.offered import production as steps
from terminal.services.offered.ordering import production_deadline
from terminal.services.offered.roles import KEEPERS, MAKERS
from terminal.services.offered.stepping import Step
from terminal.texts import Text

SCHEMA = "guitai.production/1"
_NOTHING = Text("没有要制的卡", "No card is to be made")
_NOTHING_MOVED = Text("没有可以核验的申请", "No application waits to be verified")
_ROW = Text(
    "申请 {number}：{whose}，{sort}，{bank}，{progress}{by}",
    "Application {number}: {whose}, {sort}, {bank}, {progress}{by}",
)
_BY = Text("，最迟 {day} 制成", ", made by {day}")
_NOW = Text("，现场制作", ", made on the spot")
_STEP = Text("申请 {number}：{progress}", "Application {number}: {progress}")
_SAYS = Text("  银行答复：{said}", "  the bank says: {said}")
_STARTED = Text(
    "申请 {number} 的制卡编号：{card}", "The card of application {number} is {card} here"
)
_MADE = Text(
    "申请 {number} 的卡已制成：{shown}（登记编号 {card}）",
    "The card of application {number} is made: {shown} ({card} here)",
)
_TO_MAKE = frozenset({Progress.APPLIED, Progress.VERIFIED, Progress.MAKING})

_application_argument = click.argument("application", type=int)


@click.group(
    help=help_text(
        "集中制卡：清单、核验、下达、制成、作废、撤回。",
        "Central production: listed, verified, started, made, spoilt, withdrawn.",
    )
)
def production() -> None:
    """Group what is done to have a card made."""


@production.command(
    "list", help=help_text("列出要制的卡，最近到期的在前。", "List what is to be made, by its day.")
)
@desk_options
@json_option
@click.pass_obj
def list_production(session: Session, at_what: AtWhat) -> None:
    """Print a line an application."""
    with at_desk(session, at_what, KEEPERS | MAKERS) as at:
        calendar = at.desk.calendar
        with at.desk.registry.reading() as tx:
            found = lists.open_applications(tx)
    due = {each.id: production_deadline(each, calendar) for each in found}

    def by_day(each: OpenApplication) -> tuple[bool, str, int]:
        deadline = due[each.id]
        return deadline is not None, deadline.day.isoformat() if deadline else "", each.id

    waiting = sorted((each for each in found if each.progress in _TO_MAKE), key=by_day)
    if session.as_json:
        documents = []
        for each in waiting:
            deadline = due[each.id]
            documents.append(
                {
                    "application": each.id,
                    "whose": str(each.whose),
                    "sort": each.sort.value,
                    "bank": each.bank,
                    "progress": each.progress.value,
                    "instant": each.instant,
                    "batch": each.batch_id,
                    "card": each.card_id,
                    "by": deadline.day.isoformat() if deadline is not None else None,
                }
            )
        print_json({"schema": SCHEMA, "action": "list", "applications": documents})
        return
    if not waiting:
        click.echo(session.say(_NOTHING))
    for each in waiting:
        deadline = due[each.id]
        row = _ROW.filled(
            number=each.id,
            whose=each.whose,
            sort=SORTS[each.sort],
            bank=each.bank,
            progress=PROGRESS[each.progress],
            by=_NOW if deadline is None else _BY.filled(day=deadline.text),
        )
        click.echo(session.say(row))


@production.command(
    "verify",
    help=help_text(
        "核验一项申请；不写编号则核验并下达所有等待的。",
        "Verify an application; without a number verify and start all that wait.",
    ),
)
@click.argument("application", type=int, required=False)
@desk_options
@json_option
@click.pass_obj
def verify(session: Session, application: int | None, at_what: AtWhat) -> None:
    """Verify applications."""
    with at_desk(session, at_what, KEEPERS | MAKERS) as at:
        if application is None:
            found = steps.run_due(at.desk)
        else:
            found = (steps.verify(at.desk, application),)
    if session.as_json:
        documents = [_step_document(session, each) for each in found]
        print_json({"schema": SCHEMA, "action": "verify", "steps": documents})
        return
    if not found:
        click.echo(session.say(_NOTHING_MOVED))
    for each in found:
        _say_step(session, each)


@production.command(
    "start", help=help_text("为已核验的申请下达制卡。", "Order the card of a verified application.")
)
@_application_argument
@desk_options
@json_option
@click.pass_obj
def start(session: Session, application: int, at_what: AtWhat) -> None:
    """Order a card."""
    with at_desk(session, at_what, MAKERS) as at:
        card = steps.start(at.desk, application)
    if session.as_json:
        facts = {"application": application, "card": card.id}
        print_json({"schema": SCHEMA, "action": "start", **facts})
    else:
        click.echo(session.say(_STARTED, number=application, card=card.id))


@production.command(
    "made",
    help=help_text(
        "登记制成的卡：卡号、芯片识别码（32 位十六进制）。",
        "Note a finished card: its number, and its chip's id in hex.",
    ),
)
@_application_argument
@click.option("--number", required=True, help=help_text("卡号", "the card's number"))
@click.option("--chip", required=True, help=help_text("芯片识别码", "the chip's id"))
@click.option("--transit", default="", help=help_text("交通卡号", "the transit number"))
@desk_options
@json_option
@click.pass_obj
def made(
    session: Session, application: int, number: str, chip: str, transit: str, at_what: AtWhat
) -> None:
    """Take a finished card in."""
    number = number.strip().upper()
    with at_desk(session, at_what, MAKERS) as at:
        card = steps.made(at.desk, application, Made(number, chip, transit))
    if session.as_json:
        facts = {"application": application, "card": card.id}
        print_json({"schema": SCHEMA, "action": "made", **facts})
    else:
        facts_ = {"number": application, "shown": card_number(session, card), "card": card.id}
        click.echo(session.say(_MADE, **facts_))


@production.command(
    "spoilt",
    help=help_text(
        "登记制坏的卡 CARD，WHY 为原因；申请重新制卡。",
        "Note that CARD was spoilt, and WHY: another is made for its application.",
    ),
)
@_application_argument
@click.argument("card", type=int)
@click.argument("why")
@desk_options
@json_option
@click.pass_obj
def spoilt(session: Session, application: int, card: int, why: str, at_what: AtWhat) -> None:
    """Note a spoilt card."""
    with at_desk(session, at_what, MAKERS) as at:
        found = steps.spoilt(at.desk, application, card, why)
    _show_progress(session, "spoilt", found.id, found.progress.state)


@production.command(
    "withdraw",
    help=help_text(
        "撤回一项申请：申请人不要了，卡还没有发放。",
        "End an application that nobody wants any more, before its card was handed over.",
    ),
)
@_application_argument
@desk_options
@json_option
@click.pass_obj
def withdraw(session: Session, application: int, at_what: AtWhat) -> None:
    """End an application."""
    with at_desk(session, at_what, KEEPERS) as at:
        found = steps.withdraw(at.desk, application)
    _show_progress(session, "withdraw", found.id, found.progress.state)


def _show_progress(session: Session, action: str, application: int, progress: str) -> None:
    if session.as_json:
        facts = {"application": application, "progress": progress}
        print_json({"schema": SCHEMA, "action": action, **facts})
        return
    said = _STEP.filled(number=application, progress=PROGRESS[Progress(progress)])
    click.echo(session.say(said))


def _say_step(session: Session, step: Step) -> None:
    progress = PROGRESS[Progress(step.application.progress.state)]
    click.echo(session.say(_STEP.filled(number=step.application.id, progress=progress)))
    if step.bank_says is not None:
        click.echo(session.say(_SAYS.filled(said=step.bank_says)))
    for reason in step.reasons:
        click.echo(f"  · {session.say(reason.sentence)}")
    if step.trouble is not None:
        click.echo(f"  ! {session.say(step.trouble.sentence)}")


def _step_document(session: Session, step: Step) -> dict[str, Any]:
    return {
        "application": step.application.id,
        "progress": step.application.progress.state,
        "bank_says": session.say(step.bank_says) if step.bank_says is not None else None,
        "reasons": [session.say(each.sentence) for each in step.reasons],
        "trouble": session.say(step.trouble.sentence) if step.trouble is not None else None,
    }
