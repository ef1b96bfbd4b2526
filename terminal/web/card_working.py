"""What a worker does for the room of cards: an act is tried, shown, and then done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from terminal.errors import CardUnknown, OtherCard, SecondWanted
from terminal.registry import cards
from terminal.registry.cards import Card
from terminal.registry.transaction import Transaction
from terminal.rules.decision import Decision
from terminal.rules.states import Life
from terminal.rules.vocabulary import Generation
from terminal.services.offered.at_card import card_on
from terminal.services.offered.chip_facts import ChipFacts, read_chip
from terminal.services.offered.desk import Desk
from terminal.services.offered.rehearsing import on_trial
from terminal.services.offered.slot import Slot, Tools
from terminal.services.offered.stepping import get_application, not_now
from terminal.texts import Text
from terminal.web.card_about import about
from terminal.web.card_acts import CardAct, Subject, Work, WorkChecked, WorkDone
from terminal.web.card_doing import do
from terminal.web.card_lines import CARD
from terminal.web.card_specs import SPECS
from terminal.web.messages import CheckWork, DoWork

OpenTools = Callable[[], AbstractContextManager[Tools]]
_ASKS = frozenset({CardAct.REGISTER, CardAct.ELECTRONIC, CardAct.CORRECT_DEATH})
"""Acts that ask other parties before they do anything, and tell them nothing."""
_TELLS = frozenset({CardAct.VERIFY, CardAct.VERIFY_ALL, CardAct.FETCH_DEATHS})
"""Acts that other parties take part in: what would come of them nobody can say before."""
_NONE: tuple[Text, ...] = ()
_TRIAL = "trial"
_AT_CONSOLE = "console"
_LAST = 4
_NOT_KNOWN = Text(
    "登记库中没有这张卡；来历不明的，由两人办理“上报冒用、伪造、买卖”",
    "the registry does not know it; one of unknown origin two people report",
)


def work_on(desk: Desk, job: CheckWork | DoWork, tools: OpenTools) -> WorkChecked | WorkDone:
    """Try an act and say what would come of it, or do it; raises the catalogue's leaves."""
    return check_work(desk, job, tools) if isinstance(job, CheckWork) else do_work(desk, job, tools)


def check_work(desk: Desk, job: CheckWork, tools: OpenTools) -> WorkChecked:
    """Say whom an act is about and what would come of it; raises what stands in its way."""
    work, chip = _read(desk, job.work, job.reader, tools)
    after, doubts = WorkDone(), _NONE
    if work.act not in _TELLS:
        after, doubts = _tried(desk, work, chip)
    shown = about(desk, work, chip, job.by.reason or _AT_CONSOLE)
    moves = work.act is CardAct.HAND_IN or SPECS[work.act].subject is Subject.CARD
    stands = tuple(each for each in after.lines if each.label != CARD) if moves else ()
    return WorkChecked(work, shown, stands, doubts)


def do_work(desk: Desk, job: DoWork, tools: OpenTools) -> WorkDone:
    """Do it under its key; raises OtherCard where the card was changed since it was checked."""
    chip = None
    if job.work.act is CardAct.REGISTER:
        chip = _chip(job.reader, tools)
        if chip.chip != job.work.chip:
            raise OtherCard(wanted=job.work.chip[-_LAST:], found=chip.chip[-_LAST:])
    return do(desk, job.work, job.key, chip)


def _tried(desk: Desk, work: Work, chip: ChipFacts | None) -> tuple[WorkDone, tuple[Text, ...]]:
    """Do it on trial: gives what comes of it, and why it takes a second person."""
    asks = work.act in _ASKS
    agreed = on_trial(desk, asks=asks, agreed=True)
    if SPECS[work.act].two:
        return do(agreed, work, _TRIAL, chip), _NONE
    try:
        return do(on_trial(desk, asks=asks), work, _TRIAL, chip), _NONE
    except SecondWanted as wanted:
        decision = wanted.facts.get("decision")
        reasons = decision.reasons if isinstance(decision, Decision) else ()
        said = tuple(each.sentence for each in reasons)
        why = said or (Text(wanted.cause("zh"), wanted.cause("en")),)
    return do(agreed, work, _TRIAL, chip), why


def _read(desk: Desk, work: Work, reader: str, tools: OpenTools) -> tuple[Work, ChipFacts | None]:
    """Give the work with the card that is meant, and what that card tells."""
    match work.act:
        case CardAct.HAND_IN:
            number = work.wish("number")
            return replace(work, number=_found(desk, number, reader, tools).id), None
        case CardAct.REPORT if work.wish("number"):
            with desk.registry.reading() as tx:
                known = _by_number(tx, work.wish("number"))
            return replace(work, number=None if known is None else known.id), None
        case CardAct.MADE if not (work.wish("number") or work.wish("chip")):
            chip = _chip(reader, tools)
            told = {"number": chip.number, "chip": chip.chip, "transit": chip.transit_number}
            return replace(work, said={**work.said, **told}), chip
        case CardAct.REGISTER:
            chip = _chip(reader, tools)
            return replace(work, chip=chip.chip), chip
        case CardAct.SPOILT:
            return replace(work, said={**work.said, "card": _being_made(desk, work)}), None
        case _:
            return work, None


def _being_made(desk: Desk, work: Work) -> str:
    """Name the card of an application, so that a late repeat does not spoil the next one."""
    with desk.registry.reading() as tx:
        application = get_application(tx, work.number or 0)
    if application.card_id is None:
        raise not_now(application)
    return str(application.card_id)


def _chip(reader: str, tools: OpenTools) -> ChipFacts:
    with tools() as opened, Slot(opened, reader or None) as slot:
        return read_chip(slot)


def _found(desk: Desk, number: str, reader: str, tools: OpenTools) -> Card:
    """Find the card that was handed in: by its number, else the reader's; raises CardUnknown."""
    if number:
        with desk.registry.reading() as tx:
            card = _by_number(tx, number)
    else:
        with tools() as opened, Slot(opened, reader or None) as slot:
            seen = card_on(slot).identity
        if not seen.chip and seen.trouble is not None:
            raise seen.trouble
        with desk.registry.reading() as tx:
            card = cards.by_chip(tx, seen.chip.upper()) if seen.chip else None
    if card is None:
        raise CardUnknown(detail=_NOT_KNOWN)
    return card


def _by_number(tx: Transaction, number: str) -> Card | None:
    """Find a card by its number: the one in somebody's hands, where several have it."""
    several = [
        each
        for each in cards.by_number(tx, number.strip().upper())
        if each.generation is not Generation.ELECTRONIC
    ]
    there = (each for each in several if each.life.state in {Life.HELD, Life.HANDED_IN})
    return next(there, several[0] if several else None)
