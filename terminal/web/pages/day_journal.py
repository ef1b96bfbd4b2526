"""The journal of a day: what was begun on cards, each with its evidence; what two people decide."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import GuitaiError, RequestWrong
from terminal.journal import Entry
from terminal.registry import runs
from terminal.services.deciding import decide_by_people
from terminal.services.offered.roles import KEEPERS
from terminal.services.two_people import demand_two
from terminal.texts import Text
from terminal.web.messages import Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.pages.day_entries import (
    all_shown,
    asked_with,
    decidable,
    lines,
    shown,
    steps,
    was_asked,
)
from terminal.web.pages.day_work import day_in, journal_of, reason_in, second_in, sheet_of
from terminal.web.troubles import trouble_of

router = APIRouter()
_OUTCOME = Text("认定的结果", "the outcome")
_NO_OUTCOME = Text("请选择已发生或未发生", "say whether it happened")


@router.get("/day/journal")
def show(page: SignedInPage) -> Response:
    """Show what was begun on a day, or everything that has no outcome yet."""
    day, query = day_in(page), page.request.query_params
    operator, unfinished = query.get("operator", ""), query.get("unfinished") == "yes"
    entries = chosen(page)
    return page.draw(
        "day_journal.html",
        day=day,
        operator=operator,
        unfinished=unfinished,
        listed=all_shown(entries),
        query=page.request.url.query,
    )


@router.get("/day/sheet")
def sheet(page: SignedInPage) -> Response:
    """Show the sheet of a day."""
    day = day_in(page)
    operator = page.request.query_params.get("operator", "").strip()
    made = sheet_of(page, day, operator or None)
    lists = (
        (Text("结果未知，不在合计内", "Without an outcome, not in the totals"), made.unfinished),
        (
            Text("隔日查清，金额计入登记当天", "Settled on a later day, counted to this one"),
            made.settled_later,
        ),
        (
            Text("今天查清、计入前日", "Of earlier days, settled on this one"),
            made.settled_today,
        ),
        (Text("交易验证码（TAC）未核对", "Whose TAC was not checked"), made.unchecked),
    )
    return page.draw(
        "day_sheet.html",
        day=day,
        operator=operator,
        sheet=made,
        lines=list(lines(made)),
        lists=[(title, all_shown(entries)) for title, entries in lists if entries],
        differing=[(shown(each.entry), each.change) for each in made.discrepancies],
    )


@router.get("/day/journal/{key}")
def one(page: SignedInPage, key: str) -> Response:
    """Show an entry with all its evidence."""
    with journal_of(page) as journal:
        entry = journal.find(key)
    return _entry(page, entry, None, 200)


@router.post("/day/journal/{key}/decide")
def decide(page: SignedInPage, key: str, form: Form) -> Response:
    """Note how an entry ended, by the word of two people; one that has its outcome is shown."""
    page.checked(form)
    page.demand(KEEPERS)
    with journal_of(page) as journal:
        entry = journal.find(key)
        if not entry.unfinished:
            return to(f"/day/journal/{entry.key}")
        try:
            outcome, reason = text_of(form, "outcome", 10), reason_in(form)
            if outcome not in {"done", "undone"}:
                raise RequestWrong(item=_OUTCOME, detail=_NO_OUTCOME)
            second = second_in(page, form)
            if second is None:
                demand_two(page.who.operator, "")
            decide_by_people(
                journal,
                entry.key,
                happened=outcome == "done",
                operator=page.who.operator,
                second=second.operator if second is not None else "",
                reason=reason,
                without_card=text_of(form, "without_card") == "yes",
            )
        except GuitaiError as error:
            return _entry(page, entry, trouble_of(error), 409, text_of(form, "reason", 200))
    return to(f"/day/journal/{entry.key}")


def chosen(page: Page) -> tuple[Entry, ...]:
    """Give the entries that a page or a file was asked for; raises RequestWrong."""
    day, query = day_in(page), page.request.query_params
    operator = query.get("operator", "").strip()
    with journal_of(page) as journal:
        found = journal.unfinished() if query.get("unfinished") == "yes" else journal.of_day(day)
    return tuple(each for each in found if operator in ("", each.intention.operator))


def _entry(
    page: Page, entry: Entry, trouble: Trouble | None, status: int, reason: str = ""
) -> Response:
    return page.draw(
        "day_entry.html",
        status,
        entry=shown(entry),
        whole=entry,
        begun_with=asked_with(entry),
        steps=steps(entry),
        run=_service_of(page, entry),
        decidable=decidable(entry) and not page.who.roles.isdisjoint(KEEPERS),
        a_pass=entry.unfinished and not decidable(entry),
        was_asked=was_asked(entry),
        reason=reason,
        trouble=trouble,
    )


def _service_of(page: Page, entry: Entry) -> str:
    """Give the key of the unfinished service that an entry is of, empty where there is none."""
    key = entry.key.partition(".")[0]  # operations of a service go on behind its key
    with page.console.registry.reading() as tx:
        known = runs.by_key(tx, key)
    return key if known is not None and known.state == runs.BEGUN else ""
