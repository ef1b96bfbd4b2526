"""The first page: what lies in the readers, what goes on, what is unfinished."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.web.page import SignedInPage

router = APIRouter()


@router.get("/")
def home(page: SignedInPage) -> Response:
    """Show the desk."""
    return page.draw("home.html", slots=page.console.slots.all(), **_going_on(page))


@router.get("/part/cards")
def cards(page: SignedInPage) -> Response:
    """Show what lies in the readers, as part of a page."""
    return page.draw("part_cards.html", slots=page.console.slots.all(), **_going_on(page))


def _going_on(page: SignedInPage) -> dict[str, Any]:
    return {"running": page.console.operations.running(), "trouble": page.console.slots.trouble}
