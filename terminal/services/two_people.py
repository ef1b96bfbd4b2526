"""Four eyes 双人复核: one person does it, another agrees, and both are put on record."""

from __future__ import annotations

from terminal.errors import SecondPersonNeeded
from terminal.journal.model import STATES, Entry, Fact
from terminal.texts import Text

NO_GROUNDS = Text("没有写明依据（--reason）", "the grounds are not stated (--reason)")
_TWO = Text(
    "须由两人办理：经办人和复核人都不能为空，也不能是同一人",
    "it takes two: operator and second have to be named, and not be one person",
)
_OVER = Text("它已有结果：{state}", "it has an outcome: {state}")


def demand_two(operator: str, second: str) -> None:
    """Demand two people, each named, under whatever spelling; raises SecondPersonNeeded."""
    one, other = (each.strip().casefold() for each in (operator, second))
    if not one or not other or one == other:
        raise SecondPersonNeeded(detail=_TWO)


def decided_by(operator: str, second: str, reason: str, *, without_card: bool) -> dict[str, Fact]:
    """Give the facts of a decision: who, who agreed, on what grounds, and whether unasked."""
    facts: dict[str, Fact] = {
        "decided_by": operator.strip(),
        "agreed_by": second.strip(),
        "grounds": reason.strip(),
    }
    return facts | ({"without_card": True} if without_card else {})


def why_over(entry: Entry) -> Text:
    """Say that an entry has its outcome, so that nobody decides it any more."""
    return _OVER.filled(state=STATES[entry.state])
