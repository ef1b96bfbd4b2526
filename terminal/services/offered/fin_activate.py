"""Activation of the financial function 激活金融功能 (S-FIN-ACTIVATE, Rules Art. 9).

In person at the issuing bank's counter. The bank activates its account before it is put on record
here; the social function is enabled in the same step, never the financial one alone. A bank that
does not agree leaves everything as it was; one that does not answer is asked again under the same
key. A loss that is reported meanwhile has it stopped there (may_be_active); once the card is back,
that is lifted before it goes on. Its own PIN is set at its own devices (R-TWO-PINS).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.errors import PartyRefused, PartySaysNo, RequestWrong
from terminal.parties.bank import AccountState, StopReason
from terminal.parties.messages import MessageKind
from terminal.registry import cards, duties, runs
from terminal.registry.cards import Card
from terminal.registry.duties import DutyState
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered import delivery, enable, owing
from terminal.services.offered.answer import line
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Situation
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    card_line,
    financial_state,
    social_line,
)
from terminal.texts import Text

_ACCOUNT = Text("银行账户", "the account")
_NO_ACCOUNT = Text(
    "登记库中这张卡没有银行账户，请与发卡合作银行核对",
    "the registry has no account behind this card: ask the issuing bank",
)
_FORMALLY_LOST = Text(
    "银行已办理这个账户的正式挂失，请先办理金融功能解挂",
    "the bank has a formal loss of the account: have that lifted first",
)
MAY_BE_ACTIVE = Text(
    "激活没有办完，银行可能已经激活：已通知银行停用",
    "its activation was not finished and the bank may have done it: the bank is told to stop it",
)
_ACTIVE = Text("您的社会保障卡金融功能已激活。", "The financial function of your card is active.")


def look(_desk: Desk, situation: Situation) -> None:
    """See that there is an account to activate; raises RequestWrong."""
    if not situation.some_card.account:
        raise RequestWrong(item=_ACCOUNT, detail=_NO_ACCOUNT)


def act(run: Running) -> Mapping[str, Any]:
    """Have the bank activate the account; raises PartySaysNo where it does not agree."""
    parties, card = run.desk.parties, run.situation.some_card
    try:
        _lift_stop(run, card)
        parties.bank.activate(run.part("activate"), card.account or "")
    except PartyRefused as error:
        raise _says_no(run, Text(error.cause("zh"), error.cause("en"))) from error
    return {}


def _says_no(run: Running, detail: Text) -> PartySaysNo:
    return PartySaysNo(
        party=run.desk.parties.counterparts["bank"].title,
        service=SERVICES[Service.FIN_ACTIVATE],
        detail=detail,
    )


def _lift_stop(run: Running, card: Card) -> None:
    """Have the bank lift the stop that a loss wanted while an activation was unresolved.

    The stop itself goes first, or it would come after its lifting. A formal loss that the bank took
    itself is the bank's to lift: raises PartySaysNo, and what parties raise.
    """
    if card.social.state not in {Social.OFF, Social.ON}:
        return
    with run.desk.registry.reading() as tx:
        stops = [
            each
            for each in duties.of_person(tx, card.person_id)
            if each.call == "stop_financial" and each.card_id == card.id
        ]
    if not stops:
        return
    for each in stops:
        trouble = delivery.deliver(run.desk, each) if each.state is DutyState.DUE else None
        if trouble is not None and not isinstance(trouble, PartyRefused):
            raise trouble
    bank, account = run.desk.parties.bank, card.account or ""
    state = bank.financial_state(account).state
    if state is AccountState.STOPPED_TEMPORARY:  # by our own word
        bank.restore_financial(run.part("restore"), account)
    if state is AccountState.STOPPED_FORMAL:
        raise _says_no(run, _FORMALLY_LOST)


def record(run: Running, tx: Transaction) -> Recorded:
    """Put both functions on record; raises RunOpen, MovedMeanwhile."""
    person, card = run.situation.some_person, run.situation.some_card
    card = cards.move(tx, card, Kind.FINANCIAL, "activate", Financial.ON, run_id=run.id)
    if card.social.state != Social.OFF:
        owed = list(owing.message(person, _ACTIVE, MessageKind.ENABLED))
        if card.social.state != Social.ON:
            # Its loss was reported while the bank was asked: what is lost does not stay active.
            card = cards.move(
                tx, card, Kind.FINANCIAL, "lose_temp", Financial.STOPPED, run_id=run.id
            )
            owed = [owing.stop_financial(card, StopReason.TEMPORARY_LOSS)]
        return Recorded(
            lines=(
                card_line(card),
                social_line(card),
                line(FINANCIAL_FUNCTION, financial_state(card)),
            ),
            duties=tuple(owed),
            card=card,
        )
    done = enable.enabled(run, tx, card)
    return Recorded(
        lines=(
            card_line(done.card),
            social_line(done.card),
            line(FINANCIAL_FUNCTION, financial_state(done.card)),
            *done.lines,
        ),
        duties=done.duties,
        tell=done.tell,
        card=done.card,
    )


def may_be_active(tx: Transaction, card: Card) -> bool:
    """Say whether the bank may have activated the account, and its answer was lost."""
    begun = runs.begun_with(tx, card.id)
    activating = begun is not None and begun.service is Service.FIN_ACTIVATE
    return activating and card.financial.state == Financial.OFF and bool(card.account)


WORK = Work(Service.FIN_ACTIVATE, record, look=look, act=act)
