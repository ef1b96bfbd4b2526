"""Sit down at the desk: the registry, the other parties, who is signed in, who agrees."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from terminal.cli.app import Session, help_text
from terminal.cli.desk import second_person, signed_in
from terminal.cli.operations import reason_option
from terminal.config import Config
from terminal.errors import ConfigWrong, FileTrouble, WrongUsage
from terminal.parties.lines import parties_from
from terminal.parties.park import from_settings
from terminal.registry.operators import Role, SignedIn
from terminal.registry.store import Registry
from terminal.rules.case import Where
from terminal.rules.vocabulary import Channel
from terminal.rules.working_days import KNOWN, TableWrong, WorkingDays, parse_table
from terminal.services.clock import demand_clock
from terminal.services.offered.desk import Desk
from terminal.services.offered.pin_policy import chosen_pins
from terminal.services.opening import chain_of, open_registry_of, registry_place
from terminal.services.operators import NOBODY
from terminal.texts import Text

MOST_REASON = 200
_TABLE_WRONG = Text("放假安排表 {path}：{detail}", "the holidays in {path}: {detail}")
_NOT_TEXT = Text("不是 UTF-8 编码的文字", "it is no text in UTF-8")
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
        desk = _desk(session.config, registry, who.operator, what, answered)
        if what.second:
            agreed = second_person(session, registry, who, what.second)
            desk = desk.with_second(agreed.operator, what.reason, agreed.roles)
        yield At(desk, who, answered)


@contextmanager
def unattended(session: Session) -> Iterator[Desk]:
    """Open the registry for a timer: nobody sits at the desk, and none is shown anything."""
    with closing(open_registry_of(session.config)) as registry:
        demand_clock(registry)
        yield _desk(session.config, registry, NOBODY, AtWhat(), set())


def _desk(
    config: Config, registry: Registry, operator: str, what: AtWhat, answered: set[str]
) -> Desk:
    return Desk(
        registry,
        parties_from(config, answered.add),
        where_of(config),
        config.outlet.id,
        operator,
        reason=what.reason,
        calendar=calendar_of(config),
        chain=chain_of(config),
        pins=chosen_pins(config.rules.pin, config.source),
        banks=config.rules.banks,
    )


def demand_desk(config: Config) -> None:
    """Read all that a desk takes from the configuration; raises ConfigWrong, FileTrouble."""
    registry_place(config)
    chain_of(config)
    where_of(config)
    calendar_of(config)
    chosen_pins(config.rules.pin, config.source)
    parties_from(config)
    if config.park.url:
        from_settings(config.park, config.source)


def channel_of(session: Session) -> Channel:
    """Say which of the regulation's channels this counter is."""
    return where_of(session.config).channel


def where_of(config: Config) -> Where:
    """Say where this outlet stands among the regulation's channels."""
    outlet = config.outlet
    return Where(Channel(outlet.channel), outlet.bank, outlet.instant)


def calendar_of(config: Config) -> WorkingDays:
    """Give the working days, with the configured table; raises FileTrouble, ConfigWrong."""
    name = config.rules.holidays_file
    if not name:
        return KNOWN
    try:
        return WorkingDays(parse_table(Path(name).read_text("utf-8")))
    except OSError as error:
        raise FileTrouble(path=name, detail=error.strerror) from error
    except UnicodeDecodeError as error:
        raise FileTrouble(path=name, detail=_NOT_TEXT) from error
    except TableWrong as error:
        detail = _TABLE_WRONG.filled(path=name, detail=error.text)
        raise ConfigWrong(path=config.source, detail=detail) from error
