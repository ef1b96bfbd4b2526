"""An operation that was begun: shown while it goes on, its outcome, and how an open one goes on."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import DraftGone, GuitaiError
from terminal.registry import runs
from terminal.registry.runs import Run
from terminal.rules.vocabulary import SERVICES
from terminal.services.offered.answer import Answer
from terminal.services.offered.laying import Lying
from terminal.services.offered.roles import roles_for
from terminal.services.offered.run_keys import request_under
from terminal.web.crew import DESK
from terminal.web.messages import GiveUp, Job, Serve, Trouble
from terminal.web.operations import Operation, Stage
from terminal.web.page import Form, Page, SignedInPage, text_of, to
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
        lambda reader: Serve(
            page.by,
            key,
            None,
            Lying(reader or None, none=no_card),
            last_try=text_of(form, "last_try") == "yes",
        ),
    )


@router.post("/run/{key}/give-up")
def give_up(page: SignedInPage, key: str, form: Form) -> Response:
    """Give up what was begun and has done nothing that stands."""
    page.checked(form)
    return _again(page, key, lambda _: GiveUp(page.by, key))


def _again(page: Page, key: str, job: Callable[[str], Job]) -> Response:
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
            job(reader),
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
    )


def _known(page: Page, key: str) -> Run | None:
    with page.console.registry.reading() as tx:
        return runs.by_key(tx, key)


def _answer(page: Page, key: str, known: Run) -> Answer:
    """Give again what came of it; that is a look, and on record."""
    request_under(page.console.desk(page.who.operator), key)
    return Answer.of(known.result or {})
