"""An operation that was begun: shown while it goes on, its outcome, and how an open one goes on."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from terminal.documents.paper import Paper
from terminal.errors import DraftGone, GuitaiError
from terminal.registry import runs
from terminal.registry.runs import Run
from terminal.rules.vocabulary import SERVICES
from terminal.services.offered.answer import Answer
from terminal.services.offered.laying import Lying
from terminal.services.offered.roles import roles_for
from terminal.services.offered.run_keys import request_under
from terminal.texts import Text
from terminal.web.crew import DESK, JobFailed
from terminal.web.devices import RECEIPT_PRINTER
from terminal.web.messages import GiveUp, Job, PrintPaper, Serve, Trouble
from terminal.web.operations import Operation, Stage
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.papers import slip
from terminal.web.troubles import trouble_of

router = APIRouter()


@router.get("/run/{key}")
def show(page: SignedInPage, key: str) -> Response:
    """Show an operation, wherever it is now."""
    return _draw(page, key, "run.html", None)


@router.get("/part/run/{key}")
def part(page: SignedInPage, key: str) -> Response:
    """Show an operation, as part of a page."""
    return _draw(page, key, "part_run.html", None)


@router.post("/run/{key}/go-on")
def go_on(page: SignedInPage, key: str, form: Form) -> Response:
    """Go on with what was begun and is not over."""
    page.checked(form)
    no_card = text_of(form, "no_card") == "yes"
    return _again(
        page,
        key,
        Serve(
            page.by,
            key,
            None,
            # The reader is the worker's to choose, as for a command: what needs no card lays none.
            Lying(none=no_card),
            last_try=text_of(form, "last_try") == "yes",
        ),
    )


@router.post("/run/{key}/give-up")
def give_up(page: SignedInPage, key: str, form: Form) -> Response:
    """Give up what was begun and has done nothing that stands."""
    page.checked(form)
    return _again(page, key, GiveUp(page.by, key))


@router.get("/run/{key}/slip.pdf")
def slip_pdf(page: SignedInPage, key: str) -> Response:
    """Give the slip of what was done as PDF; the second one says that it is a copy."""
    from terminal.documents.pdf import paper_pdf  # noqa: PLC0415  its library takes a while

    paper = _paper(page, key)
    drawn = paper_pdf(paper, page.language)
    page.console.operations.printed(key)
    name = f"slip-{paper.number}.pdf"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(drawn.data, media_type="application/pdf", headers=headers)


@router.post("/run/{key}/print")
def print_slip(page: SignedInPage, key: str, form: Form) -> Response:
    """Print the slip of what was done, and show what came of it."""
    page.checked(form)
    job = PrintPaper(page.by, _paper(page, key), page.language)
    worker = page.console.crew.at(RECEIPT_PRINTER)
    try:
        told = worker.ask(job)
        assert isinstance(told, tuple)
        page.session.printed[key] = tuple(each for each in told if isinstance(each, Text))
        page.console.operations.printed(key)
    except JobFailed as failed:
        page.session.printed[key] = failed.trouble
    return to(f"/run/{key}")


def _paper(page: Page, key: str) -> Paper:
    """Make the slip of what was done under a key; raises DraftGone where nothing was."""
    known = _known(page, key)
    if known is None or known.state != runs.DONE:
        raise DraftGone
    console = page.console
    before = console.operations.prints_of(key)
    return slip(
        _answer(page, key, known),
        known.request,
        outlet=console.config.outlet.id,
        operator=page.who.operator,
        printed_at=console.registry.clock(),
        copy=before is None or before > 0,
    )


def _again(page: Page, key: str, job: Job) -> Response:
    known = _known(page, key)
    if known is None:
        raise DraftGone
    desk = page.console.desk(page.who.operator)
    page.demand(roles_for(known.service, desk.where.channel))
    laid = [each for each in page.console.slots.all() if each.present]
    reader = laid[0].reader if len(laid) == 1 else DESK
    slots = page.console.slots
    try:
        page.console.operations.start(
            Operation(key, known.service, page.who.operator, reader),
            page.console.crew.at(reader),
            job,
            lambda _: slots.look(reader or None),
        )
    except GuitaiError as error:
        return _draw(page, key, "run.html", trouble_of(error))
    return to(f"/run/{key}")


def _draw(page: Page, key: str, template: str, trouble: Trouble | None) -> Response:
    operation = page.console.operations.get(key)
    state, answer = "", None
    if operation is None:
        known = _known(page, key)
        if known is None:
            if page.draft(key) is not None:
                return to(f"/draft/{key}/confirm")
            raise DraftGone
        state, service = known.state, known.service
        if known.state == runs.DONE:
            answer = _answer(page, key, known)
    else:
        service, answer = operation.service, operation.answer
        if operation.stage is Stage.FAILED:
            known = _known(page, key)
            state = known.state if known is not None else ""
    return page.draw(
        template,
        key=key,
        operation=operation,
        state=state,
        service=SERVICES[service],
        answer=answer,
        trouble=trouble or (operation.trouble if operation is not None else None),
        draft=page.draft(key),
        printed=page.session.printed.pop(key, None) if template == "run.html" else None,
    )


def _known(page: Page, key: str) -> Run | None:
    with page.console.registry.reading() as tx:
        return runs.by_key(tx, key)


def _answer(page: Page, key: str, known: Run) -> Answer:
    """Give again what came of it; that is a look, and on record."""
    request_under(page.console.desk(page.who.operator), key)
    return Answer.of(known.result or {})
