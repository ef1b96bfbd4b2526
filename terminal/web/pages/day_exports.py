"""The journal and the sheet of a day as files: CSV for a spreadsheet, PDF for paper; all masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from terminal.beijing_time import in_beijing
from terminal.documents.capitals import in_capitals
from terminal.documents.paper import Column, Report
from terminal.journal import Reconciliation
from terminal.money import yuan
from terminal.texts import Text
from terminal.web.csv_files import csv_of
from terminal.web.page import Page, SignedInPage
from terminal.web.pages.day_entries import Shown, all_shown, lines
from terminal.web.pages.day_journal import chosen
from terminal.web.pages.day_work import day_in, sheet_of

router = APIRouter()
Cell = Text | str | int | Decimal | None
_TYPES = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
_JOURNAL_TITLE = Text("{day} 流水", "Journal of {day}")
_UNFINISHED_TITLE = Text("没有结果的流水", "Entries without an outcome")
_SHEET_TITLE = Text("{day} 对账单", "Sheet of {day}")
_COLUMNS = (
    (Text("流水号", "key"), 4),
    (Text("时间", "time"), 3),
    (Text("业务", "kind"), 2),
    (Text("卡号", "card"), 3),
    (Text("卡内金额", "purse"), 2),
    (Text("收付金额", "till"), 2),
    (Text("方式", "method"), 1),
    (Text("柜员", "clerk"), 2),
    (Text("复核", "second"), 2),
    (Text("状态", "state"), 2),
)
_RIGHT = frozenset({4, 5})
_SHEET_COLUMNS = (
    (Text("方式", "method"), 2),
    (Text("业务", "kind"), 3),
    (Text("笔数", "count"), 1),
    (Text("卡内金额", "purses"), 2),
    (Text("收付金额", "till"), 2),
)
_SHEET_RIGHT = frozenset({2, 3, 4})
_FLOAT = Text("备用金", "Float")
_EXPECTED = Text("现金应有", "Cash that should be there")
_COUNTED = Text("实点", "Counted")
_OVER = Text("长款", "Over")
_SHORT = Text("短款", "Short")
_LEFT = Text("留存", "Stays in the till")
_HANDED_IN = Text("上交", "Handed in")
_NOTE = Text("{label}：{amount} 元（{capitals}）", "{label}: {amount} yuan ({capitals})")
_MINUS = Text("负 {amount}", "minus {amount}")


@router.get("/day/journal.{kind}")
def journal(page: SignedInPage, kind: Literal["csv", "pdf"]) -> Response:
    """Give the entries that the page shows."""
    day, entries = day_in(page), all_shown(chosen(page))
    unfinished = page.request.query_params.get("unfinished") == "yes"
    title = _UNFINISHED_TITLE if unfinished else _JOURNAL_TITLE.filled(day=day)
    rows = [_row(each) for each in entries]
    return _file(page, kind, "journal", day, title, _COLUMNS, _RIGHT, rows, ())


@router.get("/day/sheet.{kind}")
def sheet(page: SignedInPage, kind: Literal["csv", "pdf"]) -> Response:
    """Give the sheet of a day; in the spreadsheet the cash stands in lines below."""
    day = day_in(page)
    operator = page.request.query_params.get("operator", "").strip()
    made = sheet_of(page, day, operator or None)
    rows: list[Sequence[Cell]] = [
        (each.method, each.what, each.total.count, _yuan(each.total.amount), _yuan(each.total.till))
        for each in lines(made)
    ]
    cash = list(_cash(made))
    if kind == "csv":
        rows += [(label, None, None, None, _yuan(fen)) for label, fen in cash]
    notes = [_noted(label, fen) for label, fen in cash]
    title = _SHEET_TITLE.filled(day=day)
    return _file(page, kind, "sheet", day, title, _SHEET_COLUMNS, _SHEET_RIGHT, rows, notes)


def _row(each: Shown) -> Sequence[Cell]:
    return (
        each.key,
        f"{in_beijing(each.at):%Y-%m-%d %H:%M:%S}",
        each.kind,
        each.card,
        _yuan(each.amount),
        _yuan(each.till),
        each.method,
        each.operator,
        each.second,
        each.state,
    )


def _cash(made: Reconciliation) -> Iterable[tuple[Text, int]]:
    yield _FLOAT, made.float_in
    yield _EXPECTED, made.expected
    if made.counted is not None and made.over is not None and made.handed_in is not None:
        yield _COUNTED, made.counted
        if made.over:
            yield _OVER if made.over > 0 else _SHORT, abs(made.over)
        yield _LEFT, made.float_out
        yield _HANDED_IN, made.handed_in


def _noted(label: Text, fen: int) -> Text:
    capitals = Text(in_capitals(abs(fen)), in_capitals(abs(fen)))
    said = capitals if fen >= 0 else _MINUS.filled(amount=capitals)
    return _NOTE.filled(label=label, amount=yuan(fen), capitals=said)


def _yuan(fen: int) -> Decimal:
    return Decimal(yuan(fen))


def _file(
    page: Page,
    kind: str,
    name: str,
    day: date,
    title: Text,
    columns: Sequence[tuple[Text, int]],
    right: frozenset[int],
    rows: Sequence[Sequence[Cell]],
    notes: Iterable[Text],
) -> Response:
    language = page.language
    if kind == "csv":
        head = [label.say(language) for label, _ in columns]
        said = [[c.say(language) if isinstance(c, Text) else c for c in row] for row in rows]
        data = csv_of(head, said)
    else:
        from terminal.documents.pdf import report_pdf  # noqa: PLC0415  slow, and seldom wanted

        outlet = page.console.config.outlet
        data = report_pdf(
            Report(
                title,
                outlet.name or outlet.id,
                page.console.registry.clock(),
                tuple(
                    Column(label, share, right=place in right)
                    for place, (label, share) in enumerate(columns)
                ),
                tuple(tuple(_said(cell) for cell in row) for row in rows),
                tuple(notes),
                page.who.operator,
                wide=len(columns) > len(_SHEET_COLUMNS),
            ),
            language,
        ).data
    file = f"guitai-{name}-{day}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{file}"'}
    return Response(data, media_type=_TYPES[kind], headers=headers)


def _said(cell: Cell) -> Text:
    if isinstance(cell, Text):
        return cell
    said = "" if cell is None else str(cell)
    return Text(said, said)
