"""``guitai receipt-printer``: whether the receipt printer works, and a page to see it by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.devices.escpos_printer import open_receipt_printer
from terminal.devices.receipt_printer import PaperState, Printed, PrinterInfo, PrinterStatus
from terminal.documents.paper import Paper, row
from terminal.documents.receipt import receipt_page
from terminal.errors import DeviceError
from terminal.texts import Text

SCHEMA = "guitai.receipt-printer/1"
_GOOD = Text("打印机正常", "The printer is ready")
_OFFLINE = Text("打印机脱机", "It is offline")
_COVER = Text("盖没有合上", "Its cover is open")
_PAPER = {
    PaperState.NEAR_END: Text("纸快用完了", "The paper is near its end"),
    PaperState.OUT: Text("缺纸", "It is out of paper"),
}
_IDENTITY = Text("型号代码 {model}，版本代码 {version}", "Model number {model}, version {version}")
_UNKNOWN = Text("未知", "unknown")
_PRINTED = Text("已打印测试页", "A test page was printed")
_SENT = Text(
    "测试页已全部发送，打印机没有报告故障；请看打印出的纸",
    "All of a test page was sent and the printer reports no fault; look at the paper",
)
_REPLACED = Text(
    "打印机没有这些字，纸上是 〓，请手写：{characters}",
    "The printer lacks these characters; write them where 〓 stands: {characters}",
)
_TITLE = Text("打印机测试页", "Printer test page")
_WIDTH = Text("每行字符数", "Characters a line")
_COMMON = Text("常用字", "Common characters")
_RARE = Text("生僻字", "Rare characters")
_NOTICE = Text("这一页不是业务凭证。", "This page is no receipt.")
_TEST_AMOUNT = 123_456
_SAMPLE = "社会保障卡 0123456789"
_RARE_SAMPLE = "㐂𠮷䶮·"


@click.group(
    name="receipt-printer", help=help_text("凭条打印机：检查。", "The receipt printer: test.")
)
def receipt_printer() -> None:
    """Group what is done with it."""


@receipt_printer.command(
    help=help_text("检查打印机是否正常。", "Ask the printer whether it works.")
)
@click.option("--page", is_flag=True, help=help_text("并打印一张测试页", "and print a test page"))
@json_option
@click.pass_obj
def test(session: Session, page: bool) -> None:
    """Ask which printer it is and how it is; one that would print nothing ends with status 11."""
    settings = session.config.receipt_printer
    with closing(open_receipt_printer(settings, session.config.source)) as printer:
        status, info = printer.status(), printer.info()
        printed = None
        if page:
            paper = _test_paper(session, printer.width)
            printed = printer.print(receipt_page(paper, printer.width, session.language))
    if session.as_json:
        print_json(_document(settings.port, status, info, printed))
    else:
        for line in _lines(status, info, printed, session):
            click.echo(line)
    if not status.ready:
        click.get_current_context().exit(DeviceError.exit_status)


def _test_paper(session: Session, width: int) -> Paper:
    """Make a page that shows width, sizes, an amount, and characters that few fonts have."""
    return Paper(
        _TITLE,
        session.config.outlet.name,
        "",
        datetime.now(UTC),
        (
            row(_WIDTH, str(width)),
            row(_COMMON, _SAMPLE),
            row(_RARE, _RARE_SAMPLE),
        ),
        amount=_TEST_AMOUNT,
        notices=(_NOTICE,),
    )


def _document(
    port: str, status: PrinterStatus, info: PrinterInfo, printed: Printed | None
) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.receipt-printer-1.json)."""
    return {
        "schema": SCHEMA,
        "action": "test",
        "port": port,
        "model": info.model,
        "version": info.version,
        "ready": status.ready,
        "paper": status.paper.value,
        "cover_open": status.cover_open,
        "offline": status.offline,
        "faults": [fault.value for fault in status.faults],
        "page": printed and {"replaced": list(printed.replaced), "confirmed": printed.confirmed},
    }


def _lines(
    status: PrinterStatus, info: PrinterInfo, printed: Printed | None, session: Session
) -> Iterator[str]:
    model, version = (
        session.say(_UNKNOWN) if number is None else str(number)
        for number in (info.model, info.version)
    )
    yield session.say(_IDENTITY, model=model, version=version)
    if status.ready:
        yield session.say(_GOOD)
    if status.cover_open:
        yield session.say(_COVER)
    if status.paper in _PAPER:
        yield session.say(_PAPER[status.paper])
    for fault in status.faults:
        yield session.say(fault.text)
    if status.offline and not (status.cover_open or status.paper is PaperState.OUT):
        yield session.say(_OFFLINE)
    if printed is not None:
        yield session.say(_PRINTED if printed.confirmed else _SENT)
        if printed.replaced:
            yield session.say(_REPLACED, characters=" ".join(printed.replaced))
