"""When a service asks for the service PIN: the digest's PIN column, changeable by configuration.

What sets or changes the PIN always does. Another service may be made to ask for it, or not to, but
only one that has the card on the desk and is not for a card that is lost or whose chip may be dead:
there the rules ask for documents only. Never the bank PIN (R-TWO-PINS).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.errors import ConfigWrong
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import Paper, Pin, Service
from terminal.texts import Text

_DOCUMENTS_ONLY = frozenset(
    {Service.UNLOSS, Service.RENEW, Service.DATA_BASIC, Service.BANK_CHANGE, Service.PARK_MOVE}
)
"""Services with a card whose chip may be unreadable, or that was lost (Rules Art. 14, 16)."""
_FIXED = frozenset({Pin.SET, Pin.OLD})
CHOOSABLE = frozenset(
    service
    for service, row in TABLE.items()
    if row.pin not in _FIXED
    and service not in _DOCUMENTS_ONLY
    and (Paper.CARD in row.papers or row.pin is Pin.VERIFY)
)
"""Services of which the configuration may say whether the PIN is asked for."""


def chosen_pins(named: Mapping[str, str], source: str) -> Mapping[Service, Pin]:
    """Read the configuration's word (``[rules.pin]``); raises ConfigWrong."""
    return MappingProxyType(
        {_service(name, source): _pin(name, said, source) for name, said in named.items()}
    )


def pin_of(service: Service, chosen: Mapping[Service, Pin]) -> Pin:
    """Say what a service wants of the PIN."""
    return chosen.get(service, TABLE[service].pin)


def _service(name: str, source: str) -> Service:
    if name not in CHOOSABLE:
        listed = ", ".join(sorted(CHOOSABLE))
        detail = Text(
            f"rules.pin 中的 {name} 不能改；可改的有 {listed}",
            f"rules.pin: {name} is none of {listed}",
        )
        raise ConfigWrong(path=source, detail=detail)
    return Service(name)


def _pin(name: str, said: str, source: str) -> Pin:
    if said not in {Pin.NONE, Pin.VERIFY}:
        detail = Text(
            f"rules.pin.{name} 应为 verify 或 none", f"rules.pin.{name} is neither verify nor none"
        )
        raise ConfigWrong(path=source, detail=detail)
    return Pin(said)
