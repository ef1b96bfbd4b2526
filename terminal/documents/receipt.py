"""A paper as a page of the receipt printer: the same rows, one below another."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.devices.receipt_printer import (
    Align,
    Cut,
    Feed,
    Item,
    Page,
    Size,
    TextLine,
    columns_of,
)
from terminal.documents.paper import COPY, Paper, Row
from terminal.texts import Language, Text
from terminal.typesetting import wrap

_COLON = Text("：", ": ")
_INDENT = "  "
_MARK = Text("【{copy}】", "[{copy}]")
_NOTICES = Text("请注意：", "Please note:")


def receipt_page(paper: Paper, width: int, language: Language = "zh") -> Page:
    """Lay a paper out for a printer of so many columns; it ends with a cut.

    What the printer cannot print is its driver's to replace and to tell.
    """
    return Page(tuple(_items(paper, width, language)))


def _items(paper: Paper, width: int, language: Language) -> Iterator[Item]:
    if paper.copy:
        mark = _MARK.filled(copy=COPY).say(language)
        yield TextLine(mark, Align.RIGHT, bold=True)
    yield TextLine(paper.title.say(language), Align.CENTRE, Size.TALL, bold=True)
    yield _rule(width)
    for row in paper.table():
        yield from _row(row, width, language)
    yield _rule(width)
    if paper.notices:
        yield TextLine(_NOTICES.say(language))
        for count, notice in enumerate(paper.notices, 1):
            yield from _indented(f"{count}. {notice.say(language)}", width)
    for signature in paper.signatures:
        said = f"{signature.say(language)}{_COLON.say(language)}"
        yield Feed(2)
        yield TextLine(said + "_" * (width - columns_of(said)))
    yield Cut()


def _row(row: Row, width: int, language: Language) -> Iterator[TextLine]:
    yield from _indented(
        f"{row.label.say(language)}{_COLON.say(language)}{row.value.say(language)}", width
    )


def _indented(said: str, width: int) -> Iterator[TextLine]:
    """Give a text in lines, all but the first indented, so that each row shows where it begins."""
    first, *rest = wrap(said, width, columns_of, width - len(_INDENT))
    yield TextLine(first)
    for line in rest:
        yield TextLine(_INDENT + line)


def _rule(width: int) -> TextLine:
    return TextLine("-" * width)
