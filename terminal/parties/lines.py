"""The six other parties together, each at the end of its configured line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.config import Config
from terminal.errors import HostUnreachable, PartyUnreachable
from terminal.parties.bank import BankCore
from terminal.parties.card_management import CardManagement
from terminal.parties.clearing import TransitClearing
from terminal.parties.data_sharing import DataSharing
from terminal.parties.line import Ask, Counterpart, host_from, line_from, missing, remote
from terminal.parties.messages import Messages
from terminal.parties.payment import Payment
from terminal.texts import Text

_PORTS: Mapping[str, tuple[type[Any], Text]] = {
    "bank": (BankCore, Text("银行核心系统", "the bank core")),
    "clearing": (TransitClearing, Text("交通清算系统", "transit clearing")),
    "data_sharing": (DataSharing, Text("数据共享平台", "the data-sharing platform")),
    "messages": (Messages, Text("短信平台", "the message service")),
    "card_management": (CardManagement, Text("市社保卡管理系统", "the card management system")),
    "payment": (Payment, Text("收付系统", "the payment system")),
}
NAMES = tuple(_PORTS)
"""Names of the parties, in the configuration, over the line and in what is kept about them."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Hold the other parties; one that is not configured raises PartyMissing at each call.

    ``counterparts`` says by name whom people telephone about what a party has not confirmed.
    """

    bank: BankCore
    clearing: TransitClearing
    data_sharing: DataSharing
    messages: Messages
    card_management: CardManagement
    payment: Payment
    counterparts: Mapping[str, Counterpart]


def _unheard(_name: str) -> None:
    """Tell nobody."""


def parties_from(config: Config, answered: Callable[[str], object] = _unheard) -> Parties:
    """Make the configured parties' clients; ``answered`` is told the name of who gives an answer.

    Raises ConfigWrong for a wrong address, FileTrouble.
    """
    settings = config.parties.by_name()
    return parties_over(
        {
            name: telling(line_from(each, name, config.source), name, answered)
            for name, each in settings.items()
            if each.url
        },
        {name: each.telephone for name, each in settings.items()},
    )


def counterparts_of(config: Config) -> tuple[tuple[Counterpart, bool], ...]:
    """Name the parties that there could be, and whether the configuration has each."""
    settings = config.parties.by_name()
    return tuple(
        (Counterpart(name, title, settings[name].telephone), bool(settings[name].url))
        for name, (_, title) in _PORTS.items()
    )


def reach(config: Config, party: Counterpart) -> None:
    """Find out whether a party's line answers: it is opened and closed, and nothing is asked.

    Raises PartyUnreachable, ConfigWrong, FileTrouble.
    """
    settings = config.parties.by_name()[party.name]
    try:
        host_from(settings, party.name, config.source).reach()
    except HostUnreachable as error:
        raise PartyUnreachable(**party.facts, detail=error.facts["detail"]) from error


def telling(line: Ask, name: str, answered: Callable[[str], object]) -> Ask:
    """Make a line that says when there was an answer: whoever gives one is there."""

    def ask(text: str) -> str:
        answer = line(text)
        answered(name)
        return answer

    return ask


def parties_over(lines: Mapping[str, Ask], telephones: Mapping[str, str] | None = None) -> Parties:
    """Make the parties' clients over lines, by the parties' names; one without is missing."""
    people = {
        name: Counterpart(name, title, (telephones or {}).get(name, ""))
        for name, (_, title) in _PORTS.items()
    }
    ports = {
        name: remote(port, people[name], lines[name])
        if name in lines
        else missing(port, people[name])
        for name, (port, _) in _PORTS.items()
    }
    return Parties(**ports, counterparts=people)
