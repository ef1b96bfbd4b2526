"""What no card decides, two people do: with the clearing party's word, and on record.

Reference transit-purse.md §5; the issue's "cannot tell goes to a person with all evidence".
"""

from __future__ import annotations

from terminal.errors import CorrectionWrong, SecondPersonNeeded
from terminal.journal.journal import SHOWN_KEY, Journal
from terminal.journal.model import Entry, Fact, State
from terminal.texts import Text

LOOKED = "evidence_reason"
"""The fact that an entry has once its card was asked and did not decide."""


def decide_by_people(
    journal: Journal, key: str, *, happened: bool, operator: str, second: str, reason: str
) -> Entry:
    """Note how an entry ended, by the word of two people; ``reason`` says on what grounds.

    Only for an entry whose card was asked and could not tell. Raises SecondPersonNeeded,
    CorrectionWrong, EntryUnknown.
    """
    if not second or second == operator:
        raise SecondPersonNeeded(
            detail=Text(
                "须由两人认定：复核人不能为空，也不能是经办人自己",
                "two people decide: the second has to be named, and another than the operator",
            )
        )
    entry = journal.find(key)
    if entry.state is not State.UNKNOWN or LOOKED not in entry.facts:
        raise CorrectionWrong(
            key=entry.key[:SHOWN_KEY],
            detail=Text(
                "它已有结果，或还没有查过卡：请先运行 guitai transit recover",
                "it has an outcome, or its card was not asked yet: run guitai transit recover",
            ),
        )
    if not reason:
        raise CorrectionWrong(
            key=entry.key[:SHOWN_KEY],
            detail=Text("没有写明依据", "the grounds are not stated"),
        )
    facts: dict[str, Fact] = {"decided_by": operator, "agreed_by": second, "grounds": reason}
    if not happened:
        return journal.undone(entry, facts)
    before = entry.facts.get("balance_before")
    if isinstance(before, int):
        facts |= {"balance_after": before + entry.intention.amount, "tac_checked": None}
    return journal.done(entry, facts)
