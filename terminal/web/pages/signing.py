"""Sign in, sign out, lock, choose a password, change the language."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from apdu.secret import Secret
from terminal.errors import (
    GuitaiError,
    PageStale,
    PasswordMustChange,
    PasswordUnfit,
    TooManySignIns,
)
from terminal.texts import Text
from terminal.web.console import Console
from terminal.web.page import (
    LANGUAGE_COOKIE,
    Form,
    draw,
    session_cookie,
    text_of,
    to,
)
from terminal.web.sessions import WebSession, is_own
from terminal.web.troubles import trouble_of

router = APIRouter()
_DIFFER = Text("两次输入的不一样", "the two entries differ")
_LANGUAGE_SECONDS = 400 * 24 * 3600


@router.get("/sign-in")
def ask(request: Request, next: str = "/") -> Response:  # noqa: A002  the address says so
    """Ask who sits here."""
    return draw(request, "sign_in.html", 200, {"next": local(next), "trouble": None})


@router.post("/sign-in")
def sign_in(request: Request, form: Form) -> Response:
    """Sign somebody in; a one-time password is changed at once."""
    console: Console = request.app.state.console
    after, operator = local(text_of(form, "next")), text_of(form, "operator", 64).strip()
    password, new = _secret(text_of(form, "password")), text_of(form, "new")
    facts: dict[str, Any] = {"next": after, "operator": operator}
    seconds = console.sign_ins.wait()
    if seconds:
        trouble = trouble_of(TooManySignIns(seconds=seconds))
        return draw(request, "sign_in.html", 429, facts | {"trouble": trouble})
    try:
        if new:
            if new != text_of(form, "again"):
                raise PasswordUnfit(detail=_DIFFER)
            console.people.change_password(operator, password, _secret(new))
            password = _secret(new)
        session, made = console.sign_in(operator, password)
    except PasswordMustChange as error:
        facts |= {"trouble": trouble_of(error), "choose": True}
        return draw(request, "sign_in.html", 200, facts)
    except GuitaiError as error:
        facts |= {"trouble": trouble_of(error), "choose": bool(new)}
        return draw(request, "sign_in.html", 403, facts)
    page = None
    if made.notices:
        page = draw(request, "notices.html", 200, {"notices": made.notices, "next": after})
    response = page or to(after)
    response.set_cookie(
        session_cookie(request.app.state.port), session.id, httponly=True, samesite="strict"
    )
    return response


@router.post("/sign-out")
def sign_out(request: Request, form: Form) -> Response:
    """Sign out; whoever is not signed in any more is where they wanted to be."""
    session = _own(request, form)
    if session is not None:
        request.app.state.console.sign_out(session)
    response = to("/sign-in")
    response.delete_cookie(session_cookie(request.app.state.port))
    return response


@router.post("/lock")
def lock(request: Request, form: Form) -> Response:
    """Lock the desk: who comes back finds the same page, and what was filled in.

    Where another window was quicker this one goes the same way.
    """
    session = _own(request, form)
    if session is not None:
        request.app.state.console.lock(session)
    return to(f"/sign-in?next={local(text_of(form, 'next'))}")


@router.post("/language")
def language(form: Form) -> Response:
    """Change the language of the pages."""
    chosen = "en" if text_of(form, "language") == "en" else "zh"
    response = to(local(text_of(form, "next")))
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, _LANGUAGE_SECONDS, httponly=True, samesite="strict"
    )
    return response


def local(path: str) -> str:
    """Take only a page of ours as where to go next."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and not path.startswith(("/sign-in", "/part/")) else "/"


def _own(request: Request, form: Form) -> WebSession | None:
    """Give the session that a form is of; raises PageStale.

    Nothing more is asked of who leaves, such as whether the clock is right.
    """
    cookie = request.cookies.get(session_cookie(request.app.state.port))
    console: Console = request.app.state.console
    session = console.sessions.get(cookie)
    if session is not None and not is_own(session, text_of(form, "csrf")):
        raise PageStale
    return session


def _secret(text: str) -> Secret:
    return Secret(text.encode())
