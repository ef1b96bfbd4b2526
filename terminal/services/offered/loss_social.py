"""Formal loss of the social function 社会保障功能正式挂失 (S-LOSS-SOCIAL, Rules Art. 13).

At a district or street outlet it is the only formal loss there is (R-DISTRICT-SOCIAL): the holder
is told where the financial function's loss is reported, and offered a temporary loss now, which
stops that function at once. What the social function was before is found in its history when the
loss is lifted (unloss.py).
"""

from __future__ import annotations

from terminal.parties.bank import StopReason
from terminal.parties.card_management import CardEvent
from terminal.parties.messages import MessageKind
from terminal.registry import cards
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import owing
from terminal.services.offered.answer import line
from terminal.services.offered.fin_activate import MAY_BE_ACTIVE, may_be_active
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    card_line,
    financial_state,
    kept_at,
    social_line,
)
from terminal.texts import Text

_ISSUING_BANK = Text("发卡合作银行", "issuing bank")
_STOP_IT_NOW = Text(
    "金融功能还没有停用：现在就可以在这里办理临时挂失，金融功能当即停用",
    "the financial function is not stopped: a temporary loss, here and now, stops it at once",
)
_LOSE_BOTH = Text(
    "金融功能还没有停用：请在这里一并办理金融功能的正式挂失",
    "the financial function is not stopped: report both functions lost, here and now",
)
_STOPPED_FOR_NOW = Text(
    "金融功能只是临时停用，何时恢复按银行规定；请尽快到发卡合作银行办理正式挂失",
    "the financial function is stopped for the time being, by the bank's rules: report its loss at"
    " the issuing bank soon",
)
_LOST = Text(
    "您的社会保障卡社会保障功能已正式挂失。找到原卡可以解挂；找不到请办理补领。",
    "The social function of your card is reported lost.",
)


def record(run: Running, tx: Transaction) -> Recorded:
    """Put the loss on record; raises MovedMeanwhile."""
    person, card = run.situation.some_person, run.situation.some_card
    card = cards.move(tx, card, Kind.SOCIAL, "lose", Social.LOST, run_id=run.id)
    lines = [card_line(card), social_line(card), line(FINANCIAL_FUNCTION, financial_state(card))]
    owed = [owing.report(CardEvent.LOST_FORMAL, person, card, tx.at)]
    if may_be_active(tx, card):
        owed.append(owing.stop_financial(card, StopReason.TEMPORARY_LOSS))
        lines.append(line(FINANCIAL_FUNCTION, MAY_BE_ACTIVE))
    return Recorded(
        lines=(*lines, line(_ISSUING_BANK, card.bank)),
        duties=(*owed, *owing.message(person, _LOST, MessageKind.LOSS)),
        tell=(*_financial_too(run, card), *kept_at(tx, card)),
        card=card,
    )


def _financial_too(run: Running, card: Card) -> tuple[Text, ...]:
    """Say what is to be done about the financial function, which goes on."""
    match card.financial.state:
        case Financial.ON if run.desk.where.channel is Channel.BANK:
            return (_LOSE_BOTH,)
        case Financial.ON:
            return (_STOP_IT_NOW,)
        case Financial.STOPPED:
            return (_STOPPED_FOR_NOW,)
        case _:
            return ()


WORK = Work(Service.LOSS_SOCIAL, record, waits=False)
