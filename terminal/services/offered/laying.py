"""Lay on the desk the cards that a service works with: the one it is about, the old one too.

No reader is opened for a service that needs no card. Where a card takes an old one's place, that
one lies in a second reader, or both are laid into one, in whatever order: which is which their
chips say. What the holder shows by laying it on counts as shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from terminal.errors import CardWanted, NoCard, PersonUnknown
from terminal.registry import cards, runs
from terminal.registry.cards import Card
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import FACE_TO_FACE, Actor, Paper, Pin, Service
from terminal.services.counter import choose_reader
from terminal.services.offered.at_card import CardAtDesk, card_on, no_card
from terminal.services.offered.desk import Desk
from terminal.services.offered.identity import Identity
from terminal.services.offered.on_desk import ANY_CARD
from terminal.services.offered.request import Request
from terminal.services.offered.run_keys import state_of
from terminal.services.offered.situation import gather, takes_back
from terminal.services.offered.slip_lines import shown_number
from terminal.services.offered.slot import Slot, Tools
from terminal.services.offered.transit_money import DEAD
from terminal.texts import Text

OLD_ROLE, CONTACTLESS_ROLE = "old", "contactless"
"""Readers that the configuration may name, so that nobody has to say them each time."""
_WITH_OLD = frozenset({Service.COLLECT, Service.PARK_MOVE})
_WITHOUT_CHIP = frozenset({Service.INSTANT})
"""Services that write no chip themselves, whatever is said of the PIN."""
ON_CHIP = (
    frozenset(
        each
        for each in Service
        if Paper.CARD in TABLE[each].papers or TABLE[each].pin is not Pin.NONE
    )
    | {Service.CANCEL_ALL}
) - _WITHOUT_CHIP
"""Services that want the card on the reader."""
_GO_WITHOUT = frozenset(
    {Service.COLLECT, Service.DATA_MINOR, Service.CANCEL_ALL, Service.RENEW, Service.BANK_CHANGE}
)
"""Services that can be done all the same where no reader sees the card, or it was not brought."""
_ABOUT_SOMEBODY = frozenset(each for each in Service if TABLE[each].wants_card) | {
    Service.STATUS,
    Service.PROGRESS,
}
"""Services that a card on the reader can say whom they are about."""
_NONE_THERE = Text(
    "读卡器上没有卡；卡读不出来或没有带来的，请加 --no-card 办理",
    "no card lies on the reader; where none can be read, or none was brought, say --no-card",
)
_LAY_OLD = Text(
    "请取走新卡，放上要交回的旧卡（{number}）……",
    "Take the new card away and lay on the old one ({number}) …",
)
_LAY_NEW = Text(
    "这是旧卡。请取走，放上要领取的新卡……", "This is the old card. Lay on the new one instead …"
)


def wants_card(desk: Desk, request: Request) -> bool:
    """Say whether a card has to be laid on for a request: never where there is no desk."""
    if desk.where.channel not in FACE_TO_FACE:
        return False
    if request.service in ON_CHIP:
        return True
    named = request.holder is not None or request.card is not None
    named = named or request.application is not None or request.actor is Actor.EMPLOYER
    return not named and request.service in _ABOUT_SOMEBODY


@dataclass(frozen=True, slots=True)
class Lying:
    """Say in which readers cards lie; ``none``: no reader is to be used.

    ``at_once``: it is a look, and nobody is there to change one card for the other.
    """

    reader: str | None = None
    old_reader: str | None = None
    contactless: str | None = None
    none: bool = False
    at_once: bool = False


@contextmanager
def laid_for(
    desk: Desk,
    request: Request,
    key: str,
    lying: Lying,
    open_tools: Callable[[], AbstractContextManager[Tools]],
) -> Iterator[tuple[Desk, Request]]:
    """Lay the cards on that a request under a key wants; what is over already wants none.

    A reader that is not said is the one with the role ``old`` or ``contactless``, where the
    configuration has it. Raises what :func:`cards_laid` and opening the tools raise.
    """
    state = state_of(desk, key)
    wanted = wants_card(desk, request) or lying.reader is not None
    if state in {runs.DONE, runs.LEFT} or not wanted or (lying.none and state is None):
        yield desk, request
        return
    with open_tools() as tools:
        if lying.none:
            with cards_missing(desk, request, tools, key) as without:
                yield without, request
            return
        with cards_laid(
            desk,
            request,
            tools,
            reader=lying.reader,
            old_reader=lying.old_reader or _in_role(tools, OLD_ROLE),
            contactless=lying.contactless or _in_role(tools, CONTACTLESS_ROLE),
            going_on=state == runs.BEGUN,
            at_once=lying.at_once,
        ) as laid:
            yield laid


def _in_role(tools: Tools, role: str) -> str | None:
    """Give a role as the reader that is meant, where the configuration has it."""
    return role if role in tools.config.readers.roles else None


@contextmanager
def cards_laid(
    desk: Desk,
    request: Request,
    tools: Tools,
    *,
    reader: str | None = None,
    old_reader: str | None = None,
    contactless: str | None = None,
    going_on: bool = False,
    at_once: bool = False,
) -> Iterator[tuple[Desk, Request]]:
    """Give the desk with the cards on it, and the request with what was shown by it.

    ``old_reader`` is where the old card lies, else both go into one; ``at_once`` the second one is
    not waited for, and counts as brought. ``going_on`` with a run, what was shown was shown before,
    and an old card that cannot be read any more is spoken for by the journal. Raises CardWanted,
    NoCard, and what readers and cards raise.
    """
    with ExitStack() as held:
        slot = held.enter_context(Slot(tools, reader, contactless))
        try:
            first = card_on(slot)
        except NoCard as error:
            if request.service not in _GO_WITHOUT:
                raise
            raise CardWanted(card=ANY_CARD, detail=_NONE_THERE) from error
        old: CardAtDesk | None = None
        wanted = _old_card(desk.with_chip(first), request)
        to_come = False
        if wanted is not None:
            beside = old_reader is not None and not _same_reader(slot, old_reader)
            to_come = at_once and not beside
            if not to_come:
                second = old_reader if beside else None
                first, old = _both(held, slot, first, wanted, second, going_on=going_on)
        shown = old is not None if request.service in _WITH_OLD else True
        if (shown or to_come) and not going_on:
            request = replace(request, papers=request.papers | {Paper.CARD})
        yield desk.with_chip(first, old), request


@contextmanager
def cards_missing(desk: Desk, request: Request, tools: Tools, key: str) -> Iterator[Desk]:
    """Give the desk to go on with a run whose cards are not there: the journal speaks for them."""
    shown = Paper.CARD in request.papers
    with_old = request.service in _WITH_OLD
    with Slot(tools) as slot:
        yield desk.with_chip(
            _standing_in(desk, slot, key) if shown and not with_old else None,
            no_card(slot) if shown and with_old else None,
        )


@contextmanager
def no_cards(desk: Desk, tools: Tools, key: str) -> Iterator[Desk]:
    """Give the desk to give a run up: nothing is to happen with its cards, wherever they are."""
    with Slot(tools) as slot:
        yield desk.with_chip(_standing_in(desk, slot, key), no_card(slot))


def _standing_in(desk: Desk, slot: Slot, key: str) -> CardAtDesk:
    """Stand for the card of a run: it is known which one it was."""
    with desk.registry.reading() as tx:
        known = runs.by_key(tx, key)
        card = cards.get(tx, known.card_id) if known is not None and known.card_id else None
    if card is None:
        return no_card(slot)
    return CardAtDesk(slot, Identity(card.chip or "", card.number or "", trouble=NoCard()))


def _both(
    held: ExitStack,
    slot: Slot,
    first: CardAtDesk,
    wanted: Card,
    old_reader: str | None,
    *,
    going_on: bool,
) -> tuple[CardAtDesk, CardAtDesk | None]:
    """Give the new card and the old one: None where it cannot be read, which the service asks of.

    Going on, a card that is not there stands in for it.
    """
    beside = slot
    try:
        if old_reader is not None:
            beside = held.enter_context(Slot(slot.tools, old_reader))
            second = card_on(beside)
            swapped = first.chip and first.chip == wanted.chip
            return (second, first) if swapped else (first, second)
        if first.chip and first.chip == wanted.chip:
            slot.change(_LAY_NEW)
            return card_on(slot), first
        slot.change(_LAY_OLD.filled(number=shown_number(wanted)))
        return first, card_on(slot)
    except NoCard:
        return first, no_card(beside) if going_on else None


def _same_reader(slot: Slot, other: str) -> bool:
    """Say whether another name means the reader of a slot: then both cards go into it, in turn."""
    tools = slot.tools
    return choose_reader(tools.pcsc, tools.config, other) == slot.reader


def _old_card(desk: Desk, request: Request) -> Card | None:
    """Give the old card that has to lie there too; None where there is none, or its chip is dead.

    Who is not known, and what else is wrong, the service itself says.
    """
    if request.service not in _WITH_OLD or request.wish("old_chip") == DEAD:
        return None
    with desk.registry.reading() as tx:
        try:
            return takes_back(gather(tx, desk, request))
        except PersonUnknown:
            return None
