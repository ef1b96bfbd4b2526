"""Formal loss of both functions 社会保障和金融功能正式挂失 (S-LOSS-FULL, Rules Art. 13).

At the issuing bank only, whose account is stopped at once. Where the social function was reported
lost before, at a district outlet, the financial one is added.
"""

from __future__ import annotations

from terminal.parties.bank import StopReason
from terminal.parties.card_management import CardEvent
from terminal.parties.messages import MessageKind
from terminal.registry import cards
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import Service
from terminal.services.offered import owing
from terminal.services.offered.answer import line
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    card_line,
    financial_state,
    kept_at,
    social_line,
)
from terminal.texts import Text

_LOST = Text(
    "您的社会保障卡社会保障功能和金融功能已正式挂失。找到原卡可以解挂；找不到请办理补领。",
    "Both functions of your card are reported lost.",
)


def record(run: Running, tx: Transaction) -> Recorded:
    """Put the loss on record, and owe the bank's stop; raises MovedMeanwhile."""
    person, card = run.situation.some_person, run.situation.some_card
    owed = [owing.stop_financial(card, StopReason.FORMAL_LOSS)]
    if card.social.state != Social.LOST:
        card = cards.move(tx, card, Kind.SOCIAL, "lose", Social.LOST, run_id=run.id)
        owed.append(owing.report(CardEvent.LOST_FORMAL, person, card, tx.at))
    card = cards.move(tx, card, Kind.FINANCIAL, "lose", Financial.LOST, run_id=run.id)
    owed += owing.message(person, _LOST, MessageKind.LOSS)
    return Recorded(
        lines=(
            card_line(card),
            social_line(card),
            line(FINANCIAL_FUNCTION, financial_state(card)),
        ),
        duties=tuple(owed),
        tell=kept_at(tx, card),
        card=card,
    )


WORK = Work(Service.LOSS_FULL, record, waits=False)
