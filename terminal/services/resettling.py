"""Settle at once what a card left open when it was pulled: it is put back and asked.

Reference transit-purse.md §5, 5 ("闪卡"): the holder is told to lay the card on again, only the
same card is taken, and its evidence decides.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from terminal.errors import (
    CannotTell,
    DidNotHappen,
    GuitaiError,
    NoPurse,
    OtherCard,
    PurseUnsettled,
)
from terminal.journal.journal import Journal
from terminal.journal.model import KINDS, Entry, State, shown_key
from terminal.money import yuan
from terminal.services.purse_work import REFUSALS
from terminal.services.transit import Progress, PurseResult, TransitDesk
from terminal.texts import Text

OpenDesk = Callable[[], AbstractContextManager[TransitDesk]]
"""Visit the card that lies in the reader now, or comes soon, and make a desk over it."""

NextCard = Callable[[], None]
"""Wait until the card there was taken away and one was laid; raises NoCard when time is over."""

_ASKING = Text("正在向卡查问结果……", "Asking the card how it ended …")
_PUT_BACK = Text("请把同一张卡放回读卡器，正在等待……", "Put the same card back, waiting …")
_TAKE_AWAY = Text(
    "这不是刚才那张卡，请放回原来的卡", "This is another card; put the first one back"
)
MOST_CARDS = 3
"""How many other cards may come before it is given up."""


def settle_when_back(
    unsettled: PurseUnsettled,
    journal: Journal,
    open_desk: OpenDesk,
    next_card: NextCard,
    progress: Progress,
) -> PurseResult:
    """Wait for the card of an open entry and settle it by what the card shows.

    Gives the result where it happened, raises DidNotHappen where it did not, CannotTell where
    nobody can say; and the error that it began with where the card does not come back, or cannot
    be asked: that money may have moved matters more than why it is not told now.
    """
    entry = journal.known(str(unsettled.facts["key"]))
    if entry is None:
        raise unsettled
    progress(_ASKING if _lies_there(unsettled) else _PUT_BACK)
    for _ in range(MOST_CARDS):
        try:
            with open_desk() as desk:
                return _settled(desk, entry)
        except (CannotTell, DidNotHappen):
            raise
        except (OtherCard, NoPurse):
            progress(_TAKE_AWAY)
        except GuitaiError:
            break
        try:
            next_card()
        except GuitaiError:
            break
    raise unsettled


def _lies_there(unsettled: PurseUnsettled) -> bool:
    """Tell whether the card did answer, so that nobody has taken it away."""
    return unsettled.__cause__ is None or isinstance(unsettled.__cause__, REFUSALS)


def _settled(desk: TransitDesk, entry: Entry) -> PurseResult:
    result = desk.settle(entry)
    kind = KINDS[entry.intention.kind]
    if result.entry.unfinished:
        raise CannotTell(kind=kind, key=shown_key(entry.key), reason=result.reason)
    if result.entry.state is State.UNDONE:
        raise DidNotHappen(kind=kind, amount=yuan(abs(entry.intention.amount)))
    return desk.result(result.entry)
