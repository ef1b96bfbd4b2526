"""``guitai journal``: what was begun on cards, and how it ended; the sheet of a day."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.operations import operator_option
from terminal.cli.options import json_option, reveal_option
from terminal.journal import (
    BEIJING,
    KINDS,
    METHODS,
    STATES,
    Entry,
    Fact,
    Facts,
    Journal,
    Method,
    Reconciliation,
    State,
    open_journal,
)
from terminal.journal import reconcile as make_sheet
from terminal.journal.reconcile import GROUPS
from terminal.masking import mask_number
from terminal.money import parse_yuan, yuan
from terminal.services.deciding import decide_by_people
from terminal.texts import Text

SCHEMA = "guitai.journal/1"
SHOWN_KEY = 8

_NOTHING = Text("没有流水", "No entries")
_COLUMNS = (
    Text("流水号", "key"),
    Text("时间", "time"),
    Text("业务", "kind"),
    Text("卡号", "card"),
    Text("金额", "amount"),
    Text("收付", "till"),
    Text("方式", "method"),
    Text("柜员", "clerk"),
    Text("状态", "state"),
)
_RIGHT = frozenset({4, 5})
"""Columns of figures."""
_FIELDS = {
    "key": Text("流水号", "key"),
    "kind": Text("业务", "kind"),
    "state": Text("状态", "state"),
    "card": Text("卡号", "card"),
    "other_card": Text("另一张卡", "other card"),
    "amount": Text("卡内金额变化", "change of the purse"),
    "till": Text("收付金额", "into the till"),
    "method": Text("收付方式", "method"),
    "operator": Text("柜员", "clerk"),
    "second": Text("复核", "second clerk"),
    "reason": Text("原因", "reason"),
}
_SENT = Text("已发出，结果未知", "sent, outcome unknown")
"""How ``sent`` reads where nothing came after it."""
_LABELLED = Text("{label}：{value}", "{label}: {value}")
_STEP = Text("第 {number} 步 {at} {state}", "step {number} {at} {state}")
_ASKED = Text("登记时的依据", "what it was begun with")

_SHEET = Text("{day} 对账", "The sheet of {day}")
_SHEET_COLUMNS = (
    Text("业务", "kind"),
    Text("笔数", "count"),
    Text("卡内金额", "purses"),
    Text("收付金额", "till"),
)
_SUM = Text("合计", "total")
_UNFINISHED = Text(
    "结果未知 {count} 笔，不在合计内：", "{count} without an outcome, not in the totals:"
)
_LATER = Text(
    "隔日才有结果 {count} 笔，计入登记当天：",
    "{count} settled on a later day, counted to the day they were begun:",
)
_UNCHECKED = Text("交易认证码未核对 {count} 笔：", "{count} whose TAC was not checked:")
_DISCREPANCIES = Text(
    "余额变化与金额不符 {count} 笔：", "{count} whose balance changed by something else:"
)
_DISCREPANCY = Text(
    "  {key} 应变化 {amount}，实际变化 {change}", "  {key} was to change {amount}, changed {change}"
)
_NOT_NOTED = Text("没有记下", "not noted")
_PURSES = Text(
    "卡内余额共变化 {change}，按金额应为 {amounts}",
    "The balances changed by {change}, the amounts say {amounts}",
)
_CASH = Text(
    "现金：备用金 {float_in}，应有 {expected}", "Cash: began with {float_in}, should be {expected}"
)
_COUNTED = Text("，实点 {counted}，{verdict}", ", counted {counted}, {verdict}")
_OVER = Text("长款 {over}", "{over} over")
_SHORT = Text("短款 {over}", "{over} short")
_EVEN = Text("相符", "it agrees")


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
@reveal_option
@json_option
@click.pass_obj
def list_entries(
    session: Session, day: date | None, unfinished: bool, card: str | None, reveal: bool
) -> None:
    """Print a line an entry."""
    with open_journal(session.config) as opened:
        entries = _chosen(opened, day, unfinished=unfinished, card=card)
    show = _Shown(session, reveal=reveal)
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
    shown = _Shown(session, reveal=reveal)
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
    "--counted",
    metavar="YUAN",
    callback=_fen,
    help=help_text("实点的现金（元）", "the cash that was counted, in yuan"),
)
@reveal_option
@json_option
@click.pass_obj
def reconcile(
    session: Session, day: date | None, float_in: int, counted: int | None, reveal: bool
) -> None:
    """Print totals by payment method, what is open, and whether the till agrees."""
    with open_journal(session.config) as opened:
        wanted = day or opened.today()
        sheet = make_sheet(opened.of_day(wanted), wanted, float_in, counted)
    shown = _Shown(session, reveal=reveal)
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "reconcile", **shown.sheet_document(sheet)})
        return
    for line in shown.sheet(sheet):
        click.echo(line)


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


@dataclass(frozen=True, slots=True)
class _Shown:
    """Put entries into a run's language, card numbers masked unless they are to be revealed."""

    session: Session
    reveal: bool

    def document(self, entry: Entry) -> dict[str, Any]:
        """Make an entry's JSON form."""
        asked = entry.intention
        return {
            "key": entry.key,
            "kind": asked.kind.value,
            "state": entry.state.value,
            "card": self._masked(asked.card),
            "other_card": self._masked(asked.other_card) or None,
            "amount": asked.amount,
            "till": asked.till,
            "method": asked.method.value,
            "operator": asked.operator,
            "second": asked.second or None,
            "reason": self._hidden(entry, asked.reason) or None,
            "day": entry.day.isoformat(),
            "begun_at": _at(entry.begun_at),
            "settled_at": _at(entry.settled_at) if entry.settled_at else None,
            "facts": self._facts(entry, asked.facts),
            "steps": [
                {
                    "number": step.number,
                    "state": step.state.value,
                    "at": _at(step.at),
                    "facts": self._facts(entry, step.facts),
                }
                for step in entry.steps
            ],
        }

    def table(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Write a line an entry."""
        say = self.session.say
        head = [say(each) for each in _COLUMNS]
        yield from _columns([head, *(self._row(each) for each in entries)], _RIGHT)

    def _row(self, entry: Entry) -> list[str]:
        say, asked = self.session.say, entry.intention
        return [
            entry.key[:SHOWN_KEY],
            f"{entry.begun_at.astimezone(BEIJING):%Y-%m-%d %H:%M}",
            say(KINDS[asked.kind]),
            self._masked(asked.card),
            yuan(asked.amount),
            yuan(asked.till),
            say(METHODS[asked.method]),
            asked.operator,
            self._state(entry),
        ]

    def whole(self, entry: Entry) -> Iterator[str]:
        """Write all there is of an entry."""
        say, asked = self.session.say, entry.intention
        values = {
            "key": entry.key,
            "kind": say(KINDS[asked.kind]),
            "state": self._state(entry),
            "card": self._masked(asked.card),
            "other_card": self._masked(asked.other_card),
            "amount": yuan(asked.amount),
            "till": yuan(asked.till),
            "method": say(METHODS[asked.method]),
            "operator": asked.operator,
            "second": asked.second,
            "reason": self._hidden(entry, asked.reason),
        }
        for name, value in values.items():
            if value:
                yield say(_LABELLED, label=say(_FIELDS[name]), value=value)
        if asked.facts:
            yield say(_ASKED)
            yield from self._fact_lines(entry, asked.facts)
        for step in entry.steps:
            moment = f"{step.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
            yield say(_STEP, number=step.number, at=moment, state=say(STATES[step.state]))
            yield from self._fact_lines(entry, step.facts)

    def sheet(self, sheet: Reconciliation) -> Iterator[str]:
        """Write a day's sheet."""
        say = self.session.say
        yield say(_SHEET, day=sheet.day)
        yield from _columns(list(self._sheet_rows(sheet)), frozenset({1, 2, 3}))
        for title, entries in (
            (_UNFINISHED, sheet.unfinished),
            (_LATER, sheet.settled_later),
            (_UNCHECKED, sheet.unchecked),
        ):
            if entries:
                yield say(title, count=len(entries))
                yield from (f"  {line}" for line in self.table(entries))
        if sheet.discrepancies:
            yield say(_DISCREPANCIES, count=len(sheet.discrepancies))
            for each in sheet.discrepancies:
                change = say(_NOT_NOTED) if each.change is None else yuan(each.change)
                amount = yuan(each.entry.intention.amount)
                yield say(
                    _DISCREPANCY, key=each.entry.key[:SHOWN_KEY], amount=amount, change=change
                )
        yield say(_PURSES, change=yuan(sheet.card_change), amounts=yuan(sheet.amounts))
        yield self._cash(sheet)

    def _sheet_rows(self, sheet: Reconciliation) -> Iterator[list[str]]:
        """Give the totals, without lines of nothing; cash stands there always."""
        say = self.session.say
        yield [say(each) for each in _SHEET_COLUMNS]
        for method, totals in sheet.totals.items():
            filled = {group: each for group, each in totals.items() if each.count}
            if not filled and method is not Method.CASH:
                continue
            yield [say(METHODS[method]), "", "", ""]
            for group, each in filled.items():
                title = f"  {say(GROUPS[group])}"
                yield [title, str(each.count), yuan(each.amount), yuan(each.till)]
            amounts, tills = (
                yuan(sum(getattr(each, name) for each in filled.values()))
                for name in ("amount", "till")
            )
            count = str(sum(each.count for each in filled.values()))
            yield [f"  {say(_SUM)}", count, amounts, tills]

    def _cash(self, sheet: Reconciliation) -> str:
        say = self.session.say
        line = say(_CASH, float_in=yuan(sheet.float_in), expected=yuan(sheet.expected))
        if sheet.counted is None or sheet.over is None:
            return line
        verdict = _OVER if sheet.over > 0 else _SHORT if sheet.over < 0 else _EVEN
        said = say(verdict, over=yuan(abs(sheet.over)))
        return line + say(_COUNTED, counted=yuan(sheet.counted), verdict=said)

    def sheet_document(self, sheet: Reconciliation) -> dict[str, Any]:
        """Make a day's JSON form."""
        return {
            "day": sheet.day.isoformat(),
            "clean": sheet.clean,
            "totals": {
                method.value: {
                    group.value: {"count": each.count, "amount": each.amount, "till": each.till}
                    for group, each in totals.items()
                }
                for method, totals in sheet.totals.items()
            },
            "unfinished": [self.document(each) for each in sheet.unfinished],
            "settled_later": [self.document(each) for each in sheet.settled_later],
            "unchecked": [self.document(each) for each in sheet.unchecked],
            "discrepancies": [
                {
                    "key": each.entry.key,
                    "amount": each.entry.intention.amount,
                    "change": each.change,
                }
                for each in sheet.discrepancies
            ],
            "amounts": sheet.amounts,
            "card_change": sheet.card_change,
            "float_in": sheet.float_in,
            "expected": sheet.expected,
            "counted": sheet.counted,
            "over": sheet.over,
        }

    def _state(self, entry: Entry) -> str:
        return self.session.say(_SENT if entry.state is State.SENT else STATES[entry.state])

    def _masked(self, number: str) -> str:
        return number if self.reveal else mask_number(number)

    def _hidden(self, entry: Entry, text: str) -> str:
        """Hide the entry's cards where they stand inside a text or in a command's hex."""
        for card in (entry.intention.card, entry.intention.other_card):
            text = text.replace(card, self._masked(card)) if card else text
        return text

    def _facts(self, entry: Entry, facts: Facts) -> dict[str, Fact]:
        return {
            name: self._hidden(entry, fact) if isinstance(fact, str) else fact
            for name, fact in facts.items()
        }

    def _fact_lines(self, entry: Entry, facts: Facts) -> Iterator[str]:
        for name, fact in self._facts(entry, facts).items():
            shown = fact if isinstance(fact, str) else "-" if fact is None else str(fact).lower()
            yield f"  {name} = {shown}"


def _at(moment: datetime) -> str:
    """Write a moment in Beijing time, to the second."""
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


def _columns(rows: Sequence[Sequence[str]], right: frozenset[int]) -> Iterator[str]:
    """Align columns, figures to the right."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            f"{pad}{cell}" if index in right else f"{cell}{pad}"
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
            for pad in (" " * (width - _width(cell)),)
        )
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Count the columns a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


@journal.command(
    help=help_text(
        "卡也查不清的流水，由两人凭清算方的答复认定。",
        "Decide an entry that its card cannot, two people on the clearing party's word.",
    )
)
@click.argument("key")
@click.argument("outcome", type=click.Choice(["done", "undone"]))
@click.option("--second", default="", metavar="ID", help=help_text("复核人工号", "who agrees"))
@click.option("--reason", default="", metavar="TEXT", help=help_text("依据", "the grounds"))
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
        )
    _show_entry(session, entry, reveal=reveal)
