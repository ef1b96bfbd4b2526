"""A card in custody: recalled where its time is over, destroyed by two people with grounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import CardUnknown, GuitaiError, PageUnknown
from terminal.rules.states import LIFE, Life
from terminal.services.offered import custody as acts
from terminal.services.offered.custody import TO_DESTROY, Done, in_custody
from terminal.services.offered.desk import Desk
from terminal.services.offered.roles import KEEPERS
from terminal.web.messages import Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.pages.day_work import desk_with, reason_in, second_in
from terminal.web.troubles import trouble_of

router = APIRouter()


@router.get("/day/custody/{card_id}")
def show(page: SignedInPage, card_id: int) -> Response:
    """Show a card in custody, and what is to be done with it."""
    page.demand(KEEPERS)
    return _card(page, card_id, {}, None, 200)


@router.post("/day/custody/{card_id}/recall")
def recall(page: SignedInPage, card_id: int, form: Form) -> Response:
    """Recall a card that was not collected in time; again, it is as it was."""
    return _done(page, card_id, form, acts.recall)


@router.post("/day/custody/{card_id}/destroy")
def destroy(page: SignedInPage, card_id: int, form: Form) -> Response:
    """Destroy a card by two people; again, it is as it was."""
    return _done(page, card_id, form, acts.destroy)


def _done(page: Page, card_id: int, form: Form, act: Callable[[Desk, int], Done]) -> Response:
    page.checked(form)
    page.demand(KEEPERS)
    try:
        reason = reason_in(form)
        act(desk_with(page, second_in(page, form), reason), card_id)
    except GuitaiError as error:
        return _card(page, card_id, form, trouble_of(error), 409)
    return to(f"/day/custody/{card_id}")


def _card(
    page: Page, card_id: int, fields: Mapping[str, Any], trouble: Trouble | None, status: int
) -> Response:
    desk = page.console.desk(page.who.operator)
    with desk.registry.reading() as tx:
        listed = in_custody(tx, desk.calendar, desk.where.bank)
        known = next((each for each in listed if each.kept.card_id == card_id), None)
        try:
            life = Life(acts.get_card(tx, card_id).life.state)
        except CardUnknown:
            raise PageUnknown from None
    return page.draw(
        "day_custody.html",
        status,
        card_id=card_id,
        card=known,
        life=LIFE[life],
        due=known is not None and known.recall is not None and known.recall.now,
        ripe=known is not None and known.kept.life in TO_DESTROY and known.what == acts.DESTROY,
        reason=text_of(fields, "reason", 200),
        trouble=trouble,
    )
