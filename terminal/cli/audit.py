"""``guitai audit``: is it whole, what stands in it, hand it out, anchor it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from typing import Any

import click

from terminal.beijing_time import in_beijing
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.desk import opened, signed_in
from terminal.cli.options import json_option
from terminal.errors import AuditBroken
from terminal.registry.audit_check import Finding
from terminal.registry.audit_search import MOST_ENTRIES, Entry, Wanted
from terminal.services import auditing
from terminal.services.acts import said
from terminal.services.opening import chain_of, inspect_registry_of, registry_place
from terminal.texts import Text

SCHEMA = "guitai.audit/1"

_RIGHT = Text("审计记录完好", "The audit is whole")
_WRONG = Text("审计记录有 {count} 处不对：", "{count} findings in the audit:")
_FOUND = Text("  {chain}：{what}", "  {chain}: {what}")
_ALL_CHAINS = Text("柜台清单", "list of chains")
_NOTHING = Text("没有符合的记录", "Nothing fits")
_ANCHORED = Text(
    "已封存 {chain} 到第 {number} 条：{file}", "Anchored {chain} up to row {number}: {file}"
)
_NOT_DUE = Text("{chain} 没有新的记录，不用封存", "{chain} has nothing new to anchor")


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


def _day_option(name: str, variable: str, help: str) -> Callable[..., Any]:  # noqa: A002  click's word
    return click.option(name, variable, metavar="YYYY-MM-DD", callback=_day, help=help)


_NUMBER = click.IntRange(1, 2**63 - 1)
_chain_option = click.option(
    "--chain", metavar="C", help=help_text("哪个柜台（网点-柜台）", "which counter (outlet-desk)")
)


@click.group(
    help=help_text(
        "审计：谁、何时、为什么办了什么、看了谁。", "The audit: who did or saw what, when and why."
    )
)
def audit() -> None:
    """Group what is asked of the audit."""


@audit.command(
    help=help_text(
        "检查审计记录是否被改动、删除或插入；不用签到，什么都不写。",
        "Find whatever was altered, deleted or put in; needs no sign-in and writes nothing.",
    )
)
@_chain_option
@json_option
@click.pass_obj
def verify(session: Session, chain: str | None) -> int:
    """Check it and say what was found; the exit status is that of an audit that is not whole."""
    place = registry_place(session.config)
    with closing(inspect_registry_of(session.config)) as registry:
        found = auditing.verify(registry, place.anchor_file, chain)
    if session.as_json:
        documents = [finding_document(session, each) for each in found]
        print_json(
            {"schema": SCHEMA, "action": "verify", "whole": not found, "findings": documents}
        )
    else:
        for line in finding_lines(session, found):
            click.echo(line)
    return AuditBroken.exit_status if found else 0


@audit.command(
    help=help_text("查记录（审计员），最新的在最后。", "Look something up (auditors), newest last.")
)
@click.option("--operator", metavar="ID", help=help_text("谁办的或复核的", "who did it or agreed"))
@click.option(
    "--person", type=_NUMBER, metavar="N", help=help_text("持卡人编号", "the person's number")
)
@click.option(
    "--card", type=_NUMBER, metavar="N", help=help_text("卡的编号", "the card's number here")
)
@click.option("--service", metavar="S", help=help_text("业务，例如 S-LOSS-TEMP", "the service"))
@click.option("--action", metavar="A", help=help_text("动作，例如 look", "the act, such as look"))
@_day_option("--from", "from_day", help_text("从哪天起（北京时间）", "from this Beijing day on"))
@_day_option("--to", "to_day", help_text("到哪天为止", "up to this day"))
@_day_option("--day", "day", help_text("哪一天", "on this day"))
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=MOST_ENTRIES,
    show_default=True,
    help=help_text("最多几条", "how many at most"),
)
@json_option
@click.pass_obj
def search(
    session: Session,
    operator: str | None,
    person: int | None,
    card: int | None,
    service: str | None,
    action: str | None,
    from_day: date | None,
    to_day: date | None,
    day: date | None,
    limit: int,
) -> None:
    """Print what fits; that it was looked for is on record too."""
    wanted = Wanted(operator, person, card, service, action, from_day or day, to_day or day)
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        found = auditing.search(registry, chain_of(session.config), by, wanted, limit)
    if session.as_json:
        entries = [_document(each) for each in found]
        print_json({"schema": SCHEMA, "action": "search", "entries": entries})
        return
    if not found:
        click.echo(session.say(_NOTHING))
    for each in found:
        click.echo(_line(session, each))


@audit.command(
    help=help_text(
        "导出一条链（审计员），一行一条，别人用 SHA-256 就能核对（docs/audit.md）。",
        "Hand out a chain (auditors), a line a row; SHA-256 alone checks it (docs/audit.md).",
    )
)
@_chain_option
@click.option(
    "--since",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help=help_text("从第几条起", "from this row on"),
)
@json_option
@click.pass_obj
def export(session: Session, chain: str | None, since: int) -> None:
    """Print the rows; they are JSON in any case."""
    ours = chain_of(session.config)
    with opened(session) as registry:
        by = signed_in(session, registry, any_clock=True)
        for line in auditing.export(registry, ours, by, chain or ours, since):
            click.echo(line)


@audit.command(
    help=help_text(
        "现在就封存链尾到锚文件；平时每天自动封存一次。",
        "Anchor the end of the chain now; it is done once a day by itself.",
    )
)
@json_option
@click.pass_obj
def anchor(session: Session) -> None:
    """Write an anchor where anything was added since the last."""
    chain = chain_of(session.config)
    file = registry_place(session.config).anchor_file
    with closing(inspect_registry_of(session.config)) as registry:
        made = auditing.keep_anchor(registry, file, chain, today_again=True)
    number = None if made is None else made.number
    if session.as_json:
        document = {"chain": chain, "file": str(file), "number": number}
        print_json({"schema": SCHEMA, "action": "anchor", **document})
    elif made is None:
        click.echo(session.say(_NOT_DUE, chain=chain))
    else:
        click.echo(session.say(_ANCHORED, chain=chain, number=number, file=file))


def finding_lines(session: Session, found: list[Finding]) -> list[str]:
    """Say what was found."""
    if not found:
        return [session.say(_RIGHT)]
    chains = session.say(_ALL_CHAINS)
    return [
        session.say(_WRONG, count=len(found)),
        *(
            session.say(_FOUND, chain=each.chain or chains, what=session.say(each.text))
            for each in found
        ),
    ]


def finding_document(session: Session, finding: Finding) -> dict[str, Any]:
    """Make the JSON form of what was found."""
    return {
        "chain": finding.chain,
        "number": finding.number,
        "what": finding.what.value,
        "message": session.say(finding.text),
    }


def _line(session: Session, entry: Entry) -> str:
    """Write a row for people: when, who, what, for whom, why, and the details."""
    note = entry.note
    who = f"{note.operator}+{note.second}" if note.second else note.operator
    parts = [
        f"{in_beijing(entry.at):%Y-%m-%d %H:%M:%S}",
        f"{entry.chain}#{entry.number}",
        who,
        session.say(said(note.action)),
        note.service,
        "" if note.person_id is None else f"person={note.person_id}",
        "" if note.card_id is None else f"card={note.card_id}",
        note.reason,
        *(f"{name}={'' if fact is None else fact}" for name, fact in note.facts.items()),
    ]
    return "  ".join(filter(None, parts))


def _document(entry: Entry) -> dict[str, Any]:
    """Make the JSON form of a row (docs/schemas/guitai.audit-1.json)."""
    note = entry.note
    return {
        "chain": entry.chain,
        "number": entry.number,
        "at": in_beijing(entry.at).isoformat(),
        "operator": note.operator,
        "second": note.second,
        "action": note.action,
        "service": note.service,
        "person_id": note.person_id,
        "card_id": note.card_id,
        "reason": note.reason,
        "facts": dict(note.facts),
    }
