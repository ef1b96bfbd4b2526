"""Rows of the lists of the room of cards: read from the registry, masked, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from terminal.beijing_time import beijing_day
from terminal.masking import Masked, mask_number
from terminal.registry import cards, found_cards, lists, parcels, persons, reminders, watch
from terminal.registry.applications import SORTS
from terminal.registry.cards import Card
from terminal.registry.lists import Kept, OpenApplication
from terminal.registry.machines import Parcel as ParcelState
from terminal.registry.transaction import Transaction
from terminal.rules.states import LIFE, PROGRESS, Life, Progress, Social
from terminal.rules.terms import Deadline
from terminal.rules.working_days import WorkingDays
from terminal.services.offered.custody import DESTROY, InCustody, in_custody
from terminal.services.offered.found import MATTERS, Matter, kept_until
from terminal.services.offered.ordering import production_deadline
from terminal.texts import Text
from terminal.web.card_acts import CardAct
from terminal.web.page import Page

ToMake = tuple[OpenApplication, Deadline | None]
AT_ONCE = 50
"""Rows of a list on one page."""
MOST_CARDS = 100
"""Cards of a batch in one form: what is done leaves the list, and the rest comes up."""
_NO_NUMBER = Text("尚无卡号", "no number yet")
_CARD = Text("卡 {number}（{shown}）", "card {number} ({shown})")
_TO_MAKE = frozenset({Progress.APPLIED, Progress.VERIFIED, Progress.MAKING})
_ON_THE_SPOT = Text("现场制作", "on the spot")


@dataclass(frozen=True, slots=True)
class Row:
    """Hold a row: what it is about, in cells, and what can be done."""

    number: int
    cells: tuple[Text | str, ...]
    acts: tuple[CardAct, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Hold the part of a list that a page shows; ``older`` and ``newer`` are addresses."""

    rows: tuple[Any, ...]
    total: int
    first: int
    older: str = ""
    newer: str = ""


def part_of(page: Page, name: str, rows: Sequence[Any]) -> Listed:
    """Give the part of a list that is asked for, ``AT_ONCE`` rows."""
    said = page.request.query_params.get(name, "")
    start = int(said) if said.isascii() and said.isdecimal() and len(said) < _DIGITS else 0
    start = min(start, max(0, len(rows) - 1))
    older = newer = ""
    if start + AT_ONCE < len(rows):
        older = "?" + urlencode({name: start + AT_ONCE})
    if start:
        newer = "?" + urlencode({name: max(0, start - AT_ONCE)})
    return Listed(tuple(rows[start : start + AT_ONCE]), len(rows), start, older, newer)


_DIGITS = 9


def shown_card(card: Card) -> Text | str:
    """Give a card's number, masked."""
    return mask_number(card.number) if card.number else _NO_NUMBER


def found_rows(tx: Transaction, found: Iterable[found_cards.Kept], at: datetime) -> list[Row]:
    """Show found cards; one that is used no more is given back to nobody."""
    rows = []
    for each in found:
        until = kept_until(each)
        useless = each.card.over or each.card.social.state == Social.REPLACED
        acts = () if useless else (CardAct.GIVE_BACK,)
        if useless or until.passed(at):
            acts = (*acts, CardAct.DESTROY_FOUND)
        whose = str(persons.get(tx, each.card.person_id).name)
        cells = (shown_card(each.card), whose, str(beijing_day(each.since)), until.text)
        rows.append(Row(each.card.id, cells, acts))
    return rows


def watched_rows(tx: Transaction, found: Iterable[watch.Listed]) -> list[Row]:
    """Show entries of the blacklist."""
    rows = []
    for each in found:
        if each.card_id is not None:
            shown = shown_card(cards.get(tx, each.card_id))
            whom: Text | str = _CARD.filled(number=each.card_id, shown=shown)
        else:
            whom = "" if each.person_id is None else str(persons.get(tx, each.person_id).name)
        cells = (whom, str(beijing_day(each.from_at)), each.reason)
        rows.append(Row(each.id, cells, (CardAct.TAKE_OFF,)))
    return rows


def reported_rows(found: Iterable[watch.Report]) -> list[Row]:
    """Show what was told to the integrity file: what kind, never what was seen."""
    return [
        Row(
            each.id,
            (
                MATTERS[Matter(each.matter)],
                str(beijing_day(each.at)),
                f"{each.operator} + {each.second}",
                _PASSED_ON if each.passed_on else _NOT_YET,
            ),
        )
        for each in found
    ]


_PASSED_ON = Text("市已收到", "the city has it")
_NOT_YET = Text("待报送", "not passed on yet")


def to_post(tx: Transaction, bank: str) -> list[Kept]:
    """Give the bank's cards that wait to be posted, the newest first."""
    by_post = {each.card_id for each in lists.open_applications(tx) if each.by_post}
    waiting = reversed(lists.kept(tx, [Life.READY]))
    return [each for each in waiting if each.card_id in by_post and each.bank == bank]


def in_the_post(tx: Transaction, bank: str) -> list[Kept]:
    """Give the bank's cards that the post has, the newest first."""
    return [each for each in reversed(lists.kept(tx, [Life.POSTED])) if each.bank == bank]


def lost_in_post(tx: Transaction, bank: str) -> list[Kept]:
    """Give the bank's cards that the post lost, the newest first."""
    return [
        each
        for each in reversed(lists.kept(tx, [Life.RECALLED]))
        if each.bank == bank and _lost(tx, each.card_id)
    ]


def parcel_rows(tx: Transaction, found: Iterable[Kept], *acts: CardAct) -> list[Row]:
    """Show cards with the parcel that they are in, or were."""
    rows = []
    for each in found:
        parcel = parcels.last_of(tx, each.card_id)
        tracking = "" if parcel is None else parcel.tracking
        cells = (_number(each.number), str(each.whose), str(beijing_day(each.since)), tracking)
        rows.append(Row(each.card_id, cells, acts))
    return rows


def kept_rows(found: Iterable[InCustody]) -> list[Row]:
    """Show cards in custody, and what is to be done with each."""
    rows = []
    for each in found:
        kept = each.kept
        acts: tuple[CardAct, ...] = ()
        if each.recall is not None and each.recall.now:
            acts = (CardAct.RECALL,)
        elif each.what == DESTROY and kept.life is not Life.HANDED_IN:
            acts = (CardAct.DESTROY,)
        by = "" if each.recall is None else each.recall.deadline.text
        since = str(beijing_day(kept.since))
        cells = (_number(kept.number), str(kept.whose), LIFE[kept.life], since, each.what, by)
        rows.append(Row(kept.card_id, cells, acts))
    return rows


def all_kept(tx: Transaction, calendar: WorkingDays, bank: str) -> list[InCustody]:
    """Give the bank's cards in custody, the newest first."""
    return list(reversed(in_custody(tx, calendar, bank)))


def batch_rows(tx: Transaction, bank: str) -> list[Row]:
    """Show the batches of which an employer has cards that are not handed out, the newest first."""
    out: dict[int, list[OpenApplication]] = {}
    for each in lists.open_applications(tx):
        if each.batch_id is not None and each.life is Life.EMPLOYER and each.bank == bank:
            out.setdefault(each.batch_id, []).append(each)
    return [
        Row(
            number,
            (
                of_it[0].employer,
                "" if of_it[0].collected_at is None else str(beijing_day(of_it[0].collected_at)),
                str(len(of_it)),
            ),
            (CardAct.EMPLOYER,),
        )
        for number, of_it in sorted(out.items(), reverse=True)
    ]


def out_of_batch(tx: Transaction, batch: int) -> list[Row]:
    """Show a batch's cards that the employer has, so many as a form takes."""
    found = [
        each
        for each in lists.open_applications(tx)
        if each.batch_id == batch and each.life is Life.EMPLOYER and each.card_id is not None
    ]
    return [
        Row(card.id, (shown_card(card), str(each.whose)))
        for each in found[:MOST_CARDS]
        for card in (cards.get(tx, each.card_id or 0),)
    ]


def to_make(tx: Transaction, calendar: WorkingDays) -> list[ToMake]:
    """Give what is to be made, what is wanted first in front, as the command line does."""
    found = [each for each in lists.open_applications(tx) if each.progress in _TO_MAKE]
    due = [(each, production_deadline(each, calendar)) for each in found]

    def by_day(one: ToMake) -> tuple[bool, str, int]:
        deadline = one[1]
        return deadline is not None, deadline.day.isoformat() if deadline else "", one[0].id

    return sorted(due, key=by_day)


_NEXT = {
    Progress.APPLIED: (CardAct.VERIFY,),
    Progress.VERIFIED: (CardAct.START,),
    Progress.MAKING: (CardAct.MADE, CardAct.SPOILT),
}


def making_rows(found: Iterable[ToMake]) -> list[Row]:
    """Show applications whose card is to be made, with the step that is next."""
    rows = []
    for each, deadline in found:
        by = _ON_THE_SPOT if deadline is None else deadline.text
        batch = "" if each.batch_id is None else str(each.batch_id)
        cells = (str(each.whose), SORTS[each.sort], batch, each.bank, PROGRESS[each.progress], by)
        rows.append(Row(each.id, cells, (*_NEXT[each.progress], CardAct.WITHDRAW)))
    return rows


def death_rows(tx: Transaction, found: Iterable[reminders.Taken]) -> list[Row]:
    """Show reminders that were taken: whose, and whether it was taken back since."""
    rows = []
    for number, each in enumerate(found, 1):
        person = persons.get(tx, each.person_id)
        stands = _CORRECTED if person.alive else _STANDS
        document = person.document
        cells = (str(each.reminded_on), str(person.name), str(document.number), stands)
        rows.append(Row(number, cells))
    return rows


_STANDS = Text("已停止发放", "nothing is handed over")
_CORRECTED = Text("已更正，在世", "taken back: alive")


def _lost(tx: Transaction, card_id: int) -> bool:
    parcel = parcels.last_of(tx, card_id)
    return parcel is not None and parcel.standing.state == ParcelState.LOST


def _number(number: Masked[str] | None) -> Text | str:
    return _NO_NUMBER if number is None else str(number)
