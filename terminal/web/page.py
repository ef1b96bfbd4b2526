"""What every page has in hand: the console, who asks, in which language; and how it answers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from terminal.errors import GuitaiError, NotSignedIn, PageStale, PageUnknown
from terminal.registry.operators import Role, SignedIn
from terminal.texts import Language, Text
from terminal.web.console import Console
from terminal.web.messages import By, Trouble
from terminal.web.places import demand_place, entries, is_theirs
from terminal.web.rendering import render
from terminal.web.sessions import EMPLOYER, Draft, Guest, WebSession, is_own

LANGUAGE_COOKIE = "guitai_language"
_BY_ITSELF = ("/part/", "/events")
_NOBODY = Text("这个工作台没有人签到", "nobody is signed in at this console")


def session_cookie(port: int) -> str:
    """Name the session's cookie: browsers send one to every port of a name, so each has its own."""
    return f"guitai_{port}"


def language_of(request: Request) -> Language:
    """Say in which language the page is wanted."""
    console: Console = request.app.state.console
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen == "zh":
        return "zh"
    return "en" if chosen == "en" else console.config.language


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one request; ``who`` is signed in."""

    request: Request
    console: Console
    session: WebSession
    who: SignedIn
    language: Language

    @property
    def by(self) -> By:
        """Say for whom a job is done."""
        return By(self.who.operator)

    def draw(self, name: str, status: int = 200, **facts: Any) -> HTMLResponse:
        """Answer with a page of its template."""
        return draw(self.request, name, status, {"page": self, **facts})

    def guest(self, guest_id: str) -> Guest:
        """Give whom is served; raises PageUnknown."""
        known = self.session.guests.get(guest_id)
        if known is not None:
            return known
        if guest_id == EMPLOYER:
            return self.session.guest(Guest(guest_id))
        if self.console.slots.get(guest_id) is not None:
            return self.session.guest(Guest(guest_id, slot=guest_id))
        raise PageUnknown

    def draft(self, key: str) -> Draft | None:
        """Give what is filled in under a key."""
        return self.session.drafts.get(key)

    def demand(self, roles: frozenset[Role]) -> None:
        """Demand one of some roles; raises RoleMissing."""
        self.who.demand(*(each for each in Role if each in roles))

    def checked(self, form: Mapping[str, Any]) -> None:
        """Demand that a form is of this sign-in; raises PageStale."""
        if not is_own(self.session, str(form.get("csrf", ""))):
            raise PageStale


def draw(request: Request, name: str, status: int, facts: Mapping[str, Any]) -> HTMLResponse:
    """Answer with a page; what the frame around it wants is added."""
    console: Console = request.app.state.console
    found: Mapping[str, Any] = {
        "page": None,
        "outlet": console.config.outlet.id,
        "path": request.url.path,
        "console": console,
        "entries": entries,
        "is_theirs": is_theirs,
        **facts,
    }
    return HTMLResponse(render(name, language_of(request), found), status)


def to(path: str) -> Response:
    """Send the browser to a page, so that a reload there repeats nothing."""
    return RedirectResponse(path, 303)


def page_of(request: Request) -> Page:
    """Make a page for who is signed in; raises NotSignedIn, ClockJumped."""
    console: Console = request.app.state.console
    cookie = request.cookies.get(session_cookie(request.app.state.port))
    session = console.sessions.get(cookie)
    if session is None:
        raise NotSignedIn(detail=_NOBODY)
    # What a page asks for by itself is no use of the desk: it would never stand unused.
    who = console.who(session, acting=not request.url.path.startswith(_BY_ITSELF))
    demand_place(request.url.path, who, console.channel)
    return Page(request, console, session, who, language_of(request))


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """Read a form; its files are gone once it was answered."""
    async with request.form(max_files=4, max_fields=200) as form:
        yield form


def text_of(form: Mapping[str, Any], name: str, most: int = 4_000) -> str:
    """Give a field's text, cut where nobody can mean it; a file is none."""
    value = form.get(name, "")
    return value[:most] if isinstance(value, str) else ""


SignedInPage = Annotated[Page, Depends(page_of)]
Form = Annotated[FormData, Depends(form_of)]


def trouble_page(request: Request, trouble: Trouble, status: int) -> HTMLResponse:
    """Tell an error on a page of its own, within the frame of who is signed in."""
    page = None
    with contextlib.suppress(GuitaiError):
        page = page_of(request)
    return draw(request, "trouble.html", status, {"trouble": trouble, "page": page})
