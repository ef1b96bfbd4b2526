"""A name written by hand on the screen 手写签名: strokes, as they are drawn and put on record.

The regulation says nowhere how an applicant signs; a slip is signed on paper, or with a pen on the
screen where there is one (project-defined). It is personal, sealed with the request, and erased
with it.
"""

from __future__ import annotations

import re
from typing import Final

from terminal.errors import RequestWrong
from terminal.services.offered.request import Request
from terminal.texts import Text

WIDTH: Final = 400
HEIGHT: Final = 120
LONGEST: Final = 4_000
"""Characters of a signature: some five hundred points."""
_PATH = re.compile(r"(?:M\d{1,3} \d{1,3}(?:L\d{1,3} \d{1,3})+)+")
_POINT = re.compile(r"([ML])(\d+) (\d+)")
_ITEM = Text("签名", "the signature")
_NONE = Text("没有签完整，请重新签", "it was not drawn to its end: sign again")

Stroke = tuple[tuple[int, int], ...]


def demand_drawn(request: Request) -> None:
    """Demand that a signature, where there is one, is one; raises RequestWrong."""
    said = request.wish("signature")
    if not said:
        return
    points = [(int(x), int(y)) for _, x, y in _POINT.findall(said)]
    within = all(x <= WIDTH and y <= HEIGHT for x, y in points)
    if len(said) > LONGEST or _PATH.fullmatch(said) is None or not within:
        raise RequestWrong(item=_ITEM, detail=_NONE)


def strokes_of(path: str) -> tuple[Stroke, ...]:
    """Give the strokes of a signature; (0, 0) is its upper left corner."""
    found: list[list[tuple[int, int]]] = []
    for kind, x, y in _POINT.findall(path):
        if kind == "M":
            found.append([])
        found[-1].append((int(x), int(y)))
    return tuple(tuple(each) for each in found)
