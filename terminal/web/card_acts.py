"""What the room of cards 卡务 does beside the services: its parts, its acts, what is asked for.

They are the command line's acts, with its roles. What each asks for stands in
:mod:`terminal.web.card_specs`, how it is done in :mod:`terminal.web.card_doing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from terminal.registry.operators import Role
from terminal.services.offered.answer import Line
from terminal.services.offered.request import Named
from terminal.services.offered.roles import KEEPERS, MAKERS
from terminal.texts import Text


class Section(StrEnum):
    """Name a part of the room, as its address has it."""

    FOUND = "found"
    PARCELS = "parcels"
    AGENTS = "agents"
    REGISTER = "register"
    CUSTODY = "custody"
    PRODUCTION = "production"
    DEATHS = "deaths"


SECTIONS: Mapping[Section, tuple[Text, Text]] = MappingProxyType(
    {
        Section.FOUND: (
            Text("拾获、冒用", "Found and misused cards"),
            Text(
                "收存、归还、销毁拾获的卡，上报冒用，关注名单",
                "Take in, give back, destroy found cards; report misuse; the blacklist",
            ),
        ),
        Section.PARCELS: (
            Text("邮寄", "By post"),
            Text("寄出、签收、退回、丢失", "Posted, signed for, come back, lost"),
        ),
        Section.AGENTS: (
            Text("授权委托", "Authorisations"),
            Text(
                "登记、撤销代理人的书面授权", "Put agents' authorisations on record, withdraw them"
            ),
        ),
        Section.REGISTER: (
            Text("登记已有的卡", "Cards from before"),
            Text(
                "登记别处发的卡、第一二代卡和电子社会保障卡",
                "Put on record: cards issued elsewhere, of the first generations, electronic ones",
            ),
        ),
        Section.CUSTODY: (
            Text("在库的卡", "Cards in custody"),
            Text("清单、召回、销毁、单位发放", "Listed, recalled, destroyed, handed out"),
        ),
        Section.PRODUCTION: (
            Text("集中制卡", "Central production"),
            Text("核验、下达、登记制成和作废、撤回", "Verified, ordered, made, spoilt, withdrawn"),
        ),
        Section.DEATHS: (
            Text("死亡提醒", "Death reminders"),
            Text("取回提醒，更正错误的死亡记录", "Fetch reminders, take back a wrong one"),
        ),
    }
)
"""What each is called, and what is done there."""


class CardAct(StrEnum):
    """Name an act, as its address and the audit of looks have it."""

    HAND_IN = "found-hand-in"
    GIVE_BACK = "found-give-back"
    DESTROY_FOUND = "found-destroy"
    REPORT = "found-report"
    TAKE_OFF = "found-take-off"
    SEND = "parcel-send"
    DELIVERED = "parcel-delivered"
    RETURNED = "parcel-returned"
    LOST = "parcel-lost"
    TURNED_UP = "parcel-turned-up"
    AUTHORISE = "agent-authorise"
    WITHDRAW_AGENT = "agent-withdraw"
    REGISTER = "register-card"
    ELECTRONIC = "register-electronic"
    RECALL = "custody-recall"
    DESTROY = "custody-destroy"
    EMPLOYER = "custody-employer"
    VERIFY = "production-verify"
    VERIFY_ALL = "production-all"
    START = "production-start"
    MADE = "production-made"
    SPOILT = "production-spoilt"
    WITHDRAW = "production-end"
    FETCH_DEATHS = "deaths-fetch"
    CORRECT_DEATH = "deaths-correct"


class At(StrEnum):
    """Say when the card has to lie in the reader."""

    NEVER = "never"
    CHECK = "check"
    """Only to see which one it is, where its number is not filled in."""
    BOTH = "both"


class Subject(StrEnum):
    """Say what an act's number in the registry is of."""

    NOTHING = "nothing"
    CARD = "card"
    APPLICATION = "application"
    ENTRY = "entry"
    RIGHT = "right"
    BATCH = "batch"


class Kind(StrEnum):
    """Say what a field of a form is."""

    TEXT = "text"
    LONG = "long"
    CHOICE = "choice"
    SEVERAL = "several"
    TICK = "tick"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Field:
    """Hold a field of a form; ``among`` are the choices, value and words."""

    name: str
    text: Text
    kind: Kind = Kind.TEXT
    among: tuple[tuple[str, Text], ...] = ()
    needed: bool = False
    most: int = 100
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """Hold what a page has to know of an act.

    ``two``: two people do it in any case. ``holder`` and ``acting`` say whose documents it wants;
    ``holder_needed``: without one it is not done.
    """

    section: Section
    title: Text
    will: Text
    roles: frozenset[Role] = KEEPERS
    subject: Subject = Subject.NOTHING
    fields: tuple[Field, ...] = ()
    two: bool = False
    holder: Text | None = None
    acting: Text | None = None
    holder_needed: bool = True
    at: At = At.NEVER


@dataclass(frozen=True, slots=True)
class Work:
    """Hold what is asked for: which act, on what, for whom.

    ``number`` is the registry's, of the act's subject; ``said`` is what the form's fields say,
    ``chip`` the card that was seen when it was checked.
    """

    act: CardAct
    number: int | None = None
    holder: Named | None = None
    acting: Named | None = None
    said: Mapping[str, str] = field(default_factory=dict, repr=False)
    chip: str = field(default="", repr=False)

    def wish(self, name: str) -> str:
        """Give what a field says, empty where nothing."""
        return self.said.get(name, "")


@dataclass(frozen=True, slots=True)
class WorkChecked:
    """Hold what would be done, before it is: to whom, in clear, and how things stand then.

    ``work`` is what was asked for, with what the card told. ``doubts`` want a second person.
    """

    work: Work
    about: tuple[Line, ...]
    after: tuple[Line, ...] = ()
    doubts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkDone:
    """Hold how things stand after an act; whom it is about is masked.

    ``owed`` is what another party has not confirmed yet.
    """

    lines: tuple[Line, ...] = ()
    owed: tuple[Text, ...] = ()
    repeated: bool = False


ROLES = KEEPERS | MAKERS
"""Who has anything to do here."""


def roles_of(section: Section) -> frozenset[Role]:
    """Name the roles of which one is wanted to see a section."""
    return ROLES if section is Section.PRODUCTION else KEEPERS
