"""What no card decides about a pass, two people do; the park system is told what they found.

A move is not decided so: its passes go on to another card, or stay (terminal/services/park_move).
"""

from __future__ import annotations

from terminal.errors import DecisionRefused, SecondPersonNeeded
from terminal.journal import STATES, Entry, Journal, Kind, State
from terminal.journal.model import Fact, shown_key
from terminal.parties.park import ParkSystem
from terminal.services.park_card import LOOKED, PASS_KINDS
from terminal.texts import Text

_TWO = Text(
    "须由两人认定：复核人不能为空，也不能是经办人自己",
    "two people decide: the second has to be named, and another than the operator",
)
_NO_GROUNDS = Text("没有写明依据（--reason）", "the grounds are not stated (--reason)")
_NO_PASS = Text("不是年票业务", "it is nothing about a park pass")
_A_MOVE = Text(
    "转移不由人认定：请用 guitai park recover 继续，旧卡坏了用 guitai park move --dead，"
    "新卡坏了或丢了用 guitai park move --instead",
    "people do not decide a move: go on by guitai park recover, by guitai park move --dead where"
    " the old card is dead, by guitai park move --instead where the new one is dead or lost",
)
_OVER = Text("它已有结果：{state}", "it has an outcome: {state}")
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
    if _person(second) in {"", _person(operator)}:
        raise SecondPersonNeeded(detail=_TWO)
    entry = journal.find(key)
    why_not = _why_not(entry, card_has=card_has, without_card=without_card)
    if why_not is None and not reason.strip():
        why_not = _NO_GROUNDS
    if why_not is not None:
        raise DecisionRefused(key=shown_key(entry.key), detail=why_not)
    facts: dict[str, Fact] = {
        "decided_by": operator.strip(),
        "agreed_by": second.strip(),
        "grounds": reason.strip(),
    }
    if without_card:
        facts["without_card"] = True
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
        state = STATES[entry.state]
        return Text(_OVER.say("zh", state=state.zh), _OVER.say("en", state=state.en))
    if not without_card and LOOKED not in entry.facts:
        return _ASK_THE_CARD
    if card_has and entry.state is State.BEGUN:
        return _NEVER_SENT
    return None


def _person(name: str) -> str:
    return name.strip().casefold()
