"""Write a list as a CSV file that a spreadsheet opens as it is, and takes for nothing but text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

_BOM = "\ufeff"
"""By which a spreadsheet knows that it is UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what a cell begins that a spreadsheet would compute (OWASP, CSV Injection)."""


def csv_of(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows under a head (RFC 4180); what is None is an empty cell, a number stays one."""
    written = io.StringIO(_BOM, newline="")
    written.seek(0, io.SEEK_END)
    writer = csv.writer(written)
    writer.writerow([_cell(each) for each in head])
    writer.writerows([_cell(each) for each in row] for row in rows)
    return written.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | Decimal):
        return str(value)
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
