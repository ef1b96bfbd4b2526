"""Whom the clerk serves: by the card in a reader, or by a document that was read or keyed twice."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import GuitaiError, PageUnknown, RequestWrong
from terminal.rules.documents import DOCUMENTS, DocumentKind
from terminal.rules.vocabulary import Service
from terminal.services.offered.laying import Lying
from terminal.services.offered.roles import roles_for, roles_to_look
from terminal.texts import Text
from terminal.web.asked import HOLDER, actor_of, named_in
from terminal.web.crew import JobFailed
from terminal.web.messages import LookUp, Settle, Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.sessions import Guest
from terminal.web.troubles import trouble_of
from terminal.web.views import Holder

router = APIRouter()
_REASON = "console"
_DOCUMENT = Text("证件", "the document")
_WANTED = Text("还没有填写号码", "its number is not filled in")


@router.get("/person")
def ask(page: SignedInPage) -> Response:
    """Ask for a document."""
    return _asking(page, {}, None, 200)


@router.post("/person")
def find(page: SignedInPage, form: Form) -> Response:
    """Find who a document names; their page has no number in its address."""
    page.checked(form)
    fields = {name: text_of(form, name) for name in form}
    today = page.console.desk(page.who.operator).today
    try:
        named = named_in(fields, HOLDER, today)
        if named is None:
            raise RequestWrong(item=_DOCUMENT, detail=_WANTED)
        guest = page.session.guest(Guest(secrets.token_urlsafe(12), named=named))
        _look(page, guest)
    except JobFailed as failed:
        return _asking(page, fields, failed.trouble, 409)
    except GuitaiError as error:
        return _asking(page, fields, trouble_of(error), 422)
    return to(f"/guest/{guest.id}")


@router.get("/guest/{guest_id}")
def show(page: SignedInPage, guest_id: str, by: str = "") -> Response:
    """Show a guest with what can be done for them, as it is now, by who comes."""
    guest = page.guest(guest_id)
    actor = actor_of(guest, by)
    if guest.slot:
        slot = page.console.slots.get(guest.slot)
        settled = page.session.settled.pop(guest.id, None)
        return page.draw("guest_card.html", guest=guest, slot=slot, actor=actor, settled=settled)
    trouble = None
    try:
        _look(page, guest)
    except JobFailed as failed:
        trouble = failed.trouble
    return page.draw("guest.html", guest=guest, holder=guest.holder, trouble=trouble, actor=actor)


@router.get("/part/guest/{guest_id}")
def part(page: SignedInPage, guest_id: str, by: str = "") -> Response:
    """Show what lies in a guest's reader, as part of a page."""
    guest = page.guest(guest_id)
    slot = page.console.slots.get(guest.slot)
    return page.draw("part_guest_card.html", guest=guest, slot=slot, actor=actor_of(guest, by))


@router.post("/guest/{guest_id}/settle")
def settle(page: SignedInPage, guest_id: str, form: Form) -> Response:
    """Have the card tell how what was begun on it ended, and show it."""
    page.checked(form)
    guest = page.guest(guest_id)
    slot = page.console.slots.get(guest.slot)
    if slot is None:
        raise PageUnknown
    page.demand(roles_for(Service.TRANSIT_LOAD, page.console.channel))
    try:
        told = page.console.crew.at(slot.reader).ask(Settle(page.by, Lying(slot.reader)))
        assert isinstance(told, tuple)
        page.session.settled[guest.id] = tuple(each for each in told if isinstance(each, Text))
    except JobFailed as failed:
        page.session.settled[guest.id] = failed.trouble
    page.console.slots.look(slot.reader)
    return to(f"/guest/{guest.id}")


def _look(page: Page, guest: Guest) -> None:
    page.demand(roles_to_look(page.console.desk(page.who.operator).where.channel))
    by = page.by
    job = LookUp(type(by)(by.operator, reason=_REASON), guest.named, _REASON)
    found = page.console.crew.at().ask(job)
    guest.holder = found if isinstance(found, Holder) else None


def _asking(page: Page, fields: dict[str, str], trouble: Trouble | None, status: int) -> Response:
    kinds = [(each.value, DOCUMENTS[each].text) for each in DocumentKind]
    return page.draw("person.html", status, fields=fields, kinds=kinds, trouble=trouble)
