"""What no card decides about a pass, two people do; the park system is told what they found.

A move is not decided so: its passes go on to another card, or stay (terminal/services/park_move).
"""

from __future__ import annotations

from terminal.errors import DecisionRefused
from terminal.journal import Entry, Journal, Kind, State
from terminal.journal.model import shown_key
from terminal.parties.park import ParkSystem
from terminal.services.park_card import LOOKED, PASS_KINDS
from terminal.services.two_people import NO_GROUNDS, decided_by, demand_two, why_over
from terminal.texts import Text

_NO_PASS = Text("不是年票业务", "it is nothing about a park pass")
_A_MOVE = Text(
    "转移不由人认定：请用 guitai park recover 继续，旧卡坏了用 guitai park move --dead，"
    "新卡坏了或丢了用 guitai park move --instead",
    "people do not decide a move: go on by guitai park recover, by guitai park move --dead where"
    " the old card is dead, by guitai park move --instead where the new one is dead or lost",
)
_ASK_THE_CARD = Text(
    "卡能说明的不由人认定：请放上这张卡运行 guitai park recover；卡确实回不来的加 --without-card",
    "what the card can tell people do not decide: lay it and run guitai park recover; if it will"
    " never come back add --without-card",
)
_NEVER_SENT = Text(
    "没有向卡发出写入命令，只能认定为卡上没有（--card-has no）",
    "nothing was sent to the card, so it cannot have it (--card-has no)",
)


def decide_by_people(
    park: ParkSystem,
    journal: Journal,
    key: str,
    *,
    card_has: bool,
    operator: str,
    second: str,
    reason: str,
    without_card: bool = False,
) -> Entry:
    """Note by the word of two people whether a card has what was to be written on it.

    For what its card was asked about in vain or, ``without_card``, will never be asked. Raises
    SecondPersonNeeded, DecisionRefused, EntryUnknown, and what the park system does: then nothing
    is noted, and it may be decided again.
    """
    demand_two(operator, second)
    entry = journal.find(key)
    why_not = _why_not(entry, card_has=card_has, without_card=without_card)
    if why_not is None and not reason.strip():
        why_not = NO_GROUNDS
    if why_not is not None:
        raise DecisionRefused(key=shown_key(entry.key), detail=why_not)
    facts = decided_by(operator, second, reason, without_card=without_card)
    if card_has:
        park.confirm(entry.key)
        return journal.done(entry, facts)
    park.release(entry.key)
    return journal.undone(entry, facts)


def _why_not(entry: Entry, *, card_has: bool, without_card: bool) -> Text | None:
    """Say why people may not decide it so, None where they may."""
    if entry.intention.kind not in PASS_KINDS:
        return _NO_PASS
    if entry.intention.kind is Kind.PASS_MOVE:
        return _A_MOVE
    if not entry.unfinished:
        return why_over(entry)
    if not without_card and LOOKED not in entry.facts:
        return _ASK_THE_CARD
    if card_has and entry.state is State.BEGUN:
        return _NEVER_SENT
    return None
