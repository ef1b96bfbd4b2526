"""When a card that was not handed over is recalled (Rules Art. 21): pure, of facts and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from terminal.rules.states import NOT_HANDED_OVER, Financial, Life
from terminal.rules.terms import DECEASED_RECALL, UNCOLLECTED, Deadline, RuleTerm
from terminal.rules.working_days import KNOWN, WorkingDays


@dataclass(frozen=True, slots=True)
class Recall:
    """Hold by which rule a card is recalled, and the rule's term.

    ``now``: it is to be recalled, by the end of the term. Else it waits, and is recalled once the
    term is over.
    """

    term: RuleTerm
    deadline: Deadline
    now: bool


def recall_of(
    life: Life,
    financial: Financial,
    made_at: datetime,
    deceased: datetime | date | None,
    at: datetime,
    calendar: WorkingDays = KNOWN,
) -> Recall | None:
    """Say when a card is recalled; None for one that nothing is to be done with.

    ``made_at`` is when it was ready for collection first: that it went out by post or to an
    employer and came back does not begin the term anew. ``deceased`` is when the city reminded of
    the person's death.
    """
    if life not in NOT_HANDED_OVER:
        return None
    if deceased is not None:
        return Recall(DECEASED_RECALL, DECEASED_RECALL.deadline(deceased, calendar), now=True)
    if financial is Financial.NONE:
        return None
    deadline = UNCOLLECTED.deadline(made_at, calendar)
    return Recall(UNCOLLECTED, deadline, now=deadline.passed(at))
