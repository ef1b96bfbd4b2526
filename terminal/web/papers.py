"""The acceptance slip 受理单 of a service, as it is printed and given as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from terminal.documents.paper import Paper, Row, Strokes, moment
from terminal.rules.vocabulary import SERVICES
from terminal.services.offered.answer import Answer
from terminal.services.offered.signature import WIDTH, strokes_of
from terminal.services.offered.wish_values import FEN, SIGNATURE
from terminal.texts import Text

_TITLE = Text("受理单：{service}", "Acceptance slip: {service}")
_AT = Text("办理时间", "At")
_HOLDER = Text("持卡人", "Holder")
_KEY = Text("流水号", "Key")
_SIGNATURES = (Text("持卡人（办理人）签字", "Signature of the holder"), Text("经办人签字", "Clerk"))


def slip(
    answer: Answer,
    request: Mapping[str, Any],
    *,
    outlet: str,
    operator: str,
    printed_at: datetime,
    copy: bool,
) -> Paper:
    """Make the slip; ``request`` is on record with it, ``copy`` marks one that was printed before.

    What is still owed is on it too: the holder takes it home.
    """
    fen = request.get("wishes", {}).get(FEN)
    rows = [Row(_AT, _moment(answer.at))]
    if answer.person:
        rows.append(Row(_HOLDER, Text(answer.person, answer.person)))
    rows += [Row(each.label, each.value) for each in answer.lines]
    rows.append(Row(_KEY, Text(answer.key, answer.key)))
    return Paper(
        _TITLE.filled(service=SERVICES[answer.service]),
        outlet,
        answer.number,
        printed_at,
        tuple(rows),
        int(fen) if fen else None,
        (*answer.tell, *answer.owed),
        _SIGNATURES,
        copy,
        operator,
        _signed(request.get("wishes", {}).get(SIGNATURE, "")),
    )


def _signed(path: str) -> Strokes:
    return tuple(tuple((x / WIDTH, y / WIDTH) for x, y in each) for each in strokes_of(path))


def _moment(at: datetime) -> Text:

    return Text(moment(at), moment(at))
