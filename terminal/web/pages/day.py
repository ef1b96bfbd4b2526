"""The day 今日: how it stands at this desk, and a clock that two people have to confirm."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from terminal.errors import GuitaiError, NotSignedIn, RequestWrong
from terminal.rules.clock import Jump
from terminal.rules.vocabulary import SERVICES
from terminal.services.clock import clock_notice
from terminal.services.day import cash_after
from terminal.texts import Text
from terminal.web.messages import Trouble
from terminal.web.page import (
    Form,
    Page,
    SignedInPage,
    language_of,
    session_cookie,
    to,
)
from terminal.web.pages.day_work import (
    WORDS,
    has_blanks,
    has_till,
    journal_of,
    keeps,
    second_in,
    today_of,
)
from terminal.web.troubles import trouble_of

router = APIRouter()
_NOBODY = Text("这个工作台没有人签到", "nobody is signed in at this console")
_CLOCK = Text("时钟", "the clock")
_SECOND = Text("没有写明复核人", "it is not said who agrees")


@router.get("/day")
def show(page: SignedInPage) -> Response:
    """Show how today stands."""
    today = today_of(page)
    late_cash = 0
    closing = today.day.closing
    if closing is not None:
        with journal_of(page) as journal:
            entries = (*journal.settled_on(closing.day), *journal.of_day(closing.day))
        late_cash = cash_after(closing, entries)
    return page.draw(
        "day.html",
        today=today,
        **WORDS,
        day=today.day,
        keeps=keeps(page),
        till=has_till(page),
        blanks=has_blanks(page),
        late=[(each, SERVICES[each.service]) for each in today.day.after_closing],
        late_cash=late_cash,
    )


# --- The clock -------------------------------------------------------------------------------


def page_whatever_the_clock(request: Request) -> Page:
    """Make a page where every other one is refused because the clock jumped."""
    console = request.app.state.console
    cookie = request.cookies.get(session_cookie(request.app.state.port))
    session = console.sessions.get(cookie)
    if session is None:
        raise NotSignedIn(detail=_NOBODY)
    who = console.people.who(session.token)
    return Page(request, console, session, who, language_of(request))


DoubtfulPage = Annotated[Page, Depends(page_whatever_the_clock)]


@router.get("/day/clock")
def clock(page: DoubtfulPage) -> Response:
    """Show what is noticed about the clock."""
    return _clock(page, None, 200)


@router.post("/day/clock")
def confirm_clock(page: DoubtfulPage, form: Form) -> Response:
    """Have two people say that the clock is right; of one that is not in doubt nothing is said."""
    page.checked(form)
    if clock_notice(page.console.registry).jump is Jump.NONE:
        return to("/day")
    try:
        second = second_in(page, form)
        if second is None:
            raise RequestWrong(item=_CLOCK, detail=_SECOND)
        page.console.people.confirm_clock(page.who, second)
    except GuitaiError as error:
        return _clock(page, trouble_of(error), 409)
    return to("/day")


def _clock(page: Page, trouble: Trouble | None, status: int) -> Response:
    registry = page.console.registry
    notice = clock_notice(registry)
    return page.draw(
        "day_clock.html",
        status,
        notice=notice,
        doubtful=notice.jump is not Jump.NONE,
        now=registry.clock(),
        trouble=trouble,
    )
