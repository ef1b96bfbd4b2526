"""The jobs at the devices of the desk: a document is read, a slip is printed.

Each device has a worker of its own, so that one that waits for a document holds nobody up; a
reading that nobody wants any more is given up with its worker.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from terminal.config import Config
from terminal.devices.escpos_printer import open_receipt_printer
from terminal.devices.id_reader import IdDocument
from terminal.devices.receipt_printer import PaperState
from terminal.devices.sam_a import open_id_reader
from terminal.documents.receipt import receipt_page
from terminal.rules.documents import DocumentNumber
from terminal.services.offered.request import Named
from terminal.texts import Text
from terminal.web.messages import Message, PrintPaper, ReadDocument, Said
from terminal.web.views import PaperRead

ID_READER = "id reader"
"""The worker at the ID reader; no PC/SC reader is called so."""
RECEIPT_PRINTER = "receipt printer"
"""The worker at the receipt printer."""
_PRINTED = Text("已打印", "It was printed")
_TAKEN = Text(
    "打印机已收下，但没有报告打印完成，请看一下凭条",
    "The printer took it and did not say that it is through: look at the paper",
)
_REPLACED = Text(
    "打印机没有这些字，凭条上是〓，请手写补上：{characters}",
    "The printer lacks these characters, 〓 on the paper: write them in by hand: {characters}",
)
_LOW = Text("纸快用完了", "The paper runs out soon")
_LAY = Text(
    "请把证件放到阅读器上（还有 {seconds} 秒）",
    "Lay the document on the ID reader ({seconds} seconds left)",
)
_LONG_TERM = "长期"


def read_document(config: Config, _job: ReadDocument, tell: Callable[[Message], None]) -> PaperRead:
    """Read the document that is laid on the reader; raises the catalogue's leaves."""
    last = -1

    def waiting(seconds: float) -> None:
        nonlocal last
        if int(seconds) != last:
            last = int(seconds)
            tell(Said(_LAY.filled(seconds=last)))

    settings = config.id_reader
    with closing(open_id_reader(settings, config.source)) as reader:
        return paper_read(reader.read(settings.timeout_seconds, waiting))


def print_paper(
    config: Config, job: PrintPaper, _tell: Callable[[Message], None]
) -> tuple[Text, ...]:
    """Print a paper, and give what the clerk has to know of it; raises the catalogue's leaves."""
    with closing(open_receipt_printer(config.receipt_printer, config.source)) as printer:
        printed = printer.print(receipt_page(job.paper, printer.width, job.language))
    told = [_PRINTED if printed.confirmed else _TAKEN]
    if printed.replaced:
        listed = " ".join(printed.replaced)
        told.append(_REPLACED.filled(characters=listed))
    if printed.paper is PaperState.NEAR_END:
        told.append(_LOW)
    return tuple(told)


def paper_read(document: IdDocument) -> PaperRead:
    """Make what pages show and services take of a document; only a Chinese name is a cell's."""
    named = Named(
        DocumentNumber(document.kind, document.number),
        document.name or document.english_name,
        document.nationality,
        from_reader=bool(document.name),
    )
    until = document.valid_until
    return PaperRead(
        named,
        document.sex,
        document.birth.isoformat(),
        document.address,
        document.authority,
        until.isoformat() if until is not None else _LONG_TERM,
    )
