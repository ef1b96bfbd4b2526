"""Lift a formal loss 解挂 (S-UNLOSS, R-UNLOSS-NOT-REPLACED, Rules Art. 14).

The social function is at once what it was before. The financial one is the bank's: at the issuing
bank it is asked to bring it back, and the registry follows its answer (delivery.py); a district
outlet lifts the social part only. A card that was handed in is given back in the same step.
"""

from __future__ import annotations

from terminal.errors import CardUnknown
from terminal.parties.card_management import CardEvent
from terminal.parties.messages import MessageKind
from terminal.registry import cards, histories
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Life, Social
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import owing
from terminal.services.offered.answer import line
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    card_line,
    financial_state,
    social_line,
)
from terminal.texts import Text

_ANOTHER_LIES_HERE = Text("读卡器上的不是这张卡", "another card lies on the reader")
_BANK_ASKED = Text("已请银行恢复，以银行答复为准", "the bank was asked to bring it back")
_AT_THE_BANK = Text(
    "金融功能仍然停用，请到发卡合作银行办理解挂",
    "the financial function is still stopped: the issuing bank lifts that",
)
_BACK = Text(
    "您的社会保障卡已解挂，社会保障功能即时恢复。", "The social function of your card is back."
)
_STOPPED = frozenset({Financial.LOST, Financial.STOPPED})


def record(run: Running, tx: Transaction) -> Recorded:
    """Bring the social function back; raises CardUnknown for another card, MovedMeanwhile."""
    person, card = run.situation.some_person, run.situation.some_card
    _demand_this(run.desk, card)
    card = cards.move(tx, card, Kind.SOCIAL, "lift", before_loss(tx, card), run_id=run.id)
    if card.life.state == Life.HANDED_IN:
        card = cards.move(tx, card, Kind.LIFE, "give_back", Life.HELD, run_id=run.id)
    owed = [owing.report(CardEvent.RESTORED, person, card, tx.at)]
    financial, tell = financial_state(card), tuple[Text, ...]()
    if card.financial.state in _STOPPED:
        if run.desk.where.channel is Channel.BANK:
            owed.insert(0, owing.restore_financial(card))
            financial = _BANK_ASKED
        else:
            tell = (_AT_THE_BANK,)
    owed += owing.message(person, _BACK, MessageKind.RESTORED)
    return Recorded(
        lines=(card_line(card), social_line(card), line(FINANCIAL_FUNCTION, financial)),
        duties=tuple(owed),
        tell=tell,
        card=card,
    )


def before_loss(tx: Transaction, card: Card) -> str:
    """Give what a lost social function was before; through a temporary loss, before that one."""
    for row in reversed(histories.history(tx, card.social.thing_id)):
        if row.move == "lose" and row.from_state != Social.TEMP_LOST:
            return str(row.from_state)
        if row.move == "lose_temp":
            return str(row.back_to)
    raise LookupError("it was never lost")


def _demand_this(desk: Desk, card: Card) -> None:
    """Demand that the card on the reader, where one can be read, is the one that was found."""
    if desk.chip is not None and desk.chip.chip and desk.chip.chip.upper() != card.chip:
        raise CardUnknown(detail=_ANOTHER_LIES_HERE)


WORK = Work(Service.UNLOSS, record)
