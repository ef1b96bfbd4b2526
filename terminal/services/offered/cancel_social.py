"""Cancellation of the social function 注销社会保障功能 (S-CANCEL-SOCIAL, Rules Art. 19).

The financial function is the bank's and stays (at its outlet both can be cancelled, S-CANCEL-ALL);
six months later the bank is reminded of the account (R-FIN-6M, 鼓励). Transit money and park passes
stay on the card. Wishes: deceased_on (of kin, as the proof of death has it).
"""

from __future__ import annotations

from terminal.parties.card_management import CardEvent
from terminal.registry.transaction import Transaction
from terminal.rules.terms import SOCIAL_CANCELLED_REMINDER
from terminal.rules.vocabulary import Service
from terminal.services.offered import cancelling, owing
from terminal.services.offered.answer import line
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    SOCIAL_FUNCTION,
    card_line,
    social_line,
)
from terminal.texts import Text

_STAYS = Text(
    "保留；{day} 之后提醒银行限制非柜面业务，请尽早到发卡合作银行注销账户",
    "stays; after {day} the bank is reminded to restrict it, so have it cancelled there",
)


def record(run: Running, tx: Transaction) -> Recorded:
    """Cancel the social function; raises RequestWrong, RunOpen, MovedMeanwhile."""
    person = cancelling.note_death(run, tx)
    card = run.situation.some_card
    rest, owed_for_rest = cancelling.end_the_rest(run, tx, person, card)
    card = cancelling.end_social(run, tx, person, card)
    owed = [owing.report(CardEvent.CANCELLED, person, card, tx.at)]
    lines = [card_line(card), social_line(card)]
    if card.financial.state in cancelling.HAS_ACCOUNT and card.account:
        until = SOCIAL_CANCELLED_REMINDER.deadline(tx.at, run.desk.calendar)
        owed.append(cancelling.reminder(run, tx, card))
        lines.append(line(FINANCIAL_FUNCTION, _STAYS.filled(day=until.day)))
    owed += [*owed_for_rest, *cancelling.told(run, person, SOCIAL_FUNCTION)]
    return Recorded(lines=(*lines, *rest), duties=tuple(owed), card=card)


WORK = Work(Service.CANCEL_SOCIAL, record, ask=cancelling.ask, look=cancelling.look)
