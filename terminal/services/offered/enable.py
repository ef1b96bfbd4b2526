"""Enabling the social function 启用 (S-ENABLE, Rules Art. 8), and what ends with it.

R-OLD-UNTIL-NEW (Rules Art. 16): where the card takes another's place, all functions of that one end
in the same moment; so do those of a card between the two, lost before it was enabled and replaced.
For its account that means: the card is no way to it any more. The account is
the bank's and may have money in it, so it is not closed here: the bank gets a referral and does by
its own rules what is to be done, whether it stays the holder's bank or not (Rules Art. 20) [own]. A
transit purse that was not closed when the card was taken back is blocked at clearing, or its
function would go on [own].

R-OLD-GEN (Rules Art. 27): a card of the first two generations loses its social function; it is not
taken back, and whether its financial function is kept is the holder's to say.

The same function does it for S-FIN-ACTIVATE, which never comes alone (Rules Art. 9).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from terminal.parties.bank import Matter
from terminal.parties.card_management import CardEvent
from terminal.parties.clearing import BlockReason
from terminal.parties.messages import MessageKind
from terminal.registry import applications, cards, pending, seats
from terminal.registry.cards import Card
from terminal.registry.duties import NewDuty
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Life, Public, Social
from terminal.rules.vocabulary import Generation, Service
from terminal.services.offered import owing, rights
from terminal.services.offered.answer import Line, line
from terminal.services.offered.running import Recorded, Running, Work, demand_idle
from terminal.services.offered.slip_lines import card_line, shown_number, social_line
from terminal.texts import Text

_ENDED = Text("已失效的旧卡", "old card that has ended")
_ALL = Text("{number}，全部功能", "{number}, all functions")
_SOCIAL_ONLY = Text(
    "{number}，社会保障功能；金融功能可自行选择是否注销",
    "{number}, its social function; its financial one may be kept or cancelled",
)
_OLD_ACCOUNT = Text(
    "旧卡的银行账户和其中的资金，由原发卡银行按其规定处理",
    "the old card's account and what is in it go by its bank's own rules",
)
_ENABLED = Text(
    "您的社会保障卡社会保障功能已启用，旧卡（如有）同时失效。",
    "The social function of your card is enabled; an old card has ended with it.",
)
_HAS_ACCOUNT = frozenset({Financial.OFF, Financial.ON, Financial.STOPPED, Financial.LOST})
_OVER = frozenset({Social.ENDED, Social.CANCELLED})
_OLD_GENERATIONS = frozenset({Generation.FIRST, Generation.SECOND})


@dataclass(frozen=True, slots=True)
class Enabled:
    """Hold what enabling put on record: the card, and what the slip and others are told."""

    card: Card
    lines: tuple[Line, ...]
    duties: tuple[NewDuty, ...]
    tell: tuple[Text, ...]


def record(run: Running, tx: Transaction) -> Recorded:
    """Enable the social function; raises RunOpen, MovedMeanwhile."""
    done = enabled(run, tx, run.situation.some_card)
    return Recorded(
        lines=(card_line(done.card), social_line(done.card), *done.lines),
        duties=done.duties,
        tell=done.tell,
        card=done.card,
    )


def enabled(run: Running, tx: Transaction, card: Card) -> Enabled:
    """Enable a card's social function and end what it takes the place of.

    Raises RunOpen where something is under way with the old card, MovedMeanwhile.
    """
    person = run.situation.some_person
    application = applications.of_card(tx, card.id)
    reserved_by = rights.key_of(tx, application) if application is not None else ""
    card = cards.move(tx, card, Kind.SOCIAL, "enable", Social.ON, run_id=run.id)
    owed = [owing.report(CardEvent.ENABLED, person, card, tx.at, reserved_by)]
    lines: list[Line] = []
    tell: tuple[Text, ...] = ()
    for old in _taken_over(tx, person, card):
        owed += _end_all(run, tx, old)
        lines.append(line(_ENDED, _ALL.filled(number=shown_number(old))))
        tell = (_OLD_ACCOUNT,) if old.financial.state in _HAS_ACCOUNT else tell
    if seats.of_person(tx, person.id).next_card == card.id:
        seats.promote(tx, person.id)
    for each in run.situation.cards:
        if each.generation in _OLD_GENERATIONS and each.social.state not in _OVER:
            _end_social(run, tx, cards.get(tx, each.id))
            lines.append(line(_ENDED, _SOCIAL_ONLY.filled(number=shown_number(each))))
    owed += owing.message(person, _ENABLED, MessageKind.ENABLED)
    return Enabled(card, tuple(lines), tuple(owed), tell)


def _taken_over(tx: Transaction, person: Person, card: Card) -> tuple[Card, ...]:
    """Give the cards whose place it takes: the one in force, and those lost before enabling."""
    taken = seats.of_person(tx, person.id)
    found = [*applications.predecessors(tx, card.id)]
    if taken.next_card == card.id and taken.current_card is not None:
        found.append(taken.current_card)
    read = [cards.get(tx, each) for each in dict.fromkeys(found)]
    return tuple(each for each in read if not each.over)


def _end_all(run: Running, tx: Transaction, old: Card) -> list[NewDuty]:
    """End all functions of the old card, and give what is owed for it."""
    demand_idle(tx, old.id)
    owed: list[NewDuty] = []
    if old.financial.state in _HAS_ACCOUNT and old.account:
        referral = owing.referral(old, Matter.CANCEL, run.part(f"old_account.{old.id}"))
        owed.append(replace(referral, card_id=old.id))
    # What lies in custody and was emptied is closed; any other purse would go on working.
    open_purse = old.transit.state in {Public.OFF, Public.ON}
    if open_purse and old.transit_number and old.life.state != Life.DESTROYED:
        block = owing.block_transit(old.transit_number, BlockReason.CANCELLED)
        owed.append(replace(block, card_id=old.id))
    _end_social(run, tx, old)
    for what, over in (
        (Kind.FINANCIAL, Financial.ENDED),
        (Kind.TRANSIT, Public.ENDED),
        (Kind.PARK, Public.ENDED),
    ):
        if getattr(old, what.value).state not in _NOT_TO_END:
            cards.move(tx, old, what, "end", over, run_id=run.id)
    return owed


_NOT_TO_END = frozenset({"none", "ended", "cancelled"})


def _end_social(run: Running, tx: Transaction, old: Card) -> None:
    if old.social.state not in _OVER:
        cards.move(tx, old, Kind.SOCIAL, "end", Social.ENDED, run_id=run.id)
    pending.drop_all(tx, old.id, run_id=run.id)


WORK = Work(Service.ENABLE, record)
