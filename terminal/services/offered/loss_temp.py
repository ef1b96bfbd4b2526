"""Temporary loss 临时挂失 (S-LOSS-TEMP, R-TEMP-15, Rules Art. 13).

Both functions stop at once, in every channel; the social one for 15 calendar days, then it comes
back by itself. Transit and park are not stopped. The bank is told before the clerk is answered.
After a formal loss of the social function alone (R-DISTRICT-SOCIAL) it stops the financial one.
"""

from __future__ import annotations

from terminal.parties.bank import StopReason
from terminal.parties.card_management import CardEvent
from terminal.parties.messages import MessageKind
from terminal.registry import cards
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Social
from terminal.rules.terms import TEMPORARY_LOSS
from terminal.rules.vocabulary import Service
from terminal.services.offered import owing
from terminal.services.offered.answer import line
from terminal.services.offered.fin_activate import MAY_BE_ACTIVE, may_be_active
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    card_line,
    financial_state,
    kept_at,
)
from terminal.texts import Text

_UNTIL = Text("社会保障功能停用至", "social function stopped until")
_DAY = Text("{day} 24:00（北京时间），期满自动恢复", "{day} 24:00 Beijing time, then it is back")
_TO_STOP = frozenset({Financial.ON, Financial.STOPPED})
_FORMALLY_LOST = frozenset({Social.LOST, Social.REPLACED})
_STOPPED_AT_BANK = Text(
    "您的社会保障卡金融功能已临时停用；请尽快到发卡合作银行正式挂失。",
    "The financial function of your card is stopped for the time being.",
)
_STOPPED = Text(
    "您的社会保障卡已临时挂失，社会保障功能至 {day} 期满自动恢复；找不到请尽快正式挂失。",
    "Your card is stopped for the time being, until {day}.",
)


def record(run: Running, tx: Transaction) -> Recorded:
    """Stop both functions; raises MovedMeanwhile."""
    person, card = run.situation.some_person, run.situation.some_card
    owed = []
    if card.financial.state in _TO_STOP:
        # A bank that brought it back by its own rules since an earlier loss has to stop it again.
        owed.append(owing.stop_financial(card, StopReason.TEMPORARY_LOSS))
    if card.financial.state == Financial.ON:
        card = cards.move(tx, card, Kind.FINANCIAL, "lose_temp", Financial.STOPPED, run_id=run.id)
    lines = [card_line(card)]
    if card.social.state in _FORMALLY_LOST:
        said = _STOPPED_AT_BANK
    else:
        until = TEMPORARY_LOSS.deadline(tx.at, run.desk.calendar)
        card = cards.move(
            tx,
            card,
            Kind.SOCIAL,
            "lose_temp",
            Social.TEMP_LOST,
            until=until.at,
            back_to=card.social.state,
            run_id=run.id,
        )
        owed.append(owing.report(CardEvent.LOST_TEMPORARY, person, card, tx.at))
        lines.append(line(_UNTIL, _DAY.filled(day=until.day)))
        said = _STOPPED.filled(day=until.day)
    lines.append(line(FINANCIAL_FUNCTION, financial_state(card)))
    if may_be_active(tx, card):
        owed.append(owing.stop_financial(card, StopReason.TEMPORARY_LOSS))
        lines.append(line(FINANCIAL_FUNCTION, MAY_BE_ACTIVE))
    owed += owing.message(person, said, MessageKind.LOSS)
    return Recorded(tuple(lines), tuple(owed), kept_at(tx, card), card=card)


WORK = Work(Service.LOSS_TEMP, record, waits=False)
