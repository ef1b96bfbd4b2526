"""``guitai registry``: make it, check it, say that the clock is right."""

from __future__ import annotations

from contextlib import closing

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.audit import finding_document, finding_lines
from terminal.cli.desk import opened, operators_of, second_person, signed_in
from terminal.cli.options import json_option
from terminal.cli.retention import retention
from terminal.errors import WrongUsage
from terminal.errors.operators import AuditError
from terminal.registry.checking import database_findings
from terminal.rules.clock import Jump
from terminal.services import auditing
from terminal.services.clock import clock_notice
from terminal.services.opening import (
    init_registry_of,
    inspect_registry_of,
    registry_place,
)
from terminal.texts import Text

SCHEMA = "guitai.registry/1"

_MADE = Text(
    "登记库已建立：\n  数据 {file}\n  密钥 {key_file}\n  审计锚 {anchor_file}\n"
    "密钥文件请马上另存一份：没有它，谁也读不出登记的个人信息",
    "The registry was made:\n  data {file}\n  key {key_file}\n  anchors {anchor_file}\n"
    "Copy the key file to a safe place now: without it nobody can read the persons in it",
)
_WHOLE = Text("数据库完好", "The database is whole")
_WRONG = Text("数据库有 {count} 处不对：", "{count} findings in the database:")
_CONFIRMED = Text("已确认本机时钟无误", "The clock was confirmed")
_CONFIRM_FIRST = Text(
    "{notice}。确认无误请加 --confirm --second 工号",
    "{notice}. Where it is right: --confirm --second ID",
)
_TWO = Text("--confirm 要有 --second", "--confirm needs --second")


@click.group(
    help=help_text("登记库：建立、检查。", "The registry of persons and cards: init, check.")
)
def registry() -> None:
    """Group what concerns the registry as a whole."""


registry.add_command(retention)


@registry.command(
    help=help_text(
        "新柜台建立登记库、密钥文件和审计锚文件，只做一次。",
        "Make registry, key file and anchor file of a new counter, once.",
    )
)
@json_option
@click.pass_obj
def init(session: Session) -> None:
    """Make all three where none is."""
    place = init_registry_of(session.config)
    paths = {
        "file": str(place.file),
        "key_file": str(place.key_file),
        "anchor_file": str(place.anchor_file),
    }
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "init", **paths})
    else:
        click.echo(session.say(_MADE, **paths))


@registry.command(
    help=help_text(
        "检查数据库、审计记录和时钟；不用签到，什么都不写。",
        "Check database, audit and clock; needs no sign-in and writes nothing.",
    )
)
@json_option
@click.pass_obj
def check(session: Session) -> int:
    """Check all and say what was found; the exit status tells whether all is right."""
    place = registry_place(session.config)
    with closing(inspect_registry_of(session.config)) as opened_registry:
        database = database_findings(opened_registry)
        found = auditing.verify(opened_registry, place.anchor_file)
        clock = clock_notice(opened_registry)
    right = not database and not found and clock.jump is Jump.NONE
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "action": "check",
                "right": right,
                "database": [session.say(each) for each in database],
                "audit": [finding_document(session, each) for each in found],
                "clock": {"jump": clock.jump.value, "message": session.say(clock.text)},
            }
        )
    else:
        click.echo(session.say(_WRONG, count=len(database)) if database else session.say(_WHOLE))
        for each in database:
            click.echo(f"  {session.say(each)}")
        for line in finding_lines(session, found):
            click.echo(line)
        click.echo(session.say(clock.text))
    return 0 if right else AuditError.exit_status


@registry.command(
    help=help_text(
        "时钟跳过的柜台：看怎么跳的，由两人确认现在无误。",
        "Where the clock jumped: see how, and have two people confirm that it is right now.",
    )
)
@click.option("--confirm", is_flag=True, help=help_text("确认无误", "say that it is right"))
@click.option(
    "--second", metavar="ID", default="", help=help_text("复核人工号", "who agrees, by password")
)
@json_option
@click.pass_obj
def clock(session: Session, confirm: bool, second: str) -> None:
    """Show what is noticed, or have it confirmed."""
    if confirm and not second:
        raise WrongUsage(detail=_TWO)
    with opened(session) as opened_registry:
        notice = clock_notice(opened_registry)
        if confirm:
            by = signed_in(session, opened_registry, any_clock=True)
            agreed = second_person(session, opened_registry, by, second)
            operators_of(session, opened_registry).confirm_clock(by, agreed)
    if session.as_json:
        document = {"jump": notice.jump.value, "message": session.say(notice.text)}
        print_json({"schema": SCHEMA, "action": "clock", "confirmed": confirm, "clock": document})
    elif confirm:
        click.echo(session.say(_CONFIRMED))
    elif notice.jump is Jump.NONE:
        click.echo(session.say(notice.text))
    else:
        click.echo(session.say(_CONFIRM_FIRST, notice=session.say(notice.text)))
