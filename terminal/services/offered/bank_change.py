"""Change of the partner bank 变更合作银行 (S-BANK-CHANGE, R-BANK-6M, Rules Art. 16).

The holder's need is ground enough; the new bank makes the card, with an account of its own, and the
old card works until the new one is enabled. "After a change of partner bank" (更换合作银行后) is
read as: after the card of the new bank was handed over. An application that came to nothing changes
no bank, and begins no six months. Within them a second person may agree, with a recorded reason
(原则上).

Wishes: bank (the new one), payout, valid_until, instant.
"""

from __future__ import annotations

import dataclasses

from terminal.registry.applications import Sort
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import Service
from terminal.services.offered.answer import line
from terminal.services.offered.apply import demand_guardian
from terminal.services.offered.ordering import current_document, placed, wished
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import card_line
from terminal.texts import Text

_OLD_BANK = Text("原合作银行", "bank until now")


def record(run: Running, tx: Transaction) -> Recorded:
    """Put the application on record; raises RequestWrong, SeatTaken."""
    demand_guardian(run.request, run.desk)
    card = run.situation.some_card
    person = current_document(tx, run.situation.some_person, run.request, run.desk)
    new = wished(run, person, Sort.BANK, run.request.wish("bank"), card)
    recorded = placed(run, tx, person, new, old=card)
    return dataclasses.replace(
        recorded,
        lines=(card_line(card), line(_OLD_BANK, card.bank), *recorded.lines),
        card=card,
    )


WORK = Work(Service.BANK_CHANGE, record)
