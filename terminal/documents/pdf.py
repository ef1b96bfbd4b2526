"""Papers and lists as PDF, A4, drawn as text: no markup in a value means anything.

The same paper gives the same bytes: the moment in it is the paper's, no clock is read. Import
this module where a PDF is wanted and not before: reportlab takes a fifth of a second.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from terminal.beijing_time import in_beijing
from terminal.documents.fonts import Fonts, missing_from
from terminal.documents.paper import COPY, Column, Paper, Report, Row, Strokes, moment
from terminal.documents.sheet import Flow, Piece, Rule, Sheet
from terminal.texts import Language, Text

TITLE_SIZE = 18.0
TEXT_SIZE = 11.0
SMALL_SIZE = 9.0
_LABEL_WIDTH = 110.0
_GAP = 8.0
_SIGNING_HEIGHT = 34.0
_SIGNING_WIDTH = 190.0
_SIGNED_WIDTH = 110.0
"""How wide a signature is drawn: it has the form of its field, 10 : 3."""
_PAGE = Text("第 {page} 页，共 {pages} 页", "Page {page} of {pages}")
_NOTICES = Text("请注意：", "Please note:")
_COLON = Text("：", ":")
_NOTHING = Text("（没有记录）", "(nothing)")


@dataclass(frozen=True, slots=True)
class Pdf:
    """Hold a document, and the characters that no font here has, shown in it as 〓."""

    data: bytes = field(repr=False)
    missing: tuple[str, ...] = field(default=(), repr=False)


def paper_pdf(paper: Paper, language: Language = "zh", fonts: Fonts | None = None) -> Pdf:
    """Draw a paper; raises FontMissing where there is no font."""
    flow = Flow(A4, fonts or Fonts())
    if paper.copy:
        _mark_copy(flow, COPY.say(language))
    flow.centred(paper.title.say(language), TITLE_SIZE)
    flow.skip(_GAP)
    flow.rule()
    for each in paper.table():
        flow.cells(
            (each.label.say(language), each.value.say(language)),
            ((flow.left, _LABEL_WIDTH), (flow.left + _LABEL_WIDTH, flow.width - _LABEL_WIDTH)),
            TEXT_SIZE,
        )
        flow.rule()
    if paper.notices:
        flow.skip(_GAP)
        flow.text(_NOTICES.say(language), TEXT_SIZE)
        for count, notice in enumerate(paper.notices, 1):
            flow.text(f"{count}. {notice.say(language)}", TEXT_SIZE)
    for number, signature in enumerate(paper.signatures):
        signed = paper.signed if number == 0 else ()
        _sign(flow, f"{signature.say(language)}{_COLON.say(language)}", signed)
    return _written(flow, paper.title, paper.outlet, paper.printed_at, paper.number, language)


def report_pdf(report: Report, language: Language = "zh", fonts: Fonts | None = None) -> Pdf:
    """Draw a list, its head on each page; raises FontMissing where there is no font."""
    flow = Flow((A4[1], A4[0]) if report.wide else A4, fonts or Fonts())
    flow.centred(report.title.say(language), TITLE_SIZE)
    flow.skip(_GAP)
    flow.text(_joined(report.head(), language), SMALL_SIZE)
    places = _places(flow, report.columns)
    labels = [each.label.say(language) for each in report.columns]
    right = [each.right for each in report.columns]

    def head() -> None:
        flow.rule()
        flow.cells(labels, places, SMALL_SIZE, right)
        flow.rule()

    head()
    flow.at_top = head
    for cells in report.rows:
        flow.cells([each.say(language) for each in cells], places, SMALL_SIZE, right)
        flow.rule()
    flow.at_top = None
    if not report.rows:
        flow.text(_NOTHING.say(language), SMALL_SIZE)
    for note in report.notes:
        flow.skip(_GAP / 2)
        flow.text(note.say(language), SMALL_SIZE)
    return _written(flow, report.title, report.outlet, report.printed_at, "", language)


def _places(flow: Flow, columns: Sequence[Column]) -> list[tuple[float, float]]:
    """Give where each column begins and its width."""
    shares = sum(each.share for each in columns)
    places, left = [], flow.left
    for each in columns:
        width = flow.width * each.share / shares
        places.append((left, width))
        left += width
    return places


def _joined(rows: Sequence[Row], language: Language) -> str:
    colon = _COLON.say(language)
    return "    ".join(
        f"{each.label.say(language)}{colon}{each.value.say(language)}" for each in rows
    )


def _mark_copy(flow: Flow, said: str) -> None:
    """Put a frame with the mark of a copy into the upper right corner, above any title."""
    width = flow.fonts.width(said, TEXT_SIZE) + 2 * _GAP
    right, bottom = flow.left + flow.width, flow.y
    top = bottom + TEXT_SIZE + _GAP
    flow.put(Piece(right - width + _GAP, bottom + _GAP * 0.75, said, TEXT_SIZE))
    for height in (top, bottom):
        flow.put(Rule(right - width, height, right, height))
    for side in (right - width, right):
        flow.put(Rule(side, bottom, side, top))


def _sign(flow: Flow, said: str, signed: Strokes) -> None:
    """Leave room for a name to be written by hand, or show it where it was."""
    flow.room(_SIGNING_HEIGHT)
    flow.skip(_SIGNING_HEIGHT - TEXT_SIZE)
    begins = flow.left + flow.fonts.width(said, TEXT_SIZE) + _GAP / 2
    flow.put(Piece(flow.left, flow.y - TEXT_SIZE, said, TEXT_SIZE))
    flow.put(Rule(begins, flow.y - TEXT_SIZE - 2, begins + _SIGNING_WIDTH, flow.y - TEXT_SIZE - 2))
    top = flow.y - TEXT_SIZE + _SIGNING_HEIGHT
    for stroke in signed:
        places = [(begins + x * _SIGNED_WIDTH, top - y * _SIGNED_WIDTH) for x, y in stroke]
        for (x, y), (to_x, to_y) in pairwise(places):
            flow.put(Rule(x, y, to_x, to_y))
    flow.skip(TEXT_SIZE)


def _written(
    flow: Flow, title: Text, outlet: str, at: datetime, number: str, language: Language
) -> Pdf:
    """Write the pages, each with its number; what is common to them stands below."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=flow.size, invariant=1, initialFontName=flow.fonts.first)
    stamp = in_beijing(at).strftime("D:%Y%m%d%H%M%S+08'00'")
    canvas.setDateFormatter(lambda *_: stamp)
    canvas.setTitle(title.say(language))
    canvas.setAuthor(outlet)
    canvas.setCreator("Guitai")
    sheets: list[Sheet] = flow.sheets
    below = "  ".join(filter(None, (number, moment(at))))
    for page, sheet in enumerate(sheets, 1):
        flow.foot(sheet, below, _PAGE.say(language, page=page, pages=len(sheets)), SMALL_SIZE)
        sheet.draw(canvas, flow.fonts)
        canvas.showPage()
    canvas.save()
    return Pdf(stream.getvalue(), missing_from(flow.missing))
