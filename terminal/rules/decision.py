"""What a decision says: allowed, allowed with a second person, or refused, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from terminal.rules.vocabulary import Paper, Pin, Service
from terminal.texts import Text


class Verdict(StrEnum):
    """What the rules say."""

    ALLOWED = "allowed"
    SECOND = "second_person"
    """Allowed where a second person agrees, on record."""
    REFUSED = "refused"


VERDICTS = {
    Verdict.ALLOWED: Text("可以办理", "can be done"),
    Verdict.SECOND: Text("须两人办理", "takes two people"),
    Verdict.REFUSED: Text("不能办理", "cannot be done"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Say why: by which rule (its id in the digest) and article, and what can be done instead.

    ``article`` is empty where the rule is our own reading (docs/regulation.md, "own").
    ``supervisor``: whoever agrees has to be one.
    """

    rule: str
    article: str
    why: Text
    instead: Text | None = None
    supervisor: bool = False

    @property
    def sentence(self) -> Text:
        """Give the reason, its article and the way out as one sentence."""
        where = cited(self.article)
        said = Text(f"{self.why.zh}{where.zh}", f"{self.why.en}{where.en}")
        if self.instead is None:
            return said
        return Text(f"{said.zh}。{self.instead.zh}", f"{said.en}. {self.instead.en}")


@cache
def cited(article: str) -> Text:
    """Name an article of the Rules in brackets ("13", "16, 21"); "" is our own where they are mute.

    A clerk must not tell a holder that the law says what only we say.
    """
    if not article:
        return Text("（细则未作规定，按柜台规程）", " (the Rules are silent: our own practice)")
    listed = article.replace(", ", "、")
    return Text(f"（实施细则第 {listed} 条）", f" (Rules Art. {article})")


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold what the rules say to a case.

    ``reasons`` are why not, or why two people; ``bring`` which papers are still wanted (a case
    that lacks some is refused, unless it only asks); ``tell`` is what the holder is told.
    """

    service: Service
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    bring: tuple[Paper, ...] = ()
    tell: tuple[Reason, ...] = ()
    pin: Pin = Pin.NONE

    @property
    def allowed(self) -> bool:
        """Say whether it can be done, by one person or by two."""
        return self.verdict is not Verdict.REFUSED
