"""The auditor: who did or saw what, searched, looked at, verified and handed out.

Each of these is on record itself, as at the command line. Rows are shown as the audit has them:
without names and whole numbers, by the registry's own numbers of persons and cards.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.responses import Response, StreamingResponse

from terminal.beijing_time import in_beijing
from terminal.errors import GuitaiError, PageUnknown, RequestWrong
from terminal.registry import audit as chains
from terminal.registry.audit_search import Entry, Place, Wanted
from terminal.registry.operators import Role
from terminal.registry.plain import is_plain
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services import auditing
from terminal.services.acts import ACTS, Act
from terminal.services.opening import chain_of
from terminal.texts import Text
from terminal.web.chores import Chore
from terminal.web.csv_files import csv_of
from terminal.web.messages import Trouble, Verify
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.troubles import trouble_of

router = APIRouter()
PAGE, MOST = 50, 10_000
"""How many rows a page has, and how many a file at most."""
_MOST_TEXT = 200
_LARGEST = 2**63 - 1
_FIELDS = ("operator", "action", "service", "person", "card", "from", "to", "reason")
_ITEMS: Mapping[str, Text] = {
    "person": Text("持卡人编号", "the person's number"),
    "card": Text("卡的编号", "the card's number"),
    "from": Text("从哪天起", "the first day"),
    "to": Text("到哪天为止", "the last day"),
    "number": Text("第几条", "the row's number"),
    "since": Text("从第几条起", "the first row"),
}
_NO_NUMBER = Text("应为正整数", "it is no whole number above 0")
_NO_DAY = Text("日期请写成 2026-03-01", "a day is written like 2026-03-01")
_ACTIONS = (
    ("done", Text("办了一项业务", "did a service")),
    ("begun", Text("开始一项业务", "began a service")),
    ("refused", Text("拒绝一项业务", "refused a service")),
    ("left", Text("放弃一项业务", "gave a service up")),
    *((each.value, ACTS[each]) for each in Act),
)
_ACTS = dict(_ACTIONS)
_LOOKS: Mapping[str, Text] = MappingProxyType(
    {
        "list": Text("能办哪些业务", "what could be done"),
        "console": Text("工作台", "the console"),
        "hotline": Text("电话业务", "by telephone"),
    }
)
"""What is looked at on pages that are of no service."""
_SERVICES = {**{each.value: SERVICES[each] for each in Service}, **_LOOKS}
_HEAD = {
    "zh": (
        *("时间（北京）", "链", "第几条", "柜员", "复核人", "动作", "动作代码", "业务"),
        *("持卡人编号", "卡编号", "事由", "细节"),
    ),
    "en": (
        *("at (Beijing)", "chain", "row", "operator", "second", "act", "act code", "service"),
        *("person", "card", "reason", "details"),
    ),
}


@router.get("/audit")
def search(page: SignedInPage) -> Response:
    """Search, a page at a time; without a question nothing is looked up, nor put on record."""
    page.demand(frozenset({Role.AUDITOR}))
    asked = _asked(page.request.query_params)
    found: tuple[Entry, ...] = ()
    trouble, status = None, 200
    searched = "search" in page.request.query_params
    if searched:
        try:
            wanted = _wanted(asked, page.request.query_params)
            found = _search(page, wanted, PAGE + 1, Act.AUDIT_SEARCH)
        except GuitaiError as error:
            trouble, status = trouble_of(error), 422
    more = len(found) > PAGE
    return _draw(
        page, status, trouble, asked=asked, searched=searched, found=found[:PAGE], more=more
    )


@router.get("/audit/entry")
def entry(page: SignedInPage, chain: str = "", number: str = "") -> Response:
    """Show one row with all its facts."""
    page.demand(frozenset({Role.AUDITOR}))
    wanted = Wanted(chain=chain[:_MOST_TEXT], number=_number("number", number))
    if not wanted.chain or wanted.number is None:
        raise PageUnknown
    found = _search(page, wanted, 1, Act.AUDIT_SEARCH)
    if not found:
        raise PageUnknown
    (one,) = found
    at = f"{in_beijing(one.at):%Y-%m-%d %H:%M:%S}"
    return page.draw("audit_entry.html", entry=one, act=_said(one.note.action), at=at)


@router.get("/audit/found.csv")
def found_csv(page: SignedInPage) -> Response:
    """Hand out what a search finds, as a table; that is an export on record."""
    page.demand(frozenset({Role.AUDITOR}))
    asked = _asked(page.request.query_params)
    found = _search(page, _wanted(asked, {}), MOST, Act.AUDIT_EXPORT)
    data = csv_of(_HEAD[page.language], (_row(page, each) for each in found))
    return _file(iter((data,)), "text/csv; charset=utf-8", "audit.csv")


@router.get("/audit/chain.jsonl")
def chain_lines(page: SignedInPage, chain: str = "", since: str = "") -> Response:
    """Hand out a chain as the command line does, a line a row, which SHA-256 alone checks."""
    page.demand(frozenset({Role.AUDITOR}))
    ours = chain_of(page.console.config)
    first = _number("since", since) or 1
    wanted = chain.strip()[:_MOST_TEXT] or ours
    # Whole before its first byte goes out: a row that cannot be read is told on a page.
    held = tempfile.TemporaryFile()  # noqa: SIM115  it is read, and closed, when it is sent
    try:
        for line in auditing.export(page.console.registry, ours, page.who, wanted, first):
            held.write(f"{line}\n".encode())
        held.seek(0)
    except BaseException:
        held.close()
        raise
    return _file(_pieces(held), "application/jsonl; charset=utf-8", "audit.jsonl")


@router.post("/audit/verify")
def verify(page: SignedInPage, form: Form) -> Response:
    """Have the audit checked; who asks while that goes on gets the same check."""
    page.checked(form)
    page.demand(frozenset({Role.AUDITOR}))
    chain = text_of(form, "chain", _MOST_TEXT).strip()
    page.console.chores.start(Chore.AUDIT, Verify(page.by, chain or None))
    return to("/audit#verify")


@router.get("/part/audit")
def part(page: SignedInPage) -> Response:
    """Show how far a check is, or what it found, as part of a page."""
    page.demand(frozenset({Role.AUDITOR}))
    return page.draw("audit_check.html", standing=page.console.chores.get(Chore.AUDIT))


# --- What is asked for ------------------------------------------------------------------------


def _asked(given: QueryParams) -> dict[str, str]:
    return {name: given.get(name, "").strip()[:_MOST_TEXT] for name in _FIELDS}


def _wanted(asked: Mapping[str, str], given: Mapping[str, str]) -> Wanted:
    """Read what is looked for; raises RequestWrong."""
    wanted = Wanted(
        asked["operator"].lower() or None,
        _number("person", asked["person"]),
        _number("card", asked["card"]),
        asked["service"] or None,
        asked["action"] or None,
        _day("from", asked["from"]),
        _day("to", asked["to"]),
        asked["reason"] or None,
    )
    at, chain, number = (given.get(f"after_{name}", "") for name in ("at", "chain", "number"))
    if not at:
        return wanted
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise PageUnknown from None
    if moment.tzinfo is None or not is_plain(chain):
        raise PageUnknown
    return replace(wanted, after=Place(moment, chain, _number("number", number) or 0))


def _number(name: str, said_: str) -> int | None:
    if not said_:
        return None
    if not (said_.isascii() and said_.isdecimal() and 0 < int(said_) <= _LARGEST):
        raise RequestWrong(item=_ITEMS[name], detail=_NO_NUMBER)
    return int(said_)


def _day(name: str, said_: str) -> date | None:
    if not said_:
        return None
    try:
        return date.fromisoformat(said_)
    except ValueError:
        raise RequestWrong(item=_ITEMS[name], detail=_NO_DAY) from None


def _search(page: Page, wanted: Wanted, limit: int, act: Act) -> tuple[Entry, ...]:
    """Look things up, newest first; raises RoleMissing, AuditBroken, NoteUnfit."""
    chain = chain_of(page.console.config)
    found = auditing.search(page.console.registry, chain, page.who, wanted, limit, act)
    return tuple(reversed(found))


# --- What is answered -------------------------------------------------------------------------


def _draw(page: Page, status: int, trouble: Trouble | None, **facts: Any) -> Response:
    asked, found = facts["asked"], facts["found"]
    question = {name: value for name, value in asked.items() if value}
    older = ""
    if facts["more"]:
        last = found[-1]
        older = urlencode(
            question
            | {"search": "1", "after_at": last.at.isoformat()}
            | {"after_chain": last.chain, "after_number": last.number}
        )
    with page.console.registry.reading() as tx:
        known = sorted(each.chain for each in chains.heads(tx))
    return page.draw(
        "audit.html",
        status,
        trouble=trouble,
        older=older,
        question=urlencode(question),
        said=_said,
        actions=_ACTIONS,
        services=[(each.value, SERVICES[each]) for each in Service],
        service_names=_SERVICES,
        chains=known,
        chain=chain_of(page.console.config),
        standing=page.console.chores.get(Chore.AUDIT),
        **facts,
    )


def _said(action: str) -> Text:
    """Name an act, by its own word where no sentence is known for it."""
    return _ACTS.get(action, Text(action, action))


def _row(page: Page, one: Entry) -> tuple[object, ...]:
    note = one.note
    return (
        f"{in_beijing(one.at):%Y-%m-%d %H:%M:%S}",
        one.chain,
        one.number,
        note.operator,
        note.second,
        _said(note.action).say(page.language),
        note.action,
        note.service,
        note.person_id,
        note.card_id,
        note.reason,
        json.dumps(dict(note.facts), ensure_ascii=False) if note.facts else "",
    )


def _file(pieces: Iterator[bytes], kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type=kind, headers=headers)


def _pieces(held: Any) -> Iterator[bytes]:
    with held:
        while piece := held.read(65_536):
            yield piece
