"""What the pages show, as plain data: made beside the card, drawn by the templates.

Names and numbers are strings here, masked already unless a service was named for which they are
shown; sentences are in both languages, for a page may be asked for in the other one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from terminal.rules.decision import Verdict
from terminal.rules.vocabulary import Actor, Paper, Pin, Service
from terminal.services.offered.request import Named
from terminal.texts import Text

COMING = (Actor.HOLDER, Actor.GUARDIAN, Actor.AGENT, Actor.KIN)
"""Who may come for somebody; an employer's person comes for many (docs/console.md)."""


class Tone(StrEnum):
    """Say how a state is marked; the words beside it say the same to who sees no colour."""

    GOOD = "good"
    IDLE = "idle"
    STOPPED = "stopped"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Offer:
    """Hold what the rules say of one service here and now."""

    service: Service
    title: Text
    verdict: Verdict
    reasons: tuple[Text, ...] = ()
    bring: tuple[Text, ...] = ()

    @property
    def allowed(self) -> bool:
        """Say whether it can be done, by one or by two."""
        return self.verdict is not Verdict.REFUSED


@dataclass(frozen=True, slots=True)
class FunctionShown:
    """Hold how one function of a card stands."""

    name: Text
    state: Text
    tone: Tone


@dataclass(frozen=True, slots=True)
class CardShown:
    """Hold a card of the registry."""

    id: int
    number: Text
    generation: Text
    bank: str
    life: Text
    functions: tuple[FunctionShown, ...]
    chip: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """Hold an application of the registry."""

    id: int
    said: Text
    open: bool


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Hold a service that was begun and is not over."""

    key: str
    service: Text


@dataclass(frozen=True, slots=True)
class Holder:
    """Hold a person with everything that concerns them, and what can be done for them."""

    name: str
    kind: Text
    documents: tuple[Text, ...]
    alive: bool
    cards: tuple[CardShown, ...] = ()
    applications: tuple[ApplicationShown, ...] = ()
    rights: tuple[Text, ...] = ()
    waiting: tuple[Text, ...] = ()
    owed: tuple[Text, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    offers: Mapping[Actor, tuple[Offer, ...]] = field(default_factory=dict)
    """By who comes."""
    known: bool = True
    """Whether the registry knows them: a stranger may still apply."""


@dataclass(frozen=True, slots=True)
class Face:
    """Hold the card that lies in a reader, as its chip says it, and its holder.

    ``holder`` is None where the registry does not know the card; ``trouble`` says why the chip
    cannot be read.
    """

    chip: str
    number: str
    name: str
    pin_set: bool | None
    trouble: Text | None = None
    open_money: tuple[Text, ...] = ()
    card: CardShown | None = None
    holder: Holder | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """Hold what the rules say of one request, with whom it is about in clear.

    ``supervisor``: whoever agrees has to be one. ``chip`` is the card's that lies on the reader,
    None where none does.
    """

    service: Service
    verdict: Verdict
    reasons: tuple[Text, ...]
    instead: tuple[Text, ...]
    bring: tuple[Paper, ...]
    tell: tuple[Text, ...]
    pin: Pin
    supervisor: bool = False
    name: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    card: Text | None = None
    chip: str | None = None


@dataclass(frozen=True, slots=True)
class PaperRead:
    """Hold a document that was read by the ID reader."""

    named: Named
    sex: str = ""
    birth: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    authority: str = ""
    valid_until: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """Hold how one part of the desk is; ``good`` is None where it is not there by choice.

    ``minor``: it works, and will hurt some day. ``code`` is the doctor's or the error catalogue's.
    """

    part: Text
    said: Text
    good: bool | None
    remedy: Text | None = None
    minor: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """Hold what was found wrong with the audit, by chain; nothing where it is whole."""

    chain: str | None
    found: tuple[tuple[str, Text], ...]
