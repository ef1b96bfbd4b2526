"""What a check finds, and the kinds of it, each declared once beside its check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from terminal.texts import Text


class Level(StrEnum):
    """Say how bad it is."""

    OK = "ok"
    """As it should be."""
    NOTE = "note"
    """Worth knowing; nothing need be done."""
    WARN = "warn"
    """It works, and will hurt some day."""
    FAIL = "fail"
    """It does not work like this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one thing found, its sentences filled in; ``warn`` and ``fail`` have a remedy."""

    code: str
    level: Level
    what: Text
    remedy: Text | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """Declare what may be found; ``{facts}`` in its sentences are filled in by ``found``."""

    code: str
    level: Level
    what: Text
    remedy: Text | None = None

    def found(self, **facts: object) -> Finding:
        """Make a finding of this kind."""
        remedy = None if self.remedy is None else self.remedy.filled(**facts)
        return Finding(self.code, self.level, self.what.filled(**facts), remedy)


def verdict(findings: Iterable[Finding]) -> Level:
    """Give the worst of all levels; notes count as ok."""
    levels = {each.level for each in findings}
    for level in (Level.FAIL, Level.WARN):
        if level in levels:
            return level
    return Level.OK
