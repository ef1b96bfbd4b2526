"""Read a form as a request: the same rules for numbers, names and amounts as the command line's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import TypeVar

from terminal.errors import RequestWrong
from terminal.rules.documents import DOCUMENTS, DocumentKind, agree, read_number
from terminal.rules.names import valid_name
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import FACE_TO_FACE, Actor, Channel, Paper, Service
from terminal.services.offered.request import Named, Request
from terminal.services.offered.wish_values import IN_FILES, fit_wish
from terminal.services.offered.wishes import LISTS, WISHES, asked_as, wanted_by
from terminal.texts import Text
from terminal.web.sessions import Draft, Guest
from terminal.web.views import COMING

K = TypeVar("K", bound=Enum)
HOLDER, ACTING = "holder", "acting"
_BY_TELEPHONE = frozenset({Channel.HOTLINE, Channel.BANK_PHONE})
OF_ACTORS: Mapping[Actor, tuple[Paper, ...]] = MappingProxyType(
    {
        Actor.HOLDER: (),
        Actor.GUARDIAN: (Paper.GUARDIANSHIP,),
        Actor.AGENT: (Paper.AUTHORISATION,),
        Actor.EMPLOYER: (Paper.LICENCE, Paper.FIRM_AUTHORISATION),
        Actor.KIN: (Paper.DEATH, Paper.KINSHIP),
    }
)
"""What who acts for the holder shows besides their own document (terminal/rules/decide.py)."""
_SHOWN_OTHERWISE = frozenset({Paper.ID, Paper.ACTOR_ID, Paper.CARD})
"""Papers that are shown by being read or laid on, not by a tick."""
_NUMBER = Text("{document}号码", "number of {document}")
_NAME = Text("姓名", "name")
_CHOICE = Text("所选的内容", "the choice")
_NO_CHOICE = Text("没有这一项", "there is no such choice")
_WANTED = Text("还没有填写", "it is not filled in")
_ACTING = Text("办理人的证件", "the document of who acts")


def papers_asked(service: Service, actor: Actor) -> tuple[Paper, ...]:
    """Name the papers that a clerk ticks for a service."""
    row = TABLE[service]
    own = tuple(each for each in row.papers if each not in _SHOWN_OTHERWISE)
    return tuple(dict.fromkeys((*own, *OF_ACTORS[actor])))


def actor_of(guest: Guest, said: str) -> Actor:
    """Say who comes for a guest, by what an address says of it: the holder unless it is another."""
    if guest.is_employer:
        return Actor.EMPLOYER
    return next((each for each in COMING if each.value == said), Actor.HOLDER)


def acts_by_document(service: Service, actor: Actor) -> bool:
    """Say whether who acts shows a document of their own; who comes for an employer may too."""
    if actor is Actor.EMPLOYER:
        return Paper.ACTOR_ID in TABLE[service].papers
    return actor in {Actor.GUARDIAN, Actor.AGENT, Actor.KIN}


def named_in(fields: Mapping[str, str], prefix: str, today: date) -> Named | None:
    """Read the document of a form's part, None where nothing was filled in.

    Raises RequestWrong, PersonalDataWrong.
    """
    first = fields.get(f"{prefix}.number", "").strip()
    again = fields.get(f"{prefix}.again", "").strip()
    if not first and not again:
        return None
    kind = choice(DocumentKind, fields.get(f"{prefix}.kind", ""))
    number = read_number(kind, first, today=today)
    differ = agree(first, again)
    if differ is not None:
        item = _NUMBER.filled(document=DOCUMENTS[kind].text)
        raise RequestWrong(item=item, detail=differ)
    name = fields.get(f"{prefix}.name", "").strip()
    wrong = valid_name(name) if name else None
    if wrong is not None:
        raise RequestWrong(item=_NAME, detail=wrong)
    return Named(number, name, fields.get(f"{prefix}.nationality", "").strip().upper())


def request_of(draft: Draft, channel: Channel, today: date) -> Request:
    """Make the request of what is filled in; raises RequestWrong, PersonalDataWrong, AmountWrong.

    A document that is shown in the original is a paper that is there; by telephone who asks has to
    be identified.
    """
    fields = draft.fields
    actor = choice(Actor, fields.get("actor", Actor.HOLDER.value))
    holder = draft.guest.named or draft.holder or named_in(fields, HOLDER, today)
    acting = None
    if acts_by_document(draft.service, actor):
        acting = draft.acting or named_in(fields, ACTING, today)
        if acting is None:
            raise RequestWrong(item=_ACTING, detail=_WANTED)
    asked = papers_asked(draft.service, actor)
    papers = {each for each in asked if each.value in draft.papers}
    if channel in FACE_TO_FACE:
        papers |= {Paper.ID} if holder is not None and "shown" in draft.papers else set()
        papers |= {Paper.ACTOR_ID} if acting is not None else set()
    return Request(
        draft.service,
        holder,
        actor,
        acting,
        identified=channel not in _BY_TELEPHONE or "identified" in draft.papers,
        papers=frozenset(papers),
        card=_number(fields.get("card", "")),
        application=_number(fields.get("application", "")),
        wishes=MappingProxyType(dict(_wishes(draft))),
    )


def choice(kind: type[K], said: str) -> K:
    """Read one of a list's values; raises RequestWrong for what the page never offered."""
    try:
        return kind(said)
    except ValueError:
        raise RequestWrong(item=_CHOICE, detail=_NO_CHOICE) from None


def _wishes(draft: Draft) -> Iterable[tuple[str, str]]:
    for name in wanted_by(draft.service):
        if name in IN_FILES:
            said = draft.photo if name == "photo" else draft.rows
        else:
            said = draft.fields.get(f"wish.{name}", "").strip()
        if not said:
            continue
        wish = WISHES[name]
        values = said.split() if name in LISTS else [said]
        if wish.among and not set(values) <= set(wish.among):
            raise RequestWrong(item=asked_as(draft.service, name), detail=_NO_CHOICE)
        yield name, said if name in IN_FILES else fit_wish(name, said)


def _number(said: str) -> int | None:
    if not said:
        return None
    if not (said.isascii() and said.isdecimal()):
        raise RequestWrong(item=_CHOICE, detail=_NO_CHOICE)
    return int(said)
