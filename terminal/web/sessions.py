"""Who sits at which page: sign-ins, whom they serve, and what is filled in and not begun yet.

All of it is in memory. The cookie names a session and says nothing; what is lost with the process
was not begun, and what was begun is on record.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field, fields

from apdu.secret import Secret
from terminal.registry.operators import SignedIn
from terminal.rules.vocabulary import Actor, Service
from terminal.services.offered.request import Named, Request
from terminal.texts import Text
from terminal.web.card_acts import CardAct, WorkChecked
from terminal.web.messages import Result, Trouble
from terminal.web.views import Considered, Holder

_BYTES = 32
_MOST_GUESTS = 20
_MOST_DRAFTS = 50
_MOST_CALLS = 10
_OF_ONE_SIGN_IN = frozenset({"id", "token", "operator", "csrf", "known"})
"""What of a session dies with it; the rest is what a clerk has before them."""


EMPLOYER = "employer"
"""The id of the guest who comes for an employer."""


@dataclass(slots=True)
class Guest:
    """Hold whom a clerk serves: by a document, the card in a reader (``slot``), or an employer."""

    id: str
    slot: str = ""
    named: Named | None = None
    holder: Holder | None = None

    @property
    def is_employer(self) -> bool:
        """Say whether it is an employer's person, who comes for many."""
        return self.id == EMPLOYER


@dataclass(slots=True)
class Draft:
    """Hold what is filled in for a service, under the key that it will run under.

    ``holder`` and ``acting`` are documents that were read, not keyed in.
    """

    key: str
    service: Service
    guest: Guest
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    papers: frozenset[str] = frozenset()
    holder: Named | None = None
    acting: Named | None = None
    photo: str = field(default="", repr=False)
    rows: str = field(default="", repr=False)
    request: Request | None = None
    considered: Considered | None = None
    taken: bool = False
    """Whether the form was sent once: then what is not ticked was left so."""
    after: str = ""
    """The key under which the same came to nothing before."""


@dataclass(slots=True)
class CardDraft:
    """Hold what is filled in for an act of the room of cards, under the key it will be done under.

    ``number`` is the registry's of what it is about; ``holder`` and ``acting`` are documents that
    are known already.
    """

    key: str
    act: CardAct
    number: int | None = None
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    holder: Named | None = None
    acting: Named | None = None
    checked: WorkChecked | None = None


@dataclass(slots=True)
class Call:
    """Hold a telephone call: its number, what came of the caller check, what is done in it.

    ``guest`` has a document once the answers agreed with the registry, and not before.
    """

    id: str
    number: str
    guest: Guest
    tries: int = 0
    actor: Actor = Actor.HOLDER
    acting: Named | None = None
    drafts: OrderedDict[str, Draft] = field(default_factory=OrderedDict)

    @property
    def identified(self) -> bool:
        """Say whether it is known who calls."""
        return self.guest.named is not None


@dataclass(slots=True)
class Reading:
    """Hold a document that is being read, and what for: a guest, or a part of a draft.

    ``said`` is what the device tells meanwhile, ``ended_at`` the page that shows what was read.
    """

    id: str
    future: Future[Result]
    draft: str = ""
    part: str = ""
    said: Text | None = None
    ended_at: str = ""


@dataclass(slots=True)
class WebSession:
    """Hold a sign-in of the console."""

    id: str
    token: Secret
    operator: str
    csrf: str
    guests: OrderedDict[str, Guest] = field(default_factory=OrderedDict)
    drafts: OrderedDict[str, Draft] = field(default_factory=OrderedDict)
    calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    card_drafts: OrderedDict[str, CardDraft] = field(default_factory=OrderedDict)
    reading: Reading | None = None
    going_on: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held while what was read is put where it belongs: a page and its part ask at once."""
    printed: dict[str, tuple[Text, ...] | Trouble] = field(default_factory=dict)
    """What came of the last print of a slip, by key, until it was shown."""
    settled: dict[str, tuple[Text, ...] | Trouble] = field(default_factory=dict)
    """What a card told of what was begun on it, by reader, until it was shown."""
    known: tuple[float, SignedIn] | None = None
    """Who it was when the registry was asked last, and when that was (monotonic)."""

    def go_on_from(self, before: WebSession) -> None:
        """Go on with what the same clerk had before them when the desk was locked."""
        for each in fields(self):
            if each.name not in _OF_ONE_SIGN_IN:
                setattr(self, each.name, getattr(before, each.name))

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

    def card_draft(self, made: CardDraft) -> CardDraft:
        """Keep what is filled in for an act of the room of cards; the oldest is forgotten."""
        self.card_drafts[made.key] = made
        while len(self.card_drafts) > _MOST_DRAFTS:
            self.card_drafts.popitem(last=False)
        return made

    def draft_after(self, key: str) -> Draft | None:
        """Give what was taken anew after another draft: a second click is no second one."""
        return next((each for each in self.drafts.values() if each.after == key), None)

    def call(self, made: Call) -> Call:
        """Keep a call, or give the one that was begun under its id; the oldest is forgotten."""
        kept = self.calls.setdefault(made.id, made)
        while len(self.calls) > _MOST_CALLS:
            self.calls.popitem(last=False)
        return kept


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
