"""A document is read by the ID reader, for a guest or for a part of a draft."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import DraftGone
from terminal.services.offered.wishes import wanted_by
from terminal.web.asked import ACTING
from terminal.web.crew import JobFailed
from terminal.web.devices import ID_READER
from terminal.web.hub import run_topic
from terminal.web.messages import Message, ReadDocument, Said
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.sessions import Draft, Guest, Reading
from terminal.web.views import PaperRead

router = APIRouter()
_ITEMS: Mapping[str, str] = MappingProxyType({"address": "address", "valid_until": "valid_until"})
"""What a holder's document says that an application asks for."""


@router.post("/reading")
def start(page: SignedInPage, form: Form) -> Response:
    """Begin to wait for a document; one that is waited for already goes on."""
    page.checked(form)
    before = page.session.reading
    if before is not None and text_of(form, "again"):
        return wait_for(page, before.draft, before.part)
    return wait_for(page)


def wait_for(page: Page, draft: str = "", part: str = "") -> Response:
    """Begin to wait for a document, for a guest or for a part of a draft."""
    running = page.session.reading
    if running is not None and not running.future.done():
        return to("/reading")
    console, reading_id = page.console, secrets.token_urlsafe(8)

    def heard(message: Message) -> None:
        if made is not None and isinstance(message, Said):
            made.said = message.text
        console.hub.tell(run_topic(ID_READER))

    made: Reading | None = None
    worker = console.crew.at(ID_READER)
    made = Reading(reading_id, worker.order(ReadDocument(page.by), heard), draft, part)
    page.session.reading = made
    return to("/reading")


@router.get("/reading")
def show(page: SignedInPage) -> Response:
    """Show that a document is waited for, or go on with what was read."""
    return _show(page, "reading.html")


@router.get("/part/reading")
def part(page: SignedInPage) -> Response:
    """Show it as part of a page."""
    return _show(page, "part_reading.html")


@router.post("/reading/cancel")
def cancel(page: SignedInPage, form: Form) -> Response:
    """Wait no longer."""
    page.checked(form)
    reading, page.session.reading = page.session.reading, None
    if reading is not None and not reading.future.done():
        page.console.crew.at(ID_READER).give_up()
    return to(_back(page, reading))


def _show(page: Page, template: str) -> Response:
    reading = page.session.reading
    if reading is None:
        return to("/person")  # it was gone on with, and somebody went back
    topic = run_topic(ID_READER)
    if reading.ended_at:
        return to(reading.ended_at)  # whoever asks again, or at once: the page and its part do
    facts: dict[str, Any] = {"reading": reading, "back": _back(page, reading), "topic": topic}
    if not reading.future.done():
        return page.draw(template, trouble=None, **facts)
    try:
        result = reading.future.result(0)
    except JobFailed as failed:
        return page.draw(template, trouble=failed.trouble, **facts)
    assert isinstance(result, PaperRead)
    with page.session.going_on:
        reading.ended_at = reading.ended_at or _ended_at(page, reading, result)
    return to(reading.ended_at)


def _ended_at(page: Page, reading: Reading, result: PaperRead) -> str:
    """Put what was read where it was read for, and give the page of that."""
    if not reading.draft:
        guest = page.session.guest(Guest(secrets.token_urlsafe(12), named=result.named))
        return f"/guest/{guest.id}"
    of_cards = page.session.card_drafts.get(reading.draft)
    if of_cards is not None:
        setattr(of_cards, reading.part, result.named)
        return f"/cards/draft/{of_cards.key}"
    draft = page.draft(reading.draft)
    if draft is None:
        raise DraftGone
    _into(draft, reading.part, result)
    return f"/draft/{draft.key}"


def _into(draft: Draft, part_name: str, read: PaperRead) -> None:
    if part_name == ACTING:
        draft.acting = read.named
        return
    draft.holder = read.named
    for wish, item in _ITEMS.items():
        if wish in wanted_by(draft.service):
            name = f"wish.{wish}"
            draft.fields[name] = draft.fields.get(name) or getattr(read, item)


def _back(page: Page, reading: Reading | None) -> str:
    if reading is None or not reading.draft:
        return "/person"
    of_cards = reading.draft in page.session.card_drafts
    return f"/cards/draft/{reading.draft}" if of_cards else f"/draft/{reading.draft}"
