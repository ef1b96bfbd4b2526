"""From an application to its card: verified, made, spoilt, or given up (R-MAKE-30, R-MAKE-4WD).

Each step commits by itself, is on record, and may be asked for again: one that is done already
changes nothing. Its keys towards other parties are made from the application's own (rights.py), so
whoever asks, and after whatever crash, asks for the same thing.

The making itself is the card maker's, central or at the counter: ``made`` and ``spoilt`` say how it
ended. Rules Art. 4, 7, 22.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from card_profiles.identifiers import is_card_number
from terminal.beijing_time import beijing_day
from terminal.errors import RequestWrong
from terminal.parties.card_management import CardEvent
from terminal.registry import applications, batches, cards, seats
from terminal.registry.applications import Application
from terminal.registry.cards import Card, Made
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import OPEN_PROGRESS, Life, Progress
from terminal.services.offered import announcing, owing, rights, withdrawal
from terminal.services.offered.desk import Desk
from terminal.services.offered.stepping import (
    Step,
    deliver_owed,
    demand,
    get_application,
    give_back,
    not_now,
    note,
    owe,
    owe_employer,
    person_of,
)
from terminal.services.offered.verifying import refuse, verify
from terminal.texts import Text

__all__ = [
    "PATIENCE",
    "Step",
    "made",
    "refuse",
    "run_due",
    "spoilt",
    "start",
    "verify",
    "withdraw",
]

PATIENCE = 3
"""How many applications in a row may wait for a party before the others are left for later."""

_CHIP = re.compile(r"[0-9A-F]{32}")
_TRANSIT_NUMBER = re.compile(r"[0-9]{0,20}")
_CARD_NUMBER = Text("卡号", "the card's number")
_CARD_NUMBER_FORM = Text(
    "应为 9 位数字或大写字母，最后一位是校验码；请对照卡面",
    "it has 9 digits or capital letters, the last a check character: compare it with the card",
)
_CHIP_ID = Text("芯片识别码", "the chip's id")
_CHIP_FORM = Text("应为 32 位十六进制数", "it has 32 hexadecimal digits")
_CHIP_KNOWN = Text("已登记在另一张卡上", "another card has it on record")
_TRANSIT = Text("交通卡号", "the transit number")
_TRANSIT_FORM = Text("应为不超过 20 位数字", "it has at most 20 digits")
_ACCOUNT = Text("银行账户", "the bank account")
_ACCOUNT_OTHER = Text("不是银行为这项申请开立的", "it is not the one that the bank opened for it")
_CARD_OTHER = Text("这项申请制成的是另一张卡", "another card was made for this application")


def start(desk: Desk, application_id: int) -> Card:
    """Order the card of a verified application, and give it; again, it is the same card.

    Raises RequestWrong where it is not verified, ApplicationUnknown.
    """
    with desk.registry.writing() as tx:
        application = get_application(tx, application_id)
        if application.progress.state in {Progress.MAKING, Progress.MADE}:
            return _card(tx, application)
        demand(application, Progress.VERIFIED)
        card = cards.order(
            tx, application.person_id, application.bank, region=desk.region, run_id=None
        )
        application = applications.name_card(tx, application, card.id)
        seats.seat_card(tx, application.person_id, application.id, card.id)
        application = applications.move(tx, application, "start", Progress.MAKING)
        note(tx, desk, "started", application)
        return card


def made(desk: Desk, application_id: int, made: Made) -> Card:
    """Take a finished card into the bank's custody, and announce it without delay (R-NOTIFY).

    ``made`` may leave the account to be the one that the bank opened. Raises RequestWrong where it
    is not what was ordered, ApplicationUnknown.
    """
    _demand_form(made)
    with desk.registry.writing() as tx:
        application = get_application(tx, application_id)
        if application.progress.state == Progress.MADE:
            card = _same_card(tx, application, made)
        else:
            demand(application, Progress.MAKING)
            card = _known_by(tx, application, made)
            card = cards.move(tx, card, Kind.LIFE, "made", Life.READY)
            application = applications.move(tx, application, "finish", Progress.MADE)
            _announce(tx, application, card)
            note(tx, desk, "made", application)
    deliver_owed(desk, application)
    return card


def spoilt(desk: Desk, application_id: int, card_id: int, why: str) -> Application:
    """Note that a card was spoilt, in making or before anybody had it: another is to be made.

    Not of a person who has died meanwhile: that application is withdrawn. The card is named, for a
    late repeat must not spoil the next one. Raises RequestWrong where the
    card has left, ApplicationUnknown.
    """
    with desk.registry.writing() as tx:
        application = get_application(tx, application_id)
        if application.card_id != card_id:
            return application
        card = _card(tx, application)
        if card.life.state in {Life.WASTE, Life.DESTROYED}:
            return application
        demand(application, Progress.MAKING, Progress.MADE)
        _demand_here(application, card)
        card = cards.move(tx, card, Kind.LIFE, "spoilt", Life.WASTE)
        withdrawal.end_functions(tx, card, run_id=None)
        person = person_of(tx, application)
        if person.alive:
            seats.seat_card(tx, application.person_id, application.id, None)
            application = applications.move(tx, application, "redo", Progress.VERIFIED)
        else:  # no card is made of somebody deceased (R-VERIFY, R-DEAD-10WD)
            back = withdrawal.withdraw(tx, person, application, run_id=None)
            give_back(tx, application, back, ())
            application = get_application(tx, application_id)
        note(tx, desk, "spoilt", application, why=why[:100])
    deliver_owed(desk, application)
    return application


def withdraw(desk: Desk, application_id: int) -> Application:
    """End an application that nobody wants any more, before its card left the bank.

    Its card is waste; one that was ready is recalled, and the application with it. Right and
    account are given back. Raises RequestWrong where the card has left, ApplicationUnknown.
    """
    with desk.registry.writing() as tx:
        application = get_application(tx, application_id)
        if application.progress.state not in {Progress.WITHDRAWN, Progress.RECALLED}:
            demand(application, *OPEN_PROGRESS)
            # One that was spoilt, or lost in the post, is the application's no more.
            if application.progress.state in {Progress.MAKING, Progress.MADE}:
                _demand_here(application, _card(tx, application))
            person = person_of(tx, application)
            back = withdrawal.withdraw(tx, person, application, run_id=None)
            application = get_application(tx, application_id)
            give_back(tx, application, back, announcing.withdrawn(application, person))
            note(tx, desk, "withdrawn", application)
    deliver_owed(desk, application)
    return application


def run_due(desk: Desk) -> tuple[Step, ...]:
    """Verify and start everything that waits for it; gives how what moved or waits stands.

    What is to be made on the spot is started by who makes it. Where nobody answers, the rest is
    left for the next time: each would wait as long.
    """
    with desk.registry.reading() as tx:
        waiting = applications.all_open(tx)
    steps = []
    mute = 0
    for each in waiting:
        step = Step(each)
        if each.progress.state == Progress.APPLIED:
            if mute >= PATIENCE:
                continue
            step = verify(desk, each.id)
            mute = mute + 1 if step.trouble is not None else 0
        if step.application.progress.state == Progress.VERIFIED and not each.instant:
            start(desk, each.id)
            with desk.registry.reading() as tx:
                step = replace(step, application=get_application(tx, each.id))
        if step.application.progress.state != each.progress.state or step.trouble is not None:
            steps.append(step)
    return tuple(steps)


def _card(tx: Transaction, application: Application) -> Card:
    if application.card_id is None:
        raise not_now(application)
    return cards.get(tx, application.card_id)


def _demand_form(made: Made) -> None:
    """Demand that a card is known by what looks like numbers of one; raises RequestWrong."""
    if not is_card_number(made.number):
        raise RequestWrong(item=_CARD_NUMBER, detail=_CARD_NUMBER_FORM)
    for value, pattern, item, detail in (
        (made.chip.upper(), _CHIP, _CHIP_ID, _CHIP_FORM),
        (made.transit_number, _TRANSIT_NUMBER, _TRANSIT, _TRANSIT_FORM),
    ):
        if not pattern.fullmatch(value):
            raise RequestWrong(item=item, detail=detail)


def _same_card(tx: Transaction, application: Application, made: Made) -> Card:
    """Give the card of one that is made already; raises RequestWrong where it is another."""
    card = _card(tx, application)
    if (card.number, card.chip) != (made.number, made.chip.upper()):
        raise RequestWrong(item=_CARD_NUMBER, detail=_CARD_OTHER)
    return card


def _known_by(tx: Transaction, application: Application, made: Made) -> Card:
    """Note what a card is known by; raises RequestWrong for what another card or account is."""
    account = made.account or application.account or ""
    if application.account and account != application.account:
        raise RequestWrong(item=_ACCOUNT, detail=_ACCOUNT_OTHER)
    if cards.by_chip(tx, made.chip.upper()) is not None:
        raise RequestWrong(item=_CHIP_ID, detail=_CHIP_KNOWN)
    day = made.issued_on or beijing_day(tx.at)
    try:
        return cards.made_as(
            tx, _card(tx, application), replace(made, account=account, issued_on=day)
        )
    except IntegrityError as error:
        raise RequestWrong(item=_CHIP_ID, detail=_CHIP_KNOWN) from error


def _demand_here(application: Application, card: Card) -> None:
    """Demand a card that nobody has had yet; raises RequestWrong where it has left."""
    if card.life.state not in {Life.MAKING, Life.READY}:
        raise not_now(application)


def _announce(tx: Transaction, application: Application, card: Card) -> None:
    """Owe the news of a finished card to who collects it, and to the city."""
    person = person_of(tx, application)
    if application.batch_id is None:
        # Not to the dead, whose finished card is recalled (R-DEAD-10WD).
        told = announcing.ready(application, person) if person.alive else ()
        owe(tx, application, f"n{card.id}", told)
    else:
        batch = batches.get(tx, application.batch_id)
        owe_employer(tx, application, announcing.ready_for_employer(batch))
    key = rights.key_of(tx, application)
    report = owing.report(CardEvent.MADE, person, card, tx.at, key)
    owe(tx, application, f"m{card.id}", (report,), card.id)
