"""What an entry is: an intention, and the steps it went through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias
from uuid import uuid4

from terminal.beijing_time import BEIJING as BEIJING  # noqa: PLC0414  the journal's users ask here
from terminal.beijing_time import beijing_day as beijing_day  # noqa: PLC0414  the same
from terminal.texts import Text

Fact: TypeAlias = str | int | bool | None
Facts: TypeAlias = Mapping[str, Fact]
"""Evidence by name; bytes are hex, money is fen."""
NO_FACTS: Facts = MappingProxyType({})
SHOWN_KEY = 8
_MADE_UP = re.compile(r"[0-9a-f]{32}")
"""What :func:`new_key` makes: nothing in it says more at one place than at another."""


class State(StrEnum):
    """How far an entry is."""

    BEGUN = "begun"
    """Announced; the card was not touched."""
    SENT = "sent"
    """The command that changes the card may have been sent."""
    DONE = "done"
    UNDONE = "undone"
    """It did not happen, and never will under this key."""
    UNKNOWN = "unknown"
    """Sent, and what the card did with it was not seen."""


MOVES = frozenset(
    {
        (State.BEGUN, State.SENT),
        (State.BEGUN, State.UNDONE),
        (State.SENT, State.DONE),
        (State.SENT, State.UNDONE),
        (State.SENT, State.UNKNOWN),
        # What the card showed, where it did not decide.
        (State.UNKNOWN, State.UNKNOWN),
        (State.UNKNOWN, State.DONE),
        (State.UNKNOWN, State.UNDONE),
        # A later remark, a TAC checked afterwards for example; the outcome stays.
        (State.DONE, State.DONE),
    }
)
"""Every move there is. A process that died leaves ``sent``; it is read like ``unknown``."""
SETTLED = frozenset({State.DONE, State.UNDONE})
STATES = {
    State.BEGUN: Text("已登记", "begun"),
    State.SENT: Text("已发出", "sent"),
    State.DONE: Text("已完成", "done"),
    State.UNDONE: Text("未发生", "did not happen"),
    State.UNKNOWN: Text("结果未知", "outcome unknown"),
}


class Kind(StrEnum):
    """What was to happen."""

    LOAD = "load"
    REFUND = "refund"
    CORRECTION = "correction"
    PAYMENT = "payment"
    CLOSING = "closing"
    PASS_SALE = "pass_sale"  # noqa: S105  a park pass
    PASS_ACTIVATION = "pass_activation"  # noqa: S105  a park pass
    PASS_MOVE = "pass_move"  # noqa: S105  a park pass


KINDS = {
    Kind.LOAD: Text("充值", "load"),
    Kind.REFUND: Text("退资", "refund"),
    Kind.CORRECTION: Text("更正", "correction"),
    Kind.PAYMENT: Text("消费", "payment"),
    Kind.CLOSING: Text("关闭交通功能", "closing"),
    Kind.PASS_SALE: Text("年票售卖", "pass sale"),
    Kind.PASS_ACTIVATION: Text("年票激活", "pass activation"),
    Kind.PASS_MOVE: Text("年票转移", "pass move"),
}


class Method(StrEnum):
    """How money changed hands."""

    CASH = "cash"
    TRANSFER = "transfer"
    NONE = "none"


METHODS = {
    Method.CASH: Text("现金", "cash"),
    Method.TRANSFER: Text("转账", "transfer"),
    Method.NONE: Text("不收付", "none"),
}


class IllegalMove(ValueError):
    """Say that a program asked for a move that is none; a mistake of ours."""


def new_key() -> str:
    """Make a fresh idempotency key; make it where the intention is made, and keep it."""
    return uuid4().hex


def shown_key(key: str) -> str:
    """Give what people see of a key: a clerk's own whole, of a made one enough to find it.

    Keys of services begin with their day, as do the operations in them: cut, they would be alike.
    """
    return key[:SHOWN_KEY] if _MADE_UP.fullmatch(key) else key


@dataclass(frozen=True, slots=True)
class Intention:
    """Hold what is to happen to a card, under a key of its own.

    ``amount`` is the fen by which the card's purse is to change (load +, refund and payment −,
    pass 0), ``till`` the fen that change hands by ``method`` (+ into the till). ``second`` is
    the second person where four eyes are asked for, ``other_card`` where a pass moves to.
    """

    key: str
    kind: Kind
    card: str
    amount: int
    till: int
    method: Method
    operator: str
    second: str = ""
    reason: str = ""
    other_card: str = ""
    facts: Facts = field(default_factory=lambda: NO_FACTS)

    def same_as(self, other: Intention) -> bool:
        """Say whether another means the same; who asked, and who agreed, may differ."""
        return self._meaning() == other._meaning()

    def _meaning(self) -> tuple[object, ...]:
        # The reason too: it may name the entry that is corrected, or the ride that is paid.
        return (self.key, self.kind, self.card, self.other_card, self.reason, *self._money())

    def _money(self) -> tuple[object, ...]:
        return (self.amount, self.till, self.method)


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one move of an entry, and the evidence for it."""

    number: int
    state: State
    at: datetime
    facts: Facts = field(default_factory=lambda: NO_FACTS)


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold an intention and the steps it went through, in their order.

    A ``draft`` was begun and is not in the journal yet; its next step takes it there.
    """

    intention: Intention
    steps: tuple[Step, ...]
    draft: bool = False

    @property
    def key(self) -> str:
        """Give its idempotency key."""
        return self.intention.key

    @property
    def state(self) -> State:
        """Say how far it is."""
        return self.steps[-1].state

    @property
    def begun_at(self) -> datetime:
        """Say when it was announced."""
        return self.steps[0].at

    @property
    def settled_at(self) -> datetime | None:
        """Say when its outcome became known, None where it is not; a remark does not move it."""
        return next((step.at for step in self.steps if step.state in SETTLED), None)

    @property
    def day(self) -> date:
        """Give the Beijing day it was begun on, which is the day it counts to."""
        return beijing_day(self.begun_at)

    @property
    def facts(self) -> Facts:
        """Give all evidence; what came later wins."""
        merged = dict(self.intention.facts)
        for step in self.steps:
            merged |= step.facts
        return merged

    @property
    def unfinished(self) -> bool:
        """Say whether its outcome is still open."""
        return self.state not in SETTLED

    @property
    def settled_later(self) -> bool:
        """Say whether its outcome became known on a later Beijing day than it was begun."""
        settled = self.settled_at
        return settled is not None and beijing_day(settled) > self.day

    def moved(self, state: State, at: datetime, facts: Facts = NO_FACTS) -> Entry:
        """Give the entry after one more step; raises IllegalMove."""
        if (self.state, state) not in MOVES:
            raise IllegalMove(f"{self.state} to {state}")
        return Entry(self.intention, (*self.steps, Step(len(self.steps) + 1, state, at, facts)))
