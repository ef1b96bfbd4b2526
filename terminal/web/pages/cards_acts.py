"""An act of the room of cards: filled in, checked, done once under its key, and what came of it.

The key is made with the form; a double click, a reload, going back and a second window are one act
(terminal/web/card_runs.py, and behind it the registry).
"""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import DeskBusy, DraftGone, GuitaiError, PageUnknown
from terminal.registry import batches
from terminal.rules.documents import DOCUMENTS, DocumentKind
from terminal.rules.vocabulary import SERVICES
from terminal.services.offered.run_keys import fresh_key
from terminal.services.two_people import demand_two
from terminal.web.asked import ACTING, HOLDER
from terminal.web.card_acts import At, CardAct, Spec, Subject, Work, WorkChecked
from terminal.web.card_forms import taken, work_in
from terminal.web.card_runs import CardRun
from terminal.web.card_specs import SPECS
from terminal.web.crew import DESK, JobFailed
from terminal.web.messages import By, CheckWork, DoWork, Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.pages.cards_rows import out_of_batch
from terminal.web.pages.day_work import reason_in, second_in
from terminal.web.pages.reading import wait_for
from terminal.web.sessions import CardDraft
from terminal.web.troubles import trouble_of

router = APIRouter()
_MOST_DIGITS = 18
"""Of a number that fits into the registry."""


@router.get("/cards/do/{act}")
def begin(page: SignedInPage, act: str) -> Response:
    """Begin an act; the key is made here. With nothing to fill in it is checked at once."""
    try:
        chosen = CardAct(act)
    except ValueError:
        raise PageUnknown from None
    spec = SPECS[chosen]
    page.demand(spec.roles)
    number = _number(page)
    if (spec.subject is Subject.NOTHING) is not (number is None):
        raise PageUnknown
    key = fresh_key(page.console.desk(page.who.operator).today)
    draft = page.session.card_draft(CardDraft(key, chosen, number))
    guest = page.session.guests.get(page.request.query_params.get("guest", ""))
    if guest is not None and guest.named is not None and guest.named.name:
        draft.holder = guest.named
    if _asks(spec, draft):
        return to(f"/cards/draft/{key}")
    return _check(page, draft, spec)


@router.get("/cards/draft/{key}")
def fill_in(page: SignedInPage, key: str) -> Response:
    """Show what is filled in."""
    draft, spec = _draft(page, key)
    return _form(page, draft, spec, None, 200)


@router.post("/cards/draft/{key}")
def filled_in(page: SignedInPage, key: str, form: Form) -> Response:
    """Keep what is filled in, and say what would come of it."""
    page.checked(form)
    draft, spec = _draft(page, key)
    run = _run(page, key)
    if run is not None and run.trouble is None:
        return to(f"/cards/run/{key}")  # it is done as it was: another one has a key of its own
    taken(draft, spec, form)
    return _check(page, draft, spec)


@router.post("/cards/draft/{key}/read/{part}")
def read(page: SignedInPage, key: str, part: str, form: Form) -> Response:
    """Keep what is filled in, and wait for a document for a part of it."""
    page.checked(form)
    draft, spec = _draft(page, key)
    if part not in {HOLDER, ACTING}:
        raise PageUnknown
    taken(draft, spec, form)
    return wait_for(page, key, part)


@router.get("/cards/draft/{key}/check")
def check(page: SignedInPage, key: str) -> Response:
    """Show what would be done, to whom, in clear, and ask for the last word."""
    if key not in page.session.card_drafts:
        return to(f"/cards/run/{key}")  # nobody knows here whether it was done
    draft, spec = _draft(page, key)
    checked = _checked(page, draft)
    if checked is None:
        return to(f"/cards/draft/{key}")
    return _confirming(page, draft, spec, checked, None, 200)


@router.post("/cards/draft/{key}/do")
def start(page: SignedInPage, key: str, form: Form) -> Response:
    """Do it; what was begun before under its key is shown, and not done again."""
    page.checked(form)
    known = _run(page, key)
    if known is not None and known.trouble is None:
        return to(f"/cards/run/{key}")
    if key not in page.session.card_drafts:
        return to(f"/cards/run/{key}")
    draft, spec = _draft(page, key)
    checked = _checked(page, draft)
    if checked is None:
        return to(f"/cards/draft/{key}")
    try:
        by = _agreed(page, form, needed=spec.two or bool(checked.doubts))
        reader = _reader(page) if spec.at is At.BOTH else DESK
        _demand_idle(page, reader)
        console = page.console
        console.card_runs.start(
            draft.act,
            console.crew.at(reader),
            DoWork(by, checked.work, key, reader),
            lambda: console.slots.look(reader or None),
        )
    except GuitaiError as error:
        return _confirming(page, draft, spec, checked, trouble_of(error), 409, form)
    return to(f"/cards/run/{key}")


@router.get("/cards/run/{key}")
def show(page: SignedInPage, key: str) -> Response:
    """Show what came of it."""
    return _draw(page, key, "cards_run.html")


@router.get("/part/cards/run/{key}")
def shown_again(page: SignedInPage, key: str) -> Response:
    """Show it, as part of a page."""
    return _draw(page, key, "cards_run_part.html")


# --- The steps -------------------------------------------------------------------------------


def _check(page: Page, draft: CardDraft, spec: Spec) -> Response:
    try:
        work = work_in(draft, spec, page.console.desk(page.who.operator).today)
        reader = _reader(page) if _reads(spec, work) else DESK
        _demand_idle(page, reader)
        found = page.console.crew.at(reader).ask(CheckWork(page.by, work, reader))
    except JobFailed as failed:
        return _form(page, draft, spec, failed.trouble, 409)
    except GuitaiError as error:
        return _form(page, draft, spec, trouble_of(error), 422)
    assert isinstance(found, WorkChecked)
    draft.checked = found
    return to(f"/cards/draft/{draft.key}/check")


def _checked(page: Page, draft: CardDraft) -> WorkChecked | None:
    """Give what was checked; what was in doubt only when it was done wants a second person too."""
    run, checked = page.console.card_runs.get(draft.key), draft.checked
    trouble = None if run is None else run.trouble
    if checked is not None and trouble is not None and trouble.code == "second_wanted":
        return replace(checked, doubts=trouble.reasons or (trouble.why,))
    return checked


def _form(
    page: Page, draft: CardDraft, spec: Spec, trouble: Trouble | None, status: int
) -> Response:
    batch = None
    if draft.act is CardAct.EMPLOYER and draft.number is not None:
        with page.console.registry.reading() as tx:
            try:
                batch = batches.get(tx, draft.number), out_of_batch(tx, draft.number)
            except KeyError:
                raise PageUnknown from None
    return page.draw(
        "cards_draft.html",
        status,
        draft=draft,
        spec=spec,
        banks=page.console.config.rules.banks,
        batch=batch,
        asks=_asks(spec, draft),
        kinds=[(each.value, DOCUMENTS[each].text) for each in DocumentKind],
        trouble=trouble,
    )


def _confirming(
    page: Page,
    draft: CardDraft,
    spec: Spec,
    checked: WorkChecked,
    trouble: Trouble | None,
    status: int,
    form: Form | None = None,
) -> Response:
    return page.draw(
        "cards_check.html",
        status,
        draft=draft,
        spec=spec,
        checked=checked,
        asks=_asks(spec, draft),
        second="" if form is None else text_of(form, "second", 64),
        reason="" if form is None else text_of(form, "reason", 200),
        trouble=trouble,
    )


def _draw(page: Page, key: str, template: str) -> Response:
    run = _run(page, key)
    draft = page.session.card_drafts.get(key)
    if run is None and draft is not None:
        return to(f"/cards/draft/{key}/check")
    spec = None if run is None else SPECS[run.act]
    status = 200 if run is not None else 404
    return page.draw(template, status, key=key, run=run, spec=spec, draft=draft)


# --- What they work with -----------------------------------------------------------------------


def _draft(page: Page, key: str) -> tuple[CardDraft, Spec]:
    draft = page.session.card_drafts.get(key)
    if draft is None:
        raise DraftGone
    spec = SPECS[draft.act]
    page.demand(spec.roles)
    return draft, spec


def _run(page: Page, key: str) -> CardRun | None:
    run = page.console.card_runs.get(key)
    if run is not None:
        page.demand(SPECS[run.act].roles)
    return run


def _asks(spec: Spec, draft: CardDraft) -> bool:
    """Say whether anything is left to be filled in."""
    documents = (spec.holder is not None and draft.holder is None) or spec.acting is not None
    return bool(spec.fields) or documents or draft.act is CardAct.EMPLOYER


def _reads(spec: Spec, work: Work) -> bool:
    """Say whether the card in the reader has to tell which one is meant."""
    named = bool(work.wish("number") or work.wish("chip"))
    return spec.at is At.BOTH or (spec.at is At.CHECK and not named)


def _number(page: Page) -> int | None:
    said = page.request.query_params.get("number", "")
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) <= _MOST_DIGITS):
        raise PageUnknown
    return int(said)


def _agreed(page: Page, form: Form, *, needed: bool) -> By:
    """Have the second person prove who they are, where one is named or needed."""
    reason = reason_in(form)
    second = second_in(page, form)
    if needed:
        demand_two(page.who.operator, "" if second is None else second.operator)
    if second is None:
        return By(page.who.operator, reason=reason)
    return By(page.who.operator, second.operator, second.roles, reason)


def _reader(page: Page) -> str:
    """Name the reader of this desk in which the card lies, none where it is not clear which."""
    slots = page.console.slots.all()
    laid = [each for each in slots if each.present] or list(slots)
    return laid[0].reader if len(laid) == 1 else DESK


def _demand_idle(page: Page, reader: str) -> None:
    """Demand a reader at which no service goes on; raises DeskBusy."""
    for each in page.console.operations.running():
        if reader and each.reader == reader:
            raise DeskBusy(service=SERVICES[each.service])
