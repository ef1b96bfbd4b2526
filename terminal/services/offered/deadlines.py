"""Every open term of the rules, sorted by day: what is due, whose, by when, by which rule.

Nothing is kept of it and no timer fires: it is counted from the events whenever somebody asks
(docs/decisions/0011), a few queries however many cards there are (terminal/registry/lists.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from terminal.beijing_time import beijing_day
from terminal.registry import lists
from terminal.registry.applications import SORTS, Sort
from terminal.registry.lists import OpenApplication
from terminal.registry.transaction import Transaction
from terminal.rules.recalls import recall_of
from terminal.rules.states import Financial, Life, Progress
from terminal.rules.terms import (
    EMPLOYER_RETURN,
    FIRST_PRODUCTION,
    REPLACEMENT_PRODUCTION,
    SOCIAL_CANCELLED_REMINDER,
    TEMPORARY_LOSS,
    Deadline,
    RuleTerm,
)
from terminal.rules.working_days import WorkingDays
from terminal.services.offered.ordering import production_deadline
from terminal.texts import Text

_MOMENT = timedelta(microseconds=1)
_TO_BE_MADE = frozenset({Progress.APPLIED, Progress.VERIFIED, Progress.MAKING})
_ON_THE_SPOT = ("R-MAKE-NOW", "Rules Art. 22")
_MAKE = Text("制卡（{sort}）", "to be made ({sort})")
_RETURN = Text("单位退回未发放的卡 {count} 张", "{count} cards to come back from the employer")
_RECALL = Text("召回未领取的卡", "an uncollected card to be recalled")
_COLLECT = Text("领取，逾期召回", "to be collected, else recalled")
_RECALL_DEAD = Text("召回已死亡人员的卡", "a deceased person's card to be recalled")
_REMIND = Text("提醒银行限制非柜面业务", "the bank to be reminded of an account")
_LAPSE = Text(
    "临时挂失期满，功能自动恢复", "a temporary loss ends, and the function is back by itself"
)


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """Hold an open term: its rule and article, what is due, whose (masked), by when.

    ``passed``: it is over at the moment that was asked for; ``days_left`` counts the days after
    today, 0 on the last one, negative once it is over.
    """

    rule: str
    article: str
    what: Text
    whose: str
    deadline: Deadline
    passed: bool
    days_left: int
    card_id: int | None = None
    application_id: int | None = None
    batch_id: int | None = None


def deadlines(tx: Transaction, calendar: WorkingDays) -> tuple[DeadlineLine, ...]:
    """Give every open term at the transaction's moment, the nearest day first."""
    opened = lists.open_applications(tx)
    lines = [
        *_productions(tx.at, opened, calendar),
        *_returns(tx.at, opened, calendar),
        *_recalls(tx.at, opened, calendar),
        *_reminders(tx, calendar),
        *_losses(tx),
    ]
    return tuple(sorted(lines, key=lambda each: (each.deadline.day, each.rule, each.whose)))


def _productions(
    at: datetime, opened: Iterable[OpenApplication], calendar: WorkingDays
) -> Iterator[DeadlineLine]:
    """Give what is to be made (R-MAKE-30, R-MAKE-4WD); on the spot is the same day (R-MAKE-NOW)."""
    for each in opened:
        if each.progress not in _TO_BE_MADE:
            continue
        deadline = production_deadline(each, calendar)
        term = FIRST_PRODUCTION if each.sort is Sort.FIRST else REPLACEMENT_PRODUCTION
        rule, article = (term.rule, term.article) if deadline is not None else _ON_THE_SPOT
        yield _line(
            at,
            (rule, article),
            _MAKE.filled(sort=SORTS[each.sort]),
            str(each.whose),
            deadline or Deadline(beijing_day(each.applied_at)),
            card_id=each.card_id,
            application_id=each.id,
        )


def _returns(
    at: datetime, opened: Iterable[OpenApplication], calendar: WorkingDays
) -> Iterator[DeadlineLine]:
    """Give what employers are to bring back (R-GROUP-30): a line for each day of collection."""
    out: dict[tuple[int, Deadline], tuple[str, int]] = {}
    for each in opened:
        if each.life is Life.EMPLOYER and each.life_since is not None and each.batch_id is not None:
            key = (each.batch_id, EMPLOYER_RETURN.deadline(each.life_since, calendar))
            out[key] = (each.employer, out.get(key, ("", 0))[1] + 1)
    for (batch_id, deadline), (employer, count) in out.items():
        what = _RETURN.filled(count=count)
        yield _line(at, _named(EMPLOYER_RETURN), what, employer, deadline, batch_id=batch_id)


def _recalls(
    at: datetime, opened: Iterable[OpenApplication], calendar: WorkingDays
) -> Iterator[DeadlineLine]:
    """Give what waits to be collected, or is to be recalled (R-UNCOLLECTED-6M, R-DEAD-10WD)."""
    for each in opened:
        if each.life is None:
            continue
        recall = recall_of(
            each.life,
            each.financial or Financial.NONE,
            each.since,
            each.deceased,
            at,
            calendar,
        )
        if recall is None:
            continue
        what = _RECALL if recall.now else _COLLECT
        if each.deceased is not None:
            what = _RECALL_DEAD
        yield _line(
            at,
            _named(recall.term),
            what,
            str(each.whose),
            recall.deadline,
            card_id=each.card_id,
            application_id=each.id,
        )


def _reminders(tx: Transaction, calendar: WorkingDays) -> Iterator[DeadlineLine]:
    """Give the reminders that banks are to have (R-FIN-6M)."""
    for each in lists.waiting(tx, "remind"):
        deadline = SOCIAL_CANCELLED_REMINDER.deadline(each.made_at, calendar)
        yield _line(
            tx.at,
            _named(SOCIAL_CANCELLED_REMINDER),
            _REMIND,
            str(each.whose),
            deadline,
            card_id=each.card_id,
        )


def _losses(tx: Transaction) -> Iterator[DeadlineLine]:
    """Give the temporary losses that run out (R-TEMP-15)."""
    for each in lists.stopped_for_now(tx):
        deadline = Deadline(beijing_day(each.until - _MOMENT))
        yield _line(
            tx.at,
            _named(TEMPORARY_LOSS),
            _LAPSE,
            str(each.whose),
            deadline,
            card_id=each.card_id,
        )


def _named(term: RuleTerm) -> tuple[str, str]:
    return term.rule, term.article


def _line(
    at: datetime,
    rule: tuple[str, str],
    what: Text,
    whose: str,
    deadline: Deadline,
    *,
    card_id: int | None = None,
    application_id: int | None = None,
    batch_id: int | None = None,
) -> DeadlineLine:
    return DeadlineLine(
        *rule,
        what,
        whose,
        deadline,
        deadline.passed(at),
        deadline.days_left(at),
        card_id,
        application_id,
        batch_id,
    )
