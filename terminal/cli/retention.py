"""``guitai registry retention``: which personal data may go today, and have two people erase it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.desk import ask_password, opened, operators_of, signed_in
from terminal.cli.operations import reason_option
from terminal.cli.options import json_option
from terminal.errors import WrongUsage
from terminal.registry.operators import Role
from terminal.registry.retention import EVERYTHING, Due
from terminal.registry.retention_table import POLICY, RULES, Item
from terminal.services.erasing import erase_due, list_due
from terminal.services.offered.sitting import calendar_of
from terminal.services.opening import chain_of
from terminal.texts import Text

SCHEMA = "guitai.retention/1"

_TWO = Text("--erase 要有 --second 和 --reason", "--erase needs --second and --reason")
_NOTHING = Text("没有到期的个人信息", "No personal data is due")
_ROW = Text("  {title}（{term}）：{count} 条", "  {title} ({term}): {count} rows")
_DUE = Text("可以清除的个人信息：", "Personal data that may be erased:")
_HOW = Text(
    "由两人清除：加 --erase --second 工号 --reason 依据",
    "Two people erase it: --erase --second ID --reason TEXT",
)
_DONE = Text("已清除：", "Erased:")
_IN_LOG = Text(
    "数据库的日志里还有清除前的内容：另有程序开着登记库。请关闭本柜台所有 guitai 程序，最后一个"
    "关闭时日志随之清空",
    "The database's log still has what it said before, for another program has the registry open."
    " Close every guitai program of this counter: with the last one the log goes",
)
_BACKUPS = Text(
    "以前的备份里还有这些信息，请按备份的保管期限销毁",
    "Earlier backups still hold it: destroy them when their own time is over",
)


@click.command(
    help=help_text(
        "到期的个人信息：列出，或由两人清除（期限见 docs/retention.md）。",
        "Personal data whose time is over: list it, or have two people erase it.",
    )
)
@click.option("--erase", is_flag=True, help=help_text("清除", "erase it"))
@click.option(
    "--second", metavar="ID", default="", help=help_text("复核人工号", "who agrees, by password")
)
@reason_option
@click.option(
    "--item",
    "items",
    type=click.Choice([each.value for each in Item]),
    multiple=True,
    help=help_text("只看这一项，可写多次", "only this item; may be given several times"),
)
@json_option
@click.pass_obj
def retention(
    session: Session, erase: bool, second: str, reason: str, items: tuple[str, ...]
) -> None:
    """List what is due, or have it erased."""
    if erase and not (second and reason):
        raise WrongUsage(detail=_TWO)
    wanted = frozenset(map(Item, items)) or EVERYTHING
    calendar = calendar_of(session.config)
    with opened(session) as registry:
        by = signed_in(session, registry)
        if not erase:
            found, in_log = list_due(registry, by, POLICY, calendar, items=wanted), False
        else:
            roles = () if Role.SUPERVISOR in by.roles else (Role.SUPERVISOR,)
            password = ask_password(session, second)
            agreed = operators_of(session, registry).confirm_second(by, second, password, roles)
            erased = erase_due(
                registry,
                chain_of(session.config),
                by,
                agreed,
                reason,
                POLICY,
                calendar,
                items=wanted,
            )
            found, in_log = erased.rows, erased.in_log
    if in_log:
        click.echo(session.say(_IN_LOG), err=True)
    if session.as_json:
        print_json(_document(found, erase=erase))
        return
    if not found:
        click.echo(session.say(_NOTHING))
        return
    click.echo(session.say(_DONE if erase else _DUE))
    for item, count in _counted(found).items():
        rule = RULES[item]
        title, term = session.say(rule.title), session.say(POLICY.term(item).text)
        click.echo(session.say(_ROW, title=title, term=term, count=count))
    click.echo(session.say(_BACKUPS if erase else _HOW), err=True)


def _counted(found: tuple[Due, ...]) -> dict[Item, int]:
    counts = Counter(each.item for each in found)
    return {item: counts[item] for item in Item if counts[item]}


def _document(found: tuple[Due, ...], *, erase: bool) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.retention-1.json)."""
    return {
        "schema": SCHEMA,
        "action": "erase" if erase else "list",
        "items": [
            {"item": item.value, "rows": count, "term": POLICY.term(item).text.en}
            for item, count in _counted(found).items()
        ],
        "rows": [
            {
                "item": each.item.value,
                "table": each.table,
                "row": each.row_id,
                "person": each.person_id,
                "due_since": each.day.isoformat(),
            }
            for each in found
        ],
    }
