"""Sit down at the configured desk: where it stands, what it works with, its parties and calendar.

The command line and the console make their desks here, from one configuration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from terminal.config import Config
from terminal.errors import ConfigWrong, FileTrouble
from terminal.parties.lines import parties_from
from terminal.parties.park import from_settings
from terminal.registry.store import Registry
from terminal.rules.case import Where
from terminal.rules.vocabulary import Channel
from terminal.rules.working_days import KNOWN, TableWrong, WorkingDays, parse_table
from terminal.services.offered.desk import Desk
from terminal.services.offered.pin_policy import chosen_pins
from terminal.services.opening import chain_of, registry_place
from terminal.texts import Text

_TABLE_WRONG = Text("放假安排表 {path}：{detail}", "the holidays in {path}: {detail}")
_NOT_TEXT = Text("不是 UTF-8 编码的文字", "it is no text in UTF-8")


def _unheard(_: str) -> None:
    """Tell nobody."""


def desk_of(
    config: Config,
    registry: Registry,
    operator: str,
    *,
    reason: str = "",
    answered: Callable[[str], object] = _unheard,
) -> Desk:
    """Make the desk at which an operator sits; ``answered`` is told which party has answered.

    Raises ConfigWrong, FileTrouble.
    """
    return Desk(
        registry,
        parties_from(config, answered),
        where_of(config),
        config.outlet.id,
        operator,
        reason=reason,
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


def visiting(desk: Desk) -> Desk:
    """Take the desk to a holder's home (Rules Art. 25)."""
    return replace(desk, where=replace(desk.where, visiting=True, instant=False))
