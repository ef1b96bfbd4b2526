"""Sit down at the desk: the registry, the other parties, who is signed in, who agrees."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import click

from terminal.cli.app import Session, help_text
from terminal.cli.desk import second_person, signed_in
from terminal.cli.operations import reason_option
from terminal.errors import WrongUsage
from terminal.registry.operators import Role, SignedIn
from terminal.rules.vocabulary import Channel
from terminal.services.clock import demand_clock
from terminal.services.offered.desk import Desk
from terminal.services.offered.sitting import desk_of, where_of
from terminal.services.opening import open_registry_of
from terminal.services.operators import NOBODY
from terminal.texts import Text

MOST_REASON = 200
_LONG = Text("--reason 不能超过 {most} 个字", "--reason has at most {most} characters")


@dataclass(frozen=True, slots=True)
class AtWhat:
    """Say what the desk's options said: who agrees, on what grounds."""

    second: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class At:
    """Hold the desk, who is signed in at it, and which parties have answered since."""

    desk: Desk
    signed_in: SignedIn
    answered: set[str] = field(default_factory=set)

    def demand(self, roles: Collection[Role]) -> None:
        """Demand one of some roles of who is signed in; raises RoleMissing."""
        self.signed_in.demand(*(each for each in Role if each in roles))


def desk_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--second`` and ``--reason``; it gets them as ``at_what``."""

    @functools.wraps(command)
    def collected(*arguments: Any, second: str, reason: str, **more: Any) -> Any:
        if len(reason) > MOST_REASON:
            raise WrongUsage(detail=_LONG.filled(most=MOST_REASON))
        return command(*arguments, at_what=AtWhat(second, reason), **more)

    return click.option(
        "--second",
        default="",
        metavar="ID",
        help=help_text("复核人工号，在本柜台输入密码", "who agrees, with their password"),
    )(reason_option(collected))


@contextmanager
def at_desk(session: Session, what: AtWhat, roles: Collection[Role]) -> Iterator[At]:
    """Open the registry and sit down; one of ``roles`` is wanted of who is signed in.

    Raises NotSignedIn, RoleMissing, ClockJumped, and what opening and agreeing raise.
    """
    answered: set[str] = set()
    with closing(open_registry_of(session.config)) as registry:
        who = signed_in(session, registry)
        who.demand(*(each for each in Role if each in roles))
        desk = desk_of(
            session.config,
            registry,
            who.operator,
            reason=what.reason,
            answered=answered.add,
        )
        if what.second:
            agreed = second_person(session, registry, who, what.second)
            desk = desk.with_second(agreed.operator, what.reason, agreed.roles)
        yield At(desk, who, answered)


@contextmanager
def unattended(session: Session) -> Iterator[Desk]:
    """Open the registry for a timer: nobody sits at the desk, and none is shown anything."""
    with closing(open_registry_of(session.config)) as registry:
        demand_clock(registry)
        yield desk_of(session.config, registry, NOBODY)


def channel_of(session: Session) -> Channel:
    """Say which of the regulation's channels this counter is."""
    return where_of(session.config).channel
