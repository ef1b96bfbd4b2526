"""Duties 待办: what is owed to other parties, what is unfinished; tried now, or settled by two."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import GuitaiError, RequestWrong
from terminal.registry.duties import DUTY_STATES
from terminal.rules.vocabulary import SERVICES
from terminal.services import duties as owed
from terminal.services.offered.roles import KEEPERS
from terminal.texts import Text
from terminal.web.chores import Chore
from terminal.web.messages import RunDuties, Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.pages.day_work import desk_with, reason_in, second_in
from terminal.web.troubles import trouble_of

router = APIRouter()
MOST_OUTCOME = 200
_OUTCOME = Text("处理结果", "the outcome")
_OUTCOME_FORM = Text("应为 1 至 {most} 个字", "it has 1 to {most} characters")


@router.get("/day/duties")
def show(page: SignedInPage) -> Response:
    """Show what is open."""
    page.demand(KEEPERS)
    return page.draw("day_duties.html", **_found(page))


@router.get("/part/day/duties")
def part(page: SignedInPage) -> Response:
    """Show it, as part of a page."""
    page.demand(KEEPERS)
    return page.draw("day_duties_part.html", **_found(page))


@router.post("/day/duties/run")
def run(page: SignedInPage, form: Form) -> Response:
    """Have what is due tried; who asks while it goes on gets the same tries."""
    page.checked(form)
    page.demand(KEEPERS)
    page.console.chores.start(Chore.DUTIES, RunDuties(page.by))
    return to("/day/duties")


@router.get("/day/duties/{number}")
def one(page: SignedInPage, number: int) -> Response:
    """Ask two people what became of a duty."""
    page.demand(KEEPERS)
    return _asking(page, number, {}, None, 200)


@router.post("/day/duties/{number}/decide")
def decide(page: SignedInPage, number: int, form: Form) -> Response:
    """Settle a duty by people; decided again alike, it is as it was."""
    page.checked(form)
    page.demand(KEEPERS)
    outcome = text_of(form, "outcome", MOST_OUTCOME + 1).strip()
    try:
        if not 0 < len(outcome) <= MOST_OUTCOME or not outcome.isprintable():
            raise RequestWrong(item=_OUTCOME, detail=_OUTCOME_FORM.filled(most=MOST_OUTCOME))
        reason = reason_in(form)
        owed.decide(desk_with(page, second_in(page, form), reason), number, outcome)
    except GuitaiError as error:
        fields = {"outcome": outcome, "reason": text_of(form, "reason", 200)}
        return _asking(page, number, fields, trouble_of(error), 409)
    return to("/day/duties")


def _found(page: Page) -> dict[str, Any]:
    found = owed.open_now(page.console.desk(page.who.operator))
    standing = page.console.chores.get(Chore.DUTIES)
    tried = standing.found if isinstance(standing.found, tuple) else ()
    return {
        "duties": [(each, DUTY_STATES[each.state], text) for each, text in found.duties],
        "unfinished": [(each, SERVICES[each.service]) for each in found.unfinished],
        "altered": None if found.altered is None else trouble_of(found.altered),
        "standing": standing,
        "tried": [each for each in tried if isinstance(each, Text)],
    }


def _asking(
    page: Page, number: int, fields: dict[str, str], trouble: Trouble | None, status: int
) -> Response:
    found = owed.open_now(page.console.desk(page.who.operator))
    duty = next(((each, text) for each, text in found.duties if each.id == number), None)
    if duty is None and trouble is None:
        return to("/day/duties")
    return page.draw(
        "day_duty.html",
        status,
        number=number,
        duty=duty,
        state=None if duty is None else DUTY_STATES[duty[0].state],
        fields=fields,
        trouble=trouble,
    )
