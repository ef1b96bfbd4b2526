"""What no card decides, two people do: with the clearing party's word, and on record.

Reference transit-purse.md §5; the issue's "cannot tell goes to a person with all evidence".
"""

from __future__ import annotations

from terminal.errors import CardNotAsked, DecisionRefused
from terminal.journal.journal import Journal
from terminal.journal.model import Entry, Kind, State, shown_key
from terminal.services.two_people import NO_GROUNDS, decided_by, demand_two, why_over
from terminal.texts import Text

LOOKED = "evidence_reason"
"""The fact that an entry has once its card was asked and did not decide."""
PASSES = frozenset({Kind.PASS_SALE, Kind.PASS_ACTIVATION, Kind.PASS_MOVE})

_PASS = Text(
    "年票业务请用 guitai park decide 认定", "a park pass is decided with guitai park decide"
)
_NEVER_SENT = Text(
    "还没有向卡发出写入命令，只能认定为未发生（undone）",
    "nothing was sent to the card, so it can only be undone",
)


def decide_by_people(
    journal: Journal,
    key: str,
    *,
    happened: bool,
    operator: str,
    second: str,
    reason: str,
    without_card: bool = False,
) -> Entry:
    """Note how an entry ended, by the word of two people; ``reason`` says on what grounds.

    Only for an entry whose card was asked and could not tell, or, ``without_card``, will never be
    asked. Raises SecondPersonNeeded, DecisionRefused, CardNotAsked, EntryUnknown.
    """
    demand_two(operator, second)
    entry = journal.find(key)
    _demand_open(entry, happened=happened, grounds=reason.strip(), without_card=without_card)
    facts = decided_by(operator, second, reason, without_card=without_card)
    if not happened:
        return journal.undone(entry, facts)
    before = entry.facts.get("balance_before")
    if isinstance(before, int):
        facts |= {"balance_after": before + entry.intention.amount, "tac_checked": None}
    return journal.done(entry, facts)


def _demand_open(entry: Entry, *, happened: bool, grounds: str, without_card: bool) -> None:
    """Demand an entry that people may decide so; raises DecisionRefused, CardNotAsked."""
    key, state = shown_key(entry.key), entry.state
    if entry.intention.kind in PASSES:
        raise DecisionRefused(key=key, detail=_PASS)
    if not entry.unfinished:
        raise DecisionRefused(key=key, detail=why_over(entry))
    asked = state is State.UNKNOWN and LOOKED in entry.facts
    if not asked and not without_card:
        raise CardNotAsked(key=key)
    if happened and state is State.BEGUN:
        raise DecisionRefused(key=key, detail=_NEVER_SENT)
    if not grounds:
        raise DecisionRefused(key=key, detail=NO_GROUNDS)
