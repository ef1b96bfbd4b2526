"""The line to another party: a call of a port as JSON, its answer as the port's value.

Project-defined. Asked is ``{"party": "bank", "call": "activate", "arguments": {…}}``; answered
``{"result": …}``, or ``{"refused": {"code": "refused", "reason": {"zh": …, "en": …}}}`` with code
``contradiction`` where the key stands for something else. Calls, arguments and results are those of
the port, by its signatures (terminal/parties/codec.py). ASCII both ways, and bounded.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, get_type_hints

from terminal.config import Party
from terminal.errors import (
    ConfigWrong,
    HostAnswerWrong,
    HostUnreachable,
    PartyAnswerWrong,
    PartyContradicts,
    PartyMissing,
    PartyRefused,
    PartyUnreachable,
)
from terminal.keys.https_host import HttpsHost
from terminal.parties.codec import Unfit, dump, load, parse
from terminal.texts import Text

MOST_BYTES = 1_048_576
"""Size of the longest answer we take: a long piece of a blacklist."""
Ask = Callable[[str], str]
"""A line: it takes a text and gives one; raises HostUnreachable, HostAnswerWrong, LookupError."""

_TELEPHONE = Text("请致电 {telephone}", "telephone {telephone}")
_NO_TELEPHONE = Text("请直接联系对方", "ask it directly")
_NO_ADDRESS = Text("地址不对（404）", "no such address (404)")
_OTHER_ANSWER = Text("它答的不是所问的那一笔（{at}）", "it answers another question ({at})")
_NOT_AS_AGREED = Text("{at} 不合约定", "{at} is not as agreed")


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Hold who a party is: its name in the configuration, what people call it, its telephone."""

    name: str
    title: Text
    telephone: str = ""

    @property
    def contact(self) -> Text:
        """Say how people reach it, to stand inside a sentence."""
        return _TELEPHONE.filled(telephone=self.telephone) if self.telephone else _NO_TELEPHONE

    @property
    def facts(self) -> dict[str, object]:
        """Give what every error of the family says of it."""
        return {
            "party": self.title,
            "contact": self.contact,
            "setting": f"parties.{self.name}.url",
        }


class RefusalCode(StrEnum):
    """Say how a party refuses."""

    REFUSED = "refused"
    CONTRADICTION = "contradiction"
    """The key stands for something else."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Hold a party's refusal; nothing was done."""

    code: RefusalCode
    reason: Text


class RemoteParty:
    """Be a port at the end of a line: :func:`remote` gives it the port's calls."""

    def __init__(self, party: Counterpart, ask: Ask) -> None:
        self.party = party
        self._ask = ask

    def _call(self, call: _Call, *given: object, **named: object) -> Any:
        """Ask, and read the answer; raises the PartyErrors, TypeError for wrong arguments."""
        asked = call.bound(*given, **named)
        text = json.dumps(
            {"party": self.party.name, "call": call.name, "arguments": call.dumped(asked)}
        )
        facts = self.party.facts
        try:
            document = parse(self._ask(text))
            if type(document) is dict and document.keys() == {"refused"}:
                refusal: Refusal = load(Refusal, document["refused"], "refused")
            elif type(document) is dict and document.keys() == {"result"}:
                result = load(call.result, document["result"], f"{call.name}.result")
                _hold_against(asked, result, facts)
                return result
            else:
                raise Unfit(call.name)
        except HostUnreachable as error:
            raise PartyUnreachable(**facts, detail=error.facts["detail"]) from error
        except HostAnswerWrong as error:
            raise PartyAnswerWrong(**facts, detail=error.facts["detail"]) from error
        except LookupError as error:
            raise PartyAnswerWrong(**facts, detail=_NO_ADDRESS) from error
        except Unfit as error:
            detail = _NOT_AS_AGREED.filled(at=error.at)
            raise PartyAnswerWrong(**facts, detail=detail) from error
        if refusal.code is RefusalCode.CONTRADICTION:
            raise PartyContradicts(**facts, detail=refusal.reason)
        raise PartyRefused(**facts, reason=refusal.reason)


@dataclass(frozen=True, slots=True)
class _Call:
    """Hold a call of a port: its signature, the types of its arguments and of its result."""

    name: str
    signature: inspect.Signature
    arguments: Mapping[str, Any]
    result: Any

    def bound(self, *given: object, **named: object) -> dict[str, object]:
        bound = self.signature.bind(None, *given, **named)
        bound.apply_defaults()
        return dict(list(bound.arguments.items())[1:])

    def dumped(self, asked: Mapping[str, object]) -> dict[str, object]:
        return {name: dump(self.arguments[name], value) for name, value in asked.items()}


def remote(port: Any, party: Counterpart, ask: Ask) -> Any:
    """Make a port at the end of a line, from the port's own protocol."""
    return _remote_class(port)(party, ask)


def missing(port: Any, party: Counterpart) -> Any:
    """Make a port that is not configured: each of its calls raises PartyMissing."""

    def ask(_text: str) -> str:
        raise PartyMissing(**party.facts)

    return remote(port, party, ask)


def line_from(settings: Party, name: str, source: str) -> Ask:
    """Make the line that the configuration names; raises ConfigWrong, FileTrouble."""
    return host_from(settings, name, source).ask


def host_from(settings: Party, name: str, source: str) -> HttpsHost:
    """Make what a party is asked by; raises ConfigWrong, FileTrouble."""
    try:
        return HttpsHost(
            settings.url,
            ca_file=settings.ca_file,
            certificate_file=settings.certificate_file,
            private_key_file=settings.private_key_file,
            timeout=settings.timeout_seconds,
            most_bytes=MOST_BYTES,
        )
    except ValueError as error:
        raise ConfigWrong(
            path=source,
            detail=Text(
                f"parties.{name}.url 应为 https:// 地址（本机可用 http://）",
                f"parties.{name}.url is no https:// address (http:// on this machine)",
            ),
        ) from error


@cache
def _remote_class(port: Any) -> type[RemoteParty]:
    methods = {
        name: _method(each)
        for name, each in vars(port).items()
        if inspect.isfunction(each) and not name.startswith("_")
    }
    return type(f"Remote{port.__name__}", (RemoteParty,), {"__doc__": port.__doc__, **methods})


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a call's method for a remote party."""
    types = get_type_hints(function)
    result = types.pop("return")
    call = _Call(function.__name__, inspect.signature(function), types, result)

    def method(self: RemoteParty, *given: object, **named: object) -> Any:
        return self._call(call, *given, **named)

    method.__name__ = function.__name__
    method.__doc__ = function.__doc__
    return method


def _hold_against(asked: Mapping[str, object], result: object, facts: Mapping[str, object]) -> None:
    """Hold what an answer repeats (AS_ASKED) against what was asked; raises PartyContradicts."""
    if not is_dataclass(result):
        return
    known = dict(asked)
    for each in asked.values():
        if is_dataclass(each):
            known = {name.name: getattr(each, name.name) for name in fields(each)} | known
    for each in fields(result):
        repeats = each.metadata.get("as_asked") and each.name in known
        if repeats and getattr(result, each.name) != known[each.name]:
            raise PartyContradicts(**facts, detail=_OTHER_ANSWER.filled(at=each.name))
