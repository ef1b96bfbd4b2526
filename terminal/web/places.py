"""Which pages are whose: an auditor looks and does nothing, a telephone has neither card nor paper.

What somebody may do is demanded where it is done; here it is seen to that they don't stray.
"""

from __future__ import annotations

from terminal.errors import PageUnknown, RoleMissing
from terminal.registry.operators import DOERS, Role, SignedIn, named
from terminal.rules.vocabulary import Channel
from terminal.services.offered.roles import BY_TELEPHONE, roles_to_look
from terminal.texts import Text
from terminal.web.card_acts import ROLES

AUDIT, CARDS, DAY, DESK, HOTLINE = "/audit", "/cards", "/day", "/desk", "/hotline"
_HOME = "/"
_OF_ALL = ("/events", "/lock", "/sign-out", DAY, f"/part{DAY}", DESK, f"/part{DESK}")
_OF_AUDITORS = (*_OF_ALL, AUDIT, f"/part{AUDIT}")
_WITH_A_GUEST = ("/person", "/guest", "/serve", "/draft", "/part/guest", "/part/cards", CARDS)
"""Pages that show somebody because a card or a document is there; by telephone neither is."""
_ENTRIES = {
    HOTLINE: Text("电话业务", "By telephone"),
    CARDS: Text("卡务", "Cards"),
    DAY: Text("今日", "The day"),
    DESK: Text("设备状态", "The desk"),
    AUDIT: Text("审计", "Audit"),
}


class Elsewhere(Exception):
    """Say that who asks belongs to another page, whose path it carries."""


def demand_place(path: str, who: SignedIn, channel: Channel) -> None:
    """Demand a page that is for who is signed in here.

    Raises Elsewhere for the first page of a counter, RoleMissing and PageUnknown for others.
    """
    if is_auditor(who):
        if path == _HOME:
            raise Elsewhere(AUDIT)
        if not _is_under(path, _OF_AUDITORS):
            raise RoleMissing(operator=who.operator, roles=named(DOERS))
    elif channel in BY_TELEPHONE:
        if path == _HOME:
            raise Elsewhere(HOTLINE if _serves(who, channel) else DESK)
        if _is_under(path, _WITH_A_GUEST):
            raise PageUnknown


def entries(who: SignedIn, channel: Channel) -> tuple[tuple[str, Text], ...]:
    """Give the pages of this part that who is signed in may use, as the frame lists them."""
    shown = {
        HOTLINE: channel in BY_TELEPHONE and _serves(who, channel),
        CARDS: channel not in BY_TELEPHONE and not who.roles.isdisjoint(ROLES),
        DAY: True,
        DESK: True,
        AUDIT: is_auditor(who),
    }
    return tuple((path, text) for path, text in _ENTRIES.items() if shown[path])


def is_theirs(path: str, who: SignedIn, channel: Channel) -> bool:
    """Say whether a page is for who is signed in here: the frame leaves out what is not."""
    try:
        demand_place(path, who, channel)
    except (Elsewhere, PageUnknown, RoleMissing):
        return False
    return True


def is_auditor(who: SignedIn) -> bool:
    """Say whether somebody looks at what others did, and does nothing."""
    return Role.AUDITOR in who.roles


def _serves(who: SignedIn, channel: Channel) -> bool:
    return not who.roles.isdisjoint(roles_to_look(channel))


def _is_under(path: str, places: tuple[str, ...]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in places)
