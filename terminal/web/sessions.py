"""Who sits at which page: sign-ins, whom they serve, and what is filled in and not begun yet.

All of it is in memory. The cookie names a session and says nothing; what is lost with the process
was not begun, and what was begun is on record.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from apdu.secret import Secret
from terminal.rules.vocabulary import Service
from terminal.services.offered.request import Named, Request
from terminal.web.views import Considered, Holder

_BYTES = 32
_MOST_GUESTS = 20
_MOST_DRAFTS = 50


@dataclass(slots=True)
class Guest:
    """Hold whom a clerk serves: by a document, or by the card in a reader (``slot``)."""

    id: str
    slot: str = ""
    named: Named | None = None
    holder: Holder | None = None


@dataclass(slots=True)
class Draft:
    """Hold what is filled in for a service, under the key that it will run under."""

    key: str
    service: Service
    guest: Guest
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    papers: frozenset[str] = frozenset()
    acting: Named | None = None
    photo: str = field(default="", repr=False)
    rows: str = field(default="", repr=False)
    request: Request | None = None
    considered: Considered | None = None


@dataclass(slots=True)
class WebSession:
    """Hold a sign-in of the console."""

    id: str
    token: Secret
    operator: str
    csrf: str
    guests: OrderedDict[str, Guest] = field(default_factory=OrderedDict)
    drafts: OrderedDict[str, Draft] = field(default_factory=OrderedDict)

    def guest(self, made: Guest) -> Guest:
        """Keep whom is served; the longest unseen is forgotten."""
        self.guests[made.id] = made
        self.guests.move_to_end(made.id)
        while len(self.guests) > _MOST_GUESTS:
            self.guests.popitem(last=False)
        return made

    def draft(self, made: Draft) -> Draft:
        """Keep what is filled in; the oldest is forgotten."""
        self.drafts[made.key] = made
        while len(self.drafts) > _MOST_DRAFTS:
            self.drafts.popitem(last=False)
        return made


class Sessions:
    """Hold the sign-ins of this console."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, WebSession] = {}

    def open(self, token: Secret, operator: str) -> WebSession:
        """Open a session under a fresh id: nothing that came from the browser becomes one."""
        made = WebSession(
            secrets.token_urlsafe(_BYTES), token, operator, secrets.token_urlsafe(_BYTES)
        )
        with self._lock:
            self._by_id[made.id] = made
        return made

    def get(self, cookie: str | None) -> WebSession | None:
        """Give the session of a cookie."""
        if not cookie:
            return None
        with self._lock:
            return self._by_id.get(cookie)

    def close(self, session: WebSession) -> None:
        """Forget a session with all that is filled in."""
        with self._lock:
            self._by_id.pop(session.id, None)


def is_own(session: WebSession, csrf: str) -> bool:
    """Say whether a form carries the session's own word."""
    return hmac.compare_digest(session.csrf.encode(), csrf.encode())
