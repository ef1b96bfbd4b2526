"""The desk: what stands on it and behind it, how each of it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.web.chores import Chore, Standing
from terminal.web.devices import ID_READER, RECEIPT_PRINTER
from terminal.web.messages import Examine
from terminal.web.page import Form, Page, SignedInPage, to
from terminal.web.views import Checked

router = APIRouter()
_COMMANDS = ("guitai ", "systemctl", "apt ", "install -m", "usermod", "udevadm", "ls -l", "/etc/")
_SETTINGS = "配置 ["


@router.get("/desk")
def show(page: SignedInPage) -> Response:
    """Show what was found last; where nothing was yet, somebody has to look first."""
    if page.console.chores.get(Chore.DESK) == Standing():
        look_at_desk(page)
    return page.draw("desk.html", **_found(page))


@router.get("/part/desk")
def part(page: SignedInPage) -> Response:
    """Show it, as part of a page."""
    return page.draw("desk_part.html", **_found(page))


@router.post("/desk")
def again(page: SignedInPage, form: Form) -> Response:
    """Look again; who asks while it goes on gets the same look."""
    page.checked(form)
    look_at_desk(page)
    return to("/desk")


def is_for_technicians(remedy: str) -> bool:
    """Say whether a remedy has commands or settings in it, which no clerk is asked to touch."""
    return _SETTINGS in remedy or any(each in remedy for each in _COMMANDS)


def look_at_desk(page: Page) -> None:
    """Have the desk looked at; devices that something is done with now are not asked."""
    crew = page.console.crew
    in_use = {
        "pin_pad": bool(page.console.operations.running()),
        "id_reader": crew.at(ID_READER).busy,
        "receipt_printer": crew.at(RECEIPT_PRINTER).busy,
    }
    job = Examine(page.by, frozenset(name for name, used in in_use.items() if used))
    page.console.chores.start(Chore.DESK, job)


def _found(page: Page) -> dict[str, Any]:
    standing = page.console.chores.get(Chore.DESK)
    found = standing.found if isinstance(standing.found, tuple) else ()
    checked = [each for each in found if isinstance(each, Checked)]
    return {
        "standing": standing,
        "parts_found": _by_part(checked),
        "wrong": sum(each.good is False and not each.minor for each in checked),
        "minor": sum(each.good is False and each.minor for each in checked),
        "is_for_technicians": is_for_technicians,
    }


def _by_part(checked: Iterable[Checked]) -> list[tuple[Any, list[Checked]]]:
    """Give what was found by part, the gravest first, in the order in which it was looked at."""
    parts: dict[Any, list[Checked]] = {}
    for each in checked:
        parts.setdefault(each.part, []).append(each)
    return sorted(parts.items(), key=lambda part: min(map(_gravity, part[1])))


def _gravity(checked: Checked) -> int:
    if checked.good is False:
        return 1 if checked.minor else 0
    return 2
