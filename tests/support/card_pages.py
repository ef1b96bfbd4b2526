"""The room of cards, for tests: an act filled in, checked, done, and what its pages say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from console_in_process import PATIENCE, Browser, ConsoleInProcess
from day_pages import plain, troubles_of
from httpx import Response
from registry import citizen_id
from registry_desk import WORD
from serving_desk import NAME

from terminal.web.card_acts import CardAct

BY_TWO = {"second": "zhang", "second_password": WORD, "reason": "当面核实"}


def document(sequence: int = 1, name: str = NAME, prefix: str = "holder") -> dict[str, str]:
    """Give what is keyed in of an identity card."""
    number = citizen_id(sequence)
    keyed = {"kind": "citizen_id", "number": number, "again": number, "name": name}
    return {f"{prefix}.{field}": value for field, value in keyed.items()}


def filled(
    li: Browser, act: CardAct, fields: Mapping[str, Any] | None = None, **query: object
) -> Response:
    """Begin an act and fill it in; gives the page to be checked, or the form with its trouble."""
    asked = f"?{urlencode(query)}" if query else ""
    page = li.get(f"/cards/do/{act.value}{asked}")
    if fields is not None:
        assert page.status_code == 200, plain(page)
        assert troubles_of(page) == []
        page = li.post(page.url.path, fields)
    assert troubles_of(page) == []
    return page


def key_of(page: Response) -> str:
    """Give the key of an act from its page's address."""
    return page.url.path.split("/")[3]


def sent(
    counter: ConsoleInProcess, li: Browser, page: Response, by_two: Mapping[str, str] | None = None
) -> Response:
    """Press the last button of a checked act; gives what came of it."""
    assert page.url.path.endswith("/check"), plain(page)
    key = key_of(page)
    asked = li.post(f"/cards/draft/{key}/do", by_two or {})
    run = counter.console.card_runs.get(key)
    if run is None:
        return asked
    run.future.exception(PATIENCE)
    shown = li.get(f"/cards/run/{key}")
    assert troubles_of(shown) == []
    return shown


def done(
    counter: ConsoleInProcess,
    li: Browser,
    act: CardAct,
    fields: Mapping[str, Any] | None = None,
    by_two: Mapping[str, str] | None = None,
    **query: object,
) -> str:
    """Do an act from its first page to its last, and give what that says."""
    said = plain(sent(counter, li, filled(li, act, fields, **query), by_two))
    assert "已办理" in said or "先前已经办好" in said, said
    return said
