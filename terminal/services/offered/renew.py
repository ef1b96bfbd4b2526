"""Renewal of a card 换领 (S-RENEW, R-RENEW-GROUNDS, R-OLD-UNTIL-NEW, Rules Art. 16).

On one of three grounds. The old card works until the new one is enabled; it is handed in when that
one is collected, so a renewal is not posted. Where the ground is changed basic data, they are taken
over here as in S-DATA-BASIC.

Wishes: grounds (face, chip, data), payout (the account for the old card's transit money, also named
later), valid_until, instant.
"""

from __future__ import annotations

import dataclasses

from terminal.registry.applications import Sort
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import GROUNDS, Ground, Service
from terminal.services.offered import data_basic
from terminal.services.offered.answer import line
from terminal.services.offered.apply import demand_guardian
from terminal.services.offered.desk import Desk
from terminal.services.offered.ordering import current_document, placed, wished
from terminal.services.offered.running import Recorded, Running, Work, joined
from terminal.services.offered.situation import NOT_ASKED, Asked, Situation, changes_basic_data
from terminal.services.offered.slip_lines import card_line
from terminal.texts import Text

_GROUNDS = Text("换领情形", "grounds")


def ask(desk: Desk, situation: Situation) -> Asked:
    """Ask for the basic data where they are a ground."""
    return data_basic.ask(desk, situation) if changes_basic_data(situation.request) else NOT_ASKED


def record(run: Running, tx: Transaction) -> Recorded:
    """Put the application on record; raises RequestWrong, SeatTaken."""
    demand_guardian(run.request, run.desk)
    grounds = frozenset(each for each in Ground if each in run.request.wish("grounds").split())
    person, card = run.situation.some_person, run.situation.some_card
    if Ground.DATA in grounds:
        person = data_basic.changed(run, tx)
    else:
        person = current_document(tx, person, run.request, run.desk)
    new = dataclasses.replace(wished(run, person, Sort.RENEW, card.bank, card), grounds=grounds)
    recorded = placed(run, tx, person, new, old=card)
    why = line(_GROUNDS, joined([GROUNDS[each] for each in Ground if each in grounds]))
    return dataclasses.replace(recorded, lines=(card_line(card), why, *recorded.lines), card=card)


WORK = Work(Service.RENEW, record, ask)
