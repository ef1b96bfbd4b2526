"""``guitai duties``: what is owed to other parties and what was begun, seen and done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from terminal.beijing_time import in_beijing
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.at_desk import AtWhat, at_desk, desk_options, unattended
from terminal.cli.options import json_option
from terminal.errors import WrongUsage
from terminal.registry.duties import DUTY_STATES, Duty, DutyState
from terminal.registry.runs import Run
from terminal.rules.vocabulary import SERVICES
from terminal.services import duties as owed
from terminal.services.offered.desk import Desk
from terminal.services.offered.roles import KEEPERS
from terminal.services.offered.works import work_of
from terminal.texts import Text

SCHEMA = "guitai.duties/1"
MOST_OUTCOME = 200
_NOTHING = Text("没有待办", "Nothing is owed")
_NOTHING_ELSE = Text("没有别的待办", "Nothing else is owed")
_NOTHING_DUE = Text("没有到期的待办", "Nothing is due")
_WAITING = Text(
    "没有到期的待办；还有 {count} 件等着，最早的 {at} 起再办（guitai duties list）",
    "Nothing is due; {count} wait, the first of them is tried again from {at} on (guitai duties"
    " list)",
)
_UNFINISHED = Text(
    "未办完：{service}（{operator}，{at}）。接着办：guitai service run --key {key}",
    "Unfinished: {service} ({operator}, {at}). To go on: guitai service run --key {key}",
)
_OR_LEAVE = Text(
    "，放弃：guitai service run --leave {key}", ", to give it up: guitai service run --leave {key}"
)
_OUTCOME_FORM = Text("处理结果应为 1 至 {most} 个字", "the outcome has 1 to {most} characters")


@click.group(
    help=help_text(
        "待办：还欠其他部门的事、没有办完的业务。", "What is owed, and what is unfinished."
    )
)
def duties() -> None:
    """Group what is owed."""


@duties.command("list", help=help_text("列出待办和没有办完的业务。", "List what is open."))
@desk_options
@json_option
@click.pass_obj
def list_duties(session: Session, at_what: AtWhat) -> None:
    """Print what is open; one that was altered is told once the others are, in JSON instead."""
    with at_desk(session, at_what, KEEPERS) as at:
        found = owed.open_now(at.desk)
    if found.altered is None or not session.as_json:
        nothing = _NOTHING if found.altered is None else _NOTHING_ELSE
        _show(session, "list", found.duties, found.unfinished, nothing)
    if found.altered is not None:
        raise found.altered


@duties.command(
    "run",
    help=help_text(
        "现在就办到期的待办；定时任务用 --unattended，不用签到。",
        "Try what is due now; by a timer --unattended, which needs no sign-in.",
    ),
)
@click.option(
    "--unattended",
    "by_timer",
    is_flag=True,
    help=help_text("定时任务：没有人签到", "by a timer: nobody is signed in"),
)
@desk_options
@json_option
@click.pass_obj
def run(session: Session, by_timer: bool, at_what: AtWhat) -> None:
    """Try what is due, and print how each stands."""
    if by_timer:
        with unattended(session) as desk:
            found, nothing = owed.run_due(desk), _nothing_due(desk)
    else:
        with at_desk(session, at_what, KEEPERS) as at:
            found, nothing = owed.run_due(at.desk), _nothing_due(at.desk)
    _show(session, "run", found, (), nothing)


@duties.command(
    "decide",
    help=help_text(
        "人工处理一项待办：NUMBER 为编号，OUTCOME 为处理结果；须两人，写明依据。",
        "Settle a duty by people: its NUMBER, and what came of it; two of them, with grounds.",
    ),
)
@click.argument("number", type=int)
@click.argument("outcome")
@desk_options
@json_option
@click.pass_obj
def decide(session: Session, number: int, outcome: str, at_what: AtWhat) -> None:
    """Settle a duty by people."""
    outcome = outcome.strip()
    if not 0 < len(outcome) <= MOST_OUTCOME or not outcome.isprintable():
        raise WrongUsage(detail=_OUTCOME_FORM.filled(most=MOST_OUTCOME))
    with at_desk(session, at_what, KEEPERS) as at:
        duty = owed.decide(at.desk, number, outcome)
    _show(session, "decide", [(duty, duty.detail)], (), _NOTHING)


def _nothing_due(desk: Desk) -> Text:
    """Say what waits, where nothing is due."""
    waiting = [each for each, _ in owed.open_now(desk).duties if each.state is DutyState.DUE]
    if not waiting:
        return _NOTHING_DUE
    first = min(each.next_at for each in waiting)
    return _WAITING.filled(count=len(waiting), at=f"{in_beijing(first):%Y-%m-%d %H:%M}")


def _show(
    session: Session,
    action: str,
    found: Iterable[tuple[Duty, Text]],
    unfinished: Iterable[Run],
    nothing: Text,
) -> None:
    listed, runs = list(found), list(unfinished)
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "action": action,
                "duties": [_document(session, each, text) for each, text in listed],
                "unfinished": [_run_document(each) for each in runs],
            }
        )
        return
    if not listed and not runs:
        click.echo(session.say(nothing))
    for duty, text in listed:
        click.echo(f"{duty.id:>5}  {session.say(DUTY_STATES[duty.state])}  {session.say(text)}")
    for each in runs:
        told = _UNFINISHED.filled(
            service=SERVICES[each.service],
            operator=each.by.operator,
            at=f"{in_beijing(each.begun_at):%Y-%m-%d %H:%M}",
            key=each.key,
        )
        leave = _OR_LEAVE.filled(key=each.key) if work_of(each.service).undo else None
        click.echo(f"{session.say(told)}{session.say(leave) if leave else ''}")


def _document(session: Session, duty: Duty, text: Text) -> dict[str, Any]:
    return {
        "number": duty.id,
        "party": duty.party,
        "what": duty.what,
        "state": duty.state.value,
        "attempts": duty.attempts,
        "made_at": in_beijing(duty.made_at).isoformat(),
        "next_at": in_beijing(duty.next_at).isoformat(),
        "text": session.say(text),
    }


def _run_document(run: Run) -> dict[str, Any]:
    return {
        "service": run.service.value,
        "key": run.key,
        "operator": run.by.operator,
        "begun_at": in_beijing(run.begun_at).isoformat(),
    }
