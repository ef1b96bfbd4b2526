"""A service as a guided flow: filled in, held against the rules, confirmed, begun under its key.

Nothing is begun before the last page of it; whatever is filled in is kept with the sign-in, so that
going back, a reload or another window finds it again.
"""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import Response

from apdu.secret import Secret
from terminal.errors import (
    DeskBusy,
    DraftGone,
    GuitaiError,
    PageUnknown,
    ReaderGone,
    ServiceLost,
)
from terminal.rules.documents import DOCUMENTS, DocumentKind
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import ACTORS, PAPERS, SERVICES, Actor, Paper, Service
from terminal.services.offered.group_list import HEAD, rows_value
from terminal.services.offered.laying import Lying
from terminal.services.offered.roles import roles_for
from terminal.services.offered.run_keys import fresh_key
from terminal.services.offered.wish_values import (
    FEN,
    IN_FILES,
    MOST_BYTES,
    PHOTO,
    SIGNATURE,
    photo_value,
)
from terminal.services.offered.wishes import LISTS, wanted_by
from terminal.web.asked import ACTING, HOLDER, actor_of, acts_by_document, papers_asked, request_of
from terminal.web.crew import DESK, JobFailed
from terminal.web.csv_files import csv_of
from terminal.web.messages import By, Consider, Serve, Trouble
from terminal.web.operations import Operation, Stage
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.pages.reading import wait_for
from terminal.web.sessions import Draft
from terminal.web.troubles import trouble_of
from terminal.web.views import COMING, Considered
from terminal.web.words import NEEDED, choices_of, label_of, said_of

router = APIRouter()


@router.get("/serve/{service}/{guest_id}")
def begin(page: SignedInPage, service: str, guest_id: str, by: str = "") -> Response:
    """Begin to fill in; the key is made here, so that whatever is sent twice is one service."""
    try:
        chosen = Service(service)
    except ValueError:
        raise PageUnknown from None
    desk = page.console.desk(page.who.operator)
    page.demand(roles_for(chosen, desk.where.channel))
    guest = page.guest(guest_id)
    draft = page.session.draft(Draft(fresh_key(desk.today), chosen, guest))
    draft.fields["actor"] = actor_of(guest, by).value
    return to(f"/draft/{draft.key}")


@router.get("/draft/{key}")
def fill_in(page: SignedInPage, key: str) -> Response:
    """Show what is filled in."""
    return _form(page, _draft(page, key), None, 200)


@router.post("/draft/{key}")
def filled_in(page: SignedInPage, key: str, form: Form) -> Response:
    """Keep what is filled in, and hold it against the rules."""
    page.checked(form)
    draft = _draft(page, key)
    try:
        _take(draft, form)
        desk = page.console.desk(page.who.operator)
        draft.request = request_of(draft, desk.where.channel, desk.today)
        _demand_idle(page, _reader(page, draft))
        lying = replace(_lying(page, draft), at_once=True)
        job = Consider(page.by, draft.request.document(), key, lying)
        worker = page.console.crew.at(_reader(page, draft))
        found = worker.ask(job)
    except JobFailed as failed:
        return _form(page, draft, failed.trouble, 409)
    except GuitaiError as error:
        return _form(page, draft, trouble_of(error), 422)
    draft.considered = found if isinstance(found, Considered) else None
    return to(f"/draft/{key}/confirm")


@router.post("/draft/{key}/read/{part}")
def read(page: SignedInPage, key: str, part: str, form: Form) -> Response:
    """Keep what is filled in, and wait for a document for a part of it."""
    page.checked(form)
    draft = _draft(page, key)
    if part not in {HOLDER, ACTING}:
        raise PageUnknown
    try:
        _take(draft, form)
    except GuitaiError as error:
        return _form(page, draft, trouble_of(error), 422)
    return wait_for(page, key, part)


@router.get("/draft/{key}/confirm")
def confirm(page: SignedInPage, key: str) -> Response:
    """Show what would be done, in clear, and ask for the last word."""
    draft = _draft(page, key)
    if draft.considered is None:
        return to(f"/draft/{key}")
    return _confirming(page, draft, None, 200)


@router.post("/draft/{key}/start")
def start(page: SignedInPage, key: str, form: Form) -> Response:
    """Begin it; what was begun before under its key is shown, and not begun again."""
    page.checked(form)
    known = page.console.operations.get(key)
    if known is not None and known.stage is not Stage.FAILED:
        return to(f"/run/{key}")
    draft = _draft(page, key)
    if draft.request is None or draft.considered is None:
        return to(f"/draft/{key}")
    try:
        by = _agreed(page, form)
        reader = _reader(page, draft)
        operation = Operation(key, draft.service, page.who.operator, reader)
        job = Serve(
            by,
            key,
            draft.request.document(),
            _lying(page, draft),
            last_try=text_of(form, "last_try") == "yes",
            chip=draft.considered.chip,
        )
        slots = page.console.slots
        page.console.operations.start(
            operation, page.console.crew.at(reader), job, lambda _: slots.look(reader or None)
        )
    except GuitaiError as error:
        return _confirming(page, draft, trouble_of(error), 409)
    return to(f"/run/{key}")


@router.post("/draft/{key}/anew")
def anew(page: SignedInPage, key: str, form: Form) -> Response:
    """Take what was filled in for a service that came to nothing, under a fresh key."""
    page.checked(form)
    draft = _draft(page, key)
    known = page.session.draft_after(key)
    if known is None:
        fresh = fresh_key(page.console.desk(page.who.operator).today)
        known = page.session.draft(replace(draft, key=fresh, after=key))
    return to(f"/draft/{known.key}/confirm")


@router.get("/lists/persons.csv")
def empty_list(page: SignedInPage) -> Response:
    """Give an empty list of an employer's persons to be filled in."""
    page.demand(roles_for(Service.GROUP, page.console.channel))
    headers = {"content-disposition": 'attachment; filename="persons.csv"'}
    return Response(csv_of(tuple(HEAD.values()), ()), media_type="text/csv", headers=headers)


def _demand_idle(page: Page, reader: str) -> None:
    """Demand a reader at which nothing goes on; raises DeskBusy."""
    for each in page.console.operations.running():
        if each.reader == reader:
            raise DeskBusy(service=SERVICES[each.service])


# --- What is filled in -----------------------------------------------------------------------


def _draft(page: Page, key: str) -> Draft:
    draft = page.draft(key)
    if draft is None:
        raise DraftGone
    return draft


def _take(draft: Draft, form: Form) -> None:
    names = [name for name in form if name != "csrf"]
    draft.fields = {name: text_of(form, name) for name in names}
    for name in LISTS:
        several = [each for each in form.getlist(f"wish.{name}") if isinstance(each, str)]
        draft.fields[f"wish.{name}"] = " ".join(several)
    draft.papers = frozenset(each for each in form.getlist("paper") if isinstance(each, str))
    draft.request = draft.considered = None
    draft.taken = True
    for name in IN_FILES:
        upload = form.get(f"wish.{name}")
        if isinstance(upload, UploadFile) and upload.size:
            data = upload.file.read(MOST_BYTES)
            if name == PHOTO:
                draft.photo = photo_value(data, upload.filename or "")
            else:
                draft.rows = rows_value(data)


def _form(page: Page, draft: Draft, trouble: Trouble | None, status: int) -> Response:
    row = TABLE[draft.service]
    coming = (Actor.EMPLOYER,) if draft.guest.is_employer else COMING
    actors = tuple(each for each in coming if each in row.actors)
    actor = actor_of(draft.guest, draft.fields.get("actor", ""))
    wishes = [
        {
            "name": name,
            "text": label_of(draft.service, name),
            "among": choices_of(name),
            "several": name in LISTS,
            "file": name in IN_FILES,
            "there": bool(draft.photo if name == PHOTO else draft.rows),
            "money": name == FEN,
            "drawn": name == SIGNATURE,
            "needed": name in NEEDED.get(draft.service, ()),
            "value": draft.fields.get(f"wish.{name}", ""),
        }
        for name in wanted_by(draft.service)
    ]
    asked = {each: papers_asked(draft.service, each) for each in actors}
    every = dict.fromkeys(paper for papers in asked.values() for paper in papers)
    return page.draw(
        "draft.html",
        status,
        draft=draft,
        service=SERVICES[draft.service],
        trouble=trouble,
        actor=actor,
        actors=[(each.value, ACTORS[each]) for each in actors],
        papers=[
            (paper.value, PAPERS[paper], [each.value for each in asked if paper in asked[each]])
            for paper in every
        ],
        kinds=[(each.value, DOCUMENTS[each].text) for each in DocumentKind],
        wishes=wishes,
        asks_document=draft.guest.named is None and Paper.ID in row.papers,
        acting=[each.value for each in actors if acts_by_document(draft.service, each)],
        guest=draft.guest,
        holder=_holder(page, draft),
        wants_card=row.wants_card,
    )


def _confirming(page: Page, draft: Draft, trouble: Trouble | None, status: int) -> Response:
    assert draft.request is not None
    fen = draft.request.wish(FEN)
    said = [
        (label_of(draft.service, name), said_of(name, draft.request.wish(name)))
        for name in wanted_by(draft.service)
        if draft.request.wish(name) and name not in IN_FILES | {FEN, SIGNATURE}
    ]
    return page.draw(
        "confirm.html",
        status,
        draft=draft,
        service=SERVICES[draft.service],
        considered=draft.considered,
        said=said,
        papers=[PAPERS[each] for each in sorted(draft.request.papers)],
        lacking=[PAPERS[each] for each in draft.considered.bring] if draft.considered else [],
        actor=ACTORS[draft.request.actor],
        fen=int(fen) if fen else None,
        signature=draft.request.wish(SIGNATURE),
        trouble=trouble,
    )


def _holder(page: Page, draft: Draft) -> object:
    if not draft.guest.slot:
        return draft.guest.holder
    slot = page.console.slots.get(draft.guest.slot)
    return slot.face.holder if slot is not None and slot.face is not None else None


def _agreed(page: Page, form: Form) -> By:
    """Have the second person prove who they are, where one is named."""
    second, reason = text_of(form, "second", 64).strip(), text_of(form, "reason", 200).strip()
    if not second:
        return By(page.who.operator, reason=reason)
    password = Secret(text_of(form, "second_password").encode())
    agreed = page.console.people.confirm_second(page.who, second, password)
    return By(page.who.operator, agreed.operator, agreed.roles, reason)


def _reader(page: Page, draft: Draft) -> str:
    """Name the reader a service is done at: the guest's, else the one of this desk, else none."""
    slots = page.console.slots
    if draft.guest.slot:
        slot = slots.get(draft.guest.slot)
        return slot.reader if slot is not None else DESK
    laid = [each for each in slots.all() if each.present] or list(slots.all())
    return laid[0].reader if len(laid) == 1 else DESK


def _lying(page: Page, draft: Draft) -> Lying:
    """Say where the card lies: in the reader it was seen in; raises ReaderGone, ServiceLost."""
    none = draft.fields.get("no_card") == "yes"
    if none or not draft.guest.slot:
        return Lying(none=none)
    slots = page.console.slots
    slot = slots.get(draft.guest.slot)
    if slot is None:
        raise ServiceLost if slots.trouble is not None else ReaderGone
    return Lying(slot.reader)
