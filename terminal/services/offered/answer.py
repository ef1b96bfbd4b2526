"""What a service answers: what was done, what the holder is told, what is still owed.

It is the data of the receipt and of the acceptance slip 受理单; it names the holder masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from terminal.errors import RequestWrong
from terminal.rules.vocabulary import Service
from terminal.texts import Text

KEY = Text("流水号", "the key")
ERASED = Text(
    "这笔业务的个人信息已按保存期限删除，不能再凭它查看或重做；要办请换一个新流水号",
    "what was done under it was erased when its time was over: take a new key to do it",
)


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line of a slip: what it is, and its value in both languages."""

    label: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold how a service ended.

    ``repeated``: it was done before under this key, and not again. ``owed`` are duties that
    another party has not confirmed yet, each with whom to telephone.
    """

    service: Service
    key: str
    number: str
    at: datetime
    person: str
    lines: tuple[Line, ...] = ()
    tell: tuple[Text, ...] = ()
    owed: tuple[Text, ...] = ()
    repeated: bool = False

    def document(self) -> dict[str, Any]:
        """Give it as JSON has it, to be put on record; what is owed changes and is left aside."""
        return {
            "service": self.service.value,
            "key": self.key,
            "number": self.number,
            "at": self.at.isoformat(),
            "person": self.person,
            "lines": [[_both(each.label), _both(each.value)] for each in self.lines],
            "tell": [_both(each) for each in self.tell],
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Answer:
        """Read what :meth:`document` gave; raises RequestWrong for one that was erased."""
        if not document:
            raise RequestWrong(item=KEY, detail=ERASED)
        return cls(
            Service(document["service"]),
            document["key"],
            document["number"],
            datetime.fromisoformat(document["at"]),
            document["person"],
            tuple(Line(Text(*label), Text(*value)) for label, value in document["lines"]),
            tuple(Text(*each) for each in document["tell"]),
        )


def line(label: Text, value: Text | str) -> Line:
    """Make a line; a value that is the same in both languages may be plain text."""
    return Line(label, value if isinstance(value, Text) else Text(value, value))


def _both(text: Text) -> list[str]:
    return [text.zh, text.en]
