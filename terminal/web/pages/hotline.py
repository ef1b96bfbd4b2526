"""The telephone: a call with its number, who calls, and what may be done for them, in one screen.

Each thing is begun under a key that the page has had since it was drawn, so that a double click, a
reload and the back button do nothing twice.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import GuitaiError, PageUnknown
from terminal.rules.decision import Verdict
from terminal.rules.documents import DOCUMENTS, DocumentKind
from terminal.rules.vocabulary import ACTORS, SERVICES, Service
from terminal.services.offered.caller import MOBILE_DIGITS
from terminal.services.offered.desk import Desk
from terminal.services.offered.laying import Lying
from terminal.services.offered.roles import BY_TELEPHONE, roles_for
from terminal.texts import Text
from terminal.web import calls
from terminal.web.asked import request_of
from terminal.web.crew import JobFailed
from terminal.web.messages import By, Consider, LookUp, Serve, Trouble
from terminal.web.operations import Operation, Stage
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.sessions import Call, Draft
from terminal.web.troubles import trouble_of
from terminal.web.views import Considered, Holder

router = APIRouter()
_NO_CARD = Lying(none=True)
_LOOK = "hotline"
"""The service on record of the look that shows what may be done for a caller."""
_CONFIRMED = frozenset({Service.LOSS_TEMP})
"""Services that stop something: what the rules say of it is read out before it is done."""
_AT_A_DESK = Text(
    "电话里不能两人复核；请来电人带证件到网点办理",
    "Two people cannot agree by telephone: the caller goes to an outlet with their document",
)


@router.get("/hotline")
def begin(page: SignedInPage) -> Response:
    """Ask for the number of a call, and list those that go on."""
    _desk(page)
    return _beginning(page, "", None, 200)


@router.post("/hotline")
def begun(page: SignedInPage, form: Form) -> Response:
    """Begin a call; sent twice it is one."""
    page.checked(form)
    _desk(page)
    number = text_of(form, "number", 200)
    try:
        call = page.session.call(calls.begun(text_of(form, "id", 64), number))
    except GuitaiError as error:
        return _beginning(page, number, trouble_of(error), 422)
    return to(f"/hotline/{call.id}")


@router.get("/hotline/{call_id}")
def show(page: SignedInPage, call_id: str) -> Response:
    """Show a call: who calls, what may be done for them, what was done."""
    desk, call = _desk(page), _call(page, call_id)
    return _screen(page, call, desk, None, 200)


@router.post("/hotline/{call_id}/check")
def check(page: SignedInPage, call_id: str, form: Form) -> Response:
    """Hold the caller's answers against the registry; a form that was sent before costs no try."""
    page.checked(form)
    desk, call = _desk(page), _call(page, call_id)
    back = to(f"/hotline/{call.id}")
    stale = text_of(form, "try", 8) != str(call.tries)
    if call.identified or stale or not calls.tries_left(call):
        return back
    fields = {name: text_of(form, name, 200) for name in form}
    try:
        calls.check(call, replace(desk, reason=calls.reason_of(call)), fields)
    except GuitaiError as error:
        return _screen(page, call, desk, trouble_of(error), 422, fields)
    return back


@router.post("/hotline/{call_id}/ask/{key}")
def ask(page: SignedInPage, call_id: str, key: str, form: Form) -> Response:
    """Fill in what is asked for: it is begun, or what the rules say of it is read out first."""
    page.checked(form)
    desk, call = _desk(page), _call(page, call_id)
    draft = _draft(call, key)
    if page.console.operations.get(key) is not None:
        return to(f"/hotline/{call.id}#done-{key}")
    fields = {name: text_of(form, name) for name in form}
    try:
        calls.fill_in(call, draft, fields)
        request = request_of(draft, desk.where.channel, desk.today)
        if draft.service in _CONFIRMED:
            job = Consider(_by(page, call), request.document(), key, _NO_CARD)
            found = page.console.crew.at().ask(job)
            draft.considered = found if isinstance(found, Considered) else None
        draft.request = request
        if draft.service in _CONFIRMED:
            return to(f"/hotline/{call.id}/confirm/{key}")
        _start(page, call, draft)
    except JobFailed as failed:
        return _screen(page, call, desk, _by_telephone(failed.trouble), 409, fields)
    except GuitaiError as error:
        return _screen(page, call, desk, trouble_of(error), 422, fields)
    return to(f"/hotline/{call.id}#done-{key}")


@router.get("/hotline/{call_id}/confirm/{key}")
def confirm(page: SignedInPage, call_id: str, key: str) -> Response:
    """Show what would be done, and what the caller is told before."""
    _desk(page)
    call = _call(page, call_id)
    return _confirming(page, call, _draft(call, key), None, 200)


@router.post("/hotline/{call_id}/do/{key}")
def do(page: SignedInPage, call_id: str, key: str, form: Form) -> Response:
    """Do what was confirmed, or try again what failed; what was done is not done again."""
    page.checked(form)
    _desk(page)
    call = _call(page, call_id)
    draft = _draft(call, key)
    if draft.request is None:
        return to(f"/hotline/{call.id}")
    try:
        _start(page, call, draft)
    except GuitaiError as error:
        return _confirming(page, call, draft, trouble_of(error), 409)
    return to(f"/hotline/{call.id}#done-{key}")


@router.get("/part/hotline/{call_id}")
def now(page: SignedInPage, call_id: str) -> Response:
    """Show whom a call is about and what may be done for them now, as part of its page."""
    desk, call = _desk(page), _call(page, call_id)
    if not call.identified:
        raise PageUnknown
    return _screen(page, call, desk, None, 200, template="hotline_now.html")


@router.get("/part/hotline/{call_id}/{key}")
def part(page: SignedInPage, call_id: str, key: str) -> Response:
    """Show one thing that was begun in a call, as part of its page."""
    _desk(page)
    call = _call(page, call_id)
    return page.draw("hotline_done.html", call=call, each=_done(page, _draft(call, key)))


@router.post("/hotline/{call_id}/end")
def end(page: SignedInPage, call_id: str, form: Form) -> Response:
    """End a call: whom it was about is forgotten; what was done is on record."""
    page.checked(form)
    page.session.calls.pop(call_id, None)
    return to("/hotline")


# --- Who sits here, which call ---------------------------------------------------------------


def _desk(page: Page) -> Desk:
    """Give the desk of somebody who serves by telephone; raises PageUnknown, RoleMissing."""
    desk = page.console.desk(page.who.operator)
    if desk.where.channel not in BY_TELEPHONE:
        raise PageUnknown
    page.demand(roles_for(Service.FEEDBACK, desk.where.channel))
    return desk


def _call(page: Page, call_id: str) -> Call:
    found = page.session.calls.get(call_id)
    if found is None:
        raise PageUnknown
    return found


def _draft(call: Call, key: str) -> Draft:
    found = call.drafts.get(key)
    if found is None:
        raise PageUnknown
    return found


def _by(page: Page, call: Call) -> By:
    return By(page.who.operator, reason=calls.reason_of(call))


def _start(page: Page, call: Call, draft: Draft) -> None:
    """Begin it under its key; no reader is wanted, so it only waits for what was begun before."""
    assert draft.request is not None
    operation = Operation(draft.key, draft.service, page.who.operator, reader=draft.key)
    job = Serve(_by(page, call), draft.key, draft.request.document(), _NO_CARD)
    page.console.operations.start(operation, page.console.crew.at(), job)


# --- What is shown ---------------------------------------------------------------------------


def _beginning(page: Page, number: str, trouble: Trouble | None, status: int) -> Response:
    return page.draw(
        "hotline.html",
        status,
        id=secrets.token_urlsafe(12),
        number=number,
        calls=list(page.session.calls.values()),
        trouble=trouble,
    )


def _screen(
    page: Page,
    call: Call,
    desk: Desk,
    trouble: Trouble | None,
    status: int,
    fields: dict[str, str] | None = None,
    template: str = "hotline_call.html",
) -> Response:
    begun = [each for each in call.drafts.values() if page.console.operations.get(each.key)]
    running = [each.key for each in begun if _runs(page, each)]
    if call.identified and trouble is None:
        trouble = _look(page, call, running=bool(running))
    holder = call.guest.holder if call.identified else None
    found = holder.offers.get(call.actor, ()) if holder is not None else ()
    offers = {each.service: each for each in found}
    can = [
        each
        for each in calls.FLOWS
        if each is Service.FEEDBACK or (each in offers and offers[each].allowed)
    ]
    return page.draw(
        template,
        status,
        call=call,
        going=running[-1] if running else "",
        tries_left=calls.tries_left(call),
        holder=holder,
        can={each.value: calls.draft_for(call, each, desk).key for each in can},
        services={each.value: SERVICES[each] for each in calls.FLOWS},
        refused=[each for each in offers.values() if not each.allowed],
        done=[_done(page, each) for each in reversed(begun)],
        actor=ACTORS[call.actor],
        actors=[(each.value, ACTORS[each]) for each in calls.CALLERS],
        kinds=[(each.value, DOCUMENTS[each].text) for each in DocumentKind],
        digits=MOBILE_DIGITS,
        trouble=trouble,
        fields=fields or {},
    )


def _look(page: Page, call: Call, *, running: bool) -> Trouble | None:
    """Look anew at what may be done for whom the call is about; not behind what is going on."""
    named = call.guest.named
    if named is None or (running and call.guest.holder is not None):
        return None
    job = LookUp(_by(page, call), named, _LOOK, call.actor, call.acting)
    try:
        found = page.console.crew.at().ask(job)
    except JobFailed as failed:
        return failed.trouble
    call.guest.holder = found if isinstance(found, Holder) else None
    return None


def _runs(page: Page, draft: Draft) -> bool:
    operation = page.console.operations.get(draft.key)
    return operation is not None and operation.stage is Stage.RUNNING


def _done(page: Page, draft: Draft) -> dict[str, Any]:
    """Give how far something is that was begun, and what is read out of it."""
    operation = page.console.operations.get(draft.key)
    answer = operation.answer if operation is not None else None
    trouble = operation.trouble if operation is not None else None
    return {
        "key": draft.key,
        "service": SERVICES[draft.service],
        "operation": operation,
        "answer": answer,
        "sentences": calls.sentences(answer) if answer is not None else (),
        "trouble": _by_telephone(trouble) if trouble is not None else None,
    }


def _confirming(
    page: Page, call: Call, draft: Draft, trouble: Trouble | None, status: int
) -> Response:
    considered = draft.considered
    if considered is None:
        return to(f"/hotline/{call.id}")
    return page.draw(
        "hotline_confirm.html",
        status,
        call=call,
        draft=draft,
        service=SERVICES[draft.service],
        actor=ACTORS[call.actor],
        considered=considered,
        allowed=considered.verdict is Verdict.ALLOWED,
        at_a_desk=_AT_A_DESK if considered.verdict is Verdict.SECOND else None,
        trouble=trouble,
    )


def _by_telephone(trouble: Trouble) -> Trouble:
    """Tell what to do where a second person would have to agree: there is none at a telephone."""
    if trouble.code != "second_wanted":
        return trouble
    return replace(trouble, remedy=_AT_A_DESK)
