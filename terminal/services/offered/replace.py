"""Replacement of a lost card 补领 (S-REPLACE, R-UNLOSS-NOT-REPLACED, Rules Art. 15).

After a formal loss. Where only the social function was reported lost, that is enough: the bank's
loss is taken in the same visit or flow (own reading, as the digest has it). From the application on
the old card is never restored. Of one that came to nothing (refused, withdrawn, recalled) the lost
card may be replaced again.

Wishes: valid_until where the document was renewed, by_post, instant.
"""

from __future__ import annotations

import dataclasses

from terminal.parties.bank import StopReason
from terminal.registry import cards
from terminal.registry.applications import Sort
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Service
from terminal.services.offered import owing
from terminal.services.offered.answer import line
from terminal.services.offered.apply import demand_guardian
from terminal.services.offered.ordering import current_document, placed, wished
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import FINANCIAL_FUNCTION, card_line
from terminal.texts import Text

_LOST_TOO = Text("同时办理了挂失", "reported lost along with it")


def record(run: Running, tx: Transaction) -> Recorded:
    """Put the application on record, end the hope for the old card, stop its account.

    Raises RequestWrong, SeatTaken, MovedMeanwhile.
    """
    demand_guardian(run.request, run.desk)
    card = run.situation.some_card
    person = current_document(tx, run.situation.some_person, run.request, run.desk)
    recorded = placed(run, tx, person, wished(run, person, Sort.REPLACE, card.bank, card), old=card)
    if card.social.state == Social.LOST:
        card = cards.move(tx, card, Kind.SOCIAL, "replace", Social.REPLACED, run_id=run.id)
    lines, owed = (card_line(card), *recorded.lines), recorded.duties
    if card.financial.state in {Financial.ON, Financial.STOPPED}:
        card = cards.move(tx, card, Kind.FINANCIAL, "lose", Financial.LOST, run_id=run.id)
        owed = (owing.stop_financial(card, StopReason.FORMAL_LOSS), *owed)
        lines = (*lines, line(FINANCIAL_FUNCTION, _LOST_TOO))
    return dataclasses.replace(recorded, lines=lines, duties=owed, card=card)


WORK = Work(Service.REPLACE, record)
