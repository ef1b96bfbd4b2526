"""How entries and a day's sheet are shown, in both languages and as JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from terminal.cli.app import Session
from terminal.journal import (
    BEIJING,
    KINDS,
    METHODS,
    STATES,
    Entry,
    Fact,
    Facts,
    Method,
    Reconciliation,
    State,
    shown_key,
)
from terminal.journal.reconcile import GROUPS
from terminal.masking import mask_number
from terminal.money import yuan
from terminal.texts import Text

if TYPE_CHECKING:
    from terminal.services.tac_checks import Checked

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

_SHEET = Text("{day} 对账，{whose}", "The sheet of {day}, {whose}")
_ALL_CLERKS = Text("全部柜员", "all clerks")
_CLERK = Text("柜员 {operator}", "clerk {operator}")
_NO_ENTRIES = Text(
    "没有流水。若本应有，请核对 --day 和 --operator（与办理时写的一字不差）",
    "No entries. If there should be some, look at --day and --operator (as it was given then)",
)
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
_OPEN_TOTAL = Text(
    "  {method} {count} 笔，卡内金额 {amount}，收付金额 {till}",
    "  {method}: {count}, purses {amount}, till {till}",
)
_LATER = Text(
    "隔日查清 {count} 笔，金额计入登记当天，现金计入查清当天的钱箱：",
    "{count} settled on a later day: counted to the day they were begun, "
    "their cash to the till of the day they were settled:",
)
_TODAY = Text(
    "今天查清、计入前日 {count} 笔，金额不在合计内，现金在今天的钱箱：",
    "{count} of earlier days settled today: not in the totals, their cash is in today's till:",
)
_UNCHECKED = Text("交易验证码（TAC）未核对 {count} 笔：", "{count} whose TAC was not checked:")
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
_FOR_EARLIER = Text(
    "今天查清、计入前日的现金 {cash}，已算入应有",
    "Cash of earlier days' entries settled today: {cash}, part of what should be there",
)
_IN_LATER = Text(
    "隔日查清的现金 {cash}，在查清当天的钱箱，不算入应有",
    "Cash of what was settled on a later day: {cash}, in that day's till and not in this one's",
)
_CASH = Text(
    "现金：备用金 {float_in}，应有 {expected}", "Cash: began with {float_in}, should be {expected}"
)
_COUNTED = Text("，实点 {counted}，{verdict}", ", counted {counted}, {verdict}")
_OVER = Text("长款 {over}", "{over} over")
_SHORT = Text("短款 {over}", "{over} short")
_EVEN = Text("相符", "it agrees")
_LEFT = Text("留存 {float_out}", "Stays in the till: {float_out}")
_HANDED_IN = Text("，上交 {handed_in}", ", handed in {handed_in}")

_CHECKED = Text(
    "{day} 补核交易验证码（TAC）：正确 {right} 笔，错误 {wrong} 笔，无法核对 {open} 笔",
    "TACs of {day}: {right} right, {wrong} wrong, {open} could not be checked",
)
_WRONG = Text(
    "！！交易验证码（TAC）错误 {count} 笔，请立即报告主管：",
    "!! {count} with a wrong TAC, tell a supervisor at once:",
)
_NOT_CHECKABLE = Text("无法核对 {count} 笔：", "{count} could not be checked:")


@dataclass(frozen=True, slots=True)
class Shown:
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
            shown_key(entry.key),
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
        whose = say(_CLERK, operator=sheet.operator) if sheet.operator else say(_ALL_CLERKS)
        yield say(_SHEET, day=sheet.day, whose=whose)
        if sheet.entries == 0:
            yield say(_NO_ENTRIES)
        yield from _columns(list(self._sheet_rows(sheet)), frozenset({1, 2, 3}))
        yield from self._listed(_UNFINISHED, sheet.unfinished)
        for method, total in sheet.unfinished_totals.items():
            if total.count:
                yield say(
                    _OPEN_TOTAL,
                    method=say(METHODS[method]),
                    count=total.count,
                    amount=yuan(total.amount),
                    till=yuan(total.till),
                )
        yield from self._listed(_LATER, sheet.settled_later)
        yield from self._listed(_TODAY, sheet.settled_today)
        yield from self._listed(_UNCHECKED, sheet.unchecked)
        if sheet.discrepancies:
            yield say(_DISCREPANCIES, count=len(sheet.discrepancies))
            for each in sheet.discrepancies:
                change = say(_NOT_NOTED) if each.change is None else yuan(each.change)
                amount = yuan(each.entry.intention.amount)
                yield say(_DISCREPANCY, key=shown_key(each.entry.key), amount=amount, change=change)
        yield say(_PURSES, change=yuan(sheet.card_change), amounts=yuan(sheet.amounts))
        yield from self._cash(sheet)

    def _listed(self, title: Text, entries: Sequence[Entry]) -> Iterator[str]:
        """Write entries under a title, nothing where there are none."""
        if entries:
            yield self.session.say(title, count=len(entries))
            yield from (f"  {line}" for line in self.table(entries))

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

    def _cash(self, sheet: Reconciliation) -> Iterator[str]:
        say = self.session.say
        if sheet.cash_for_earlier_days:
            yield say(_FOR_EARLIER, cash=yuan(sheet.cash_for_earlier_days))
        if sheet.cash_in_later_tills:
            yield say(_IN_LATER, cash=yuan(sheet.cash_in_later_tills))
        line = say(_CASH, float_in=yuan(sheet.float_in), expected=yuan(sheet.expected))
        if sheet.counted is not None and sheet.over is not None:
            verdict = _OVER if sheet.over > 0 else _SHORT if sheet.over < 0 else _EVEN
            said = say(verdict, over=yuan(abs(sheet.over)))
            line += say(_COUNTED, counted=yuan(sheet.counted), verdict=said)
        yield line
        left = say(_LEFT, float_out=yuan(sheet.float_out))
        if sheet.handed_in is not None:
            yield left + say(_HANDED_IN, handed_in=yuan(sheet.handed_in))
        elif sheet.float_out:
            yield left

    def sheet_document(self, sheet: Reconciliation) -> dict[str, Any]:
        """Make a day's JSON form."""
        return {
            "day": sheet.day.isoformat(),
            "operator": sheet.operator,
            "clean": sheet.clean,
            "totals": {
                method.value: {group.value: asdict(each) for group, each in totals.items()}
                for method, totals in sheet.totals.items()
            },
            "unfinished": [self.document(each) for each in sheet.unfinished],
            "unfinished_totals": {
                method.value: asdict(each) for method, each in sheet.unfinished_totals.items()
            },
            "settled_later": [self.document(each) for each in sheet.settled_later],
            "settled_today": [self.document(each) for each in sheet.settled_today],
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
            "cash_in_later_tills": sheet.cash_in_later_tills,
            "cash_for_earlier_days": sheet.cash_for_earlier_days,
            "float_in": sheet.float_in,
            "expected": sheet.expected,
            "counted": sheet.counted,
            "over": sheet.over,
            "float_out": sheet.float_out,
            "handed_in": sheet.handed_in,
        }

    def checks(self, day: date, checked: Sequence[Checked]) -> Iterator[str]:
        """Write what came of checking a day's TACs."""
        say = self.session.say
        wrong = [each.entry for each in checked if each.right is False]
        unable = [each for each in checked if each.right is None]
        right = len(checked) - len(wrong) - len(unable)
        yield say(_CHECKED, day=day, right=right, wrong=len(wrong), open=len(unable))
        yield from self._listed(_WRONG, wrong)
        if unable:
            yield say(_NOT_CHECKABLE, count=len(unable))
        for each in unable:
            reason = say(each.reason) if each.reason else ""
            yield "  " + say(_LABELLED, label=shown_key(each.entry.key), value=reason)

    def checks_document(self, checked: Sequence[Checked]) -> dict[str, Any]:
        """Make the JSON form of what came of checking TACs."""
        say = self.session.say
        return {
            "right": [each.entry.key for each in checked if each.right],
            "wrong": [self.document(each.entry) for each in checked if each.right is False],
            "not_checkable": [
                {"key": each.entry.key, "cause": say(each.reason)}
                for each in checked
                if each.reason is not None
            ],
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
