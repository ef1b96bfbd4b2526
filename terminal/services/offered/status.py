"""Status enquiry 应用状态查询 (S-STATUS, Rules Art. 18): how the functions of all cards stand now.

Of the financial function the bank has the word (Rules Art. 20): it is asked, and where it brought
back what a temporary loss had stopped, the registry follows. Where the bank is mute the records
speak, and it is said that they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from terminal.errors import PartyError
from terminal.parties.bank import AccountState
from terminal.registry import applications, cards, duties, pending, runs
from terminal.registry.applications import SORTS
from terminal.registry.cards import Card
from terminal.registry.duties import Duty, DutyState
from terminal.registry.machines import Kind
from terminal.registry.pending import WHATS
from terminal.registry.transaction import Transaction
from terminal.rules.states import PROGRESS, Financial, Life, Progress
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered import delivery
from terminal.services.offered.answer import Line, line
from terminal.services.offered.desk import Desk
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Asked, BankSays, Situation
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    GENERATIONS,
    financial_state,
    kept_at,
    life,
    public_lines,
    shown_number,
    social_line,
)
from terminal.texts import Text

_GONE = frozenset({Life.WASTE, Life.RECALLED, Life.TAKEN_BACK})
"""Cards that are nobody's any more; one that was taken back is in force until the new one is."""
ACCOUNTS = {
    AccountState.OPENED: Text("已开户，未激活", "opened, not activated"),
    AccountState.ACTIVE: Text("正常", "active"),
    AccountState.STOPPED_TEMPORARY: Text("临时挂失", "stopped for the time being"),
    AccountState.STOPPED_FORMAL: Text("正式挂失", "stopped for a loss"),
    AccountState.CANCELLED: Text("已销户", "closed"),
    AccountState.UNKNOWN: Text("没有这个账户", "no such account"),
}
_AGREES = {
    Financial.OFF: frozenset({AccountState.OPENED}),
    Financial.ON: frozenset({AccountState.ACTIVE}),
    Financial.STOPPED: frozenset({AccountState.STOPPED_TEMPORARY, AccountState.STOPPED_FORMAL}),
    Financial.LOST: frozenset({AccountState.STOPPED_FORMAL}),
}
"""What the bank calls a function that stands so here; it is not asked of what has ended."""
_CARD = Text("社会保障卡", "card")
_CARD_IS = Text(
    "{number}，{generation}，发卡合作银行 {bank}，{life}",
    "{number}, {generation}, issued by {bank}, {life}",
)
_CARD_WITHOUT_BANK = Text("{number}，{generation}，{life}", "{number}, {generation}, {life}")
_BY_OUR_RECORDS = Text(
    "{state}（按本系统记录，银行没有答复）", "{state} (by our records, the bank did not answer)"
)
_BANK_CONFIRMS = Text("{state}（银行确认）", "{state} (confirmed by the bank)")
_BANK_DIFFERS = Text(
    "本系统记录为{state}，银行答复为{word}，以银行为准",
    "{state} by our records, {word} by the bank's word, which counts",
)
_NOT_TOLD_YET = Text(
    "{state}（停用通知尚未送达银行）", "{state} (the bank has not confirmed the stop yet)"
)
_RESTRICTED = Text("银行已暂停非柜面业务", "the bank has suspended all but counter business")
_NO_CARD = Text("名下没有社会保障卡", "there is no card")
_PENDING = Text("待写入芯片", "waits for the chip")
_APPLICATION = Text("正在申办", "application")
_APPLICATION_IS = Text("{sort}，{progress}", "{sort}, {progress}")
_UNFINISHED = Text("未办完的业务", "unfinished service")
_UNFINISHED_IS = Text("{service}（流水号 {key}）", "{service} ({key})")
_OPEN = Text("尚未确认", "not confirmed yet")


def ask(desk: Desk, situation: Situation) -> Asked:
    """Ask the bank of every account that may have changed; a mute bank has no word."""
    return Asked(
        accounts={
            each.id: _bank_says(desk, each, each.account)
            for each in situation.cards
            if each.account and each.financial.state in _AGREES and _shown(each)
        }
    )


def record(run: Running, tx: Transaction) -> Recorded:
    """Follow the bank, and tell everything as it stands now."""
    person, found = run.situation.some_person, run.situation.cards
    owed = duties.of_person(tx, person.id)
    restored = [each for each in found if _is_back(run, each, owed)]
    for card in restored:
        cards.move(tx, card, Kind.FINANCIAL, "restore", Financial.ON, run_id=run.id)
    found = cards.of_person(tx, person.id)
    shown = [_card_lines(run, tx, card, owed) for card in found if _shown(card)]
    return Recorded(
        lines=(
            *(chain.from_iterable(shown) if shown else (line(_CARD, _NO_CARD),)),
            *_applications(tx, person.id),
            *_unfinished(tx, run, person.id),
            *(line(_OPEN, each) for each in delivery.owed(tx, run.desk, owed)),
        ),
        tell=tuple(text for card in found for text in kept_at(tx, card)),
        facts={"restored": len(restored)} if restored else {},
        looked=True,
    )


def _bank_says(desk: Desk, card: Card, account: str) -> BankSays:
    try:
        word = desk.parties.bank.financial_state(account)
    except PartyError:
        return BankSays(card.financial.number, None)
    return BankSays(card.financial.number, word.state, word.restricted)


def _shown(card: Card) -> bool:
    in_force = card.life.state == Life.TAKEN_BACK and not card.over
    return in_force or card.life.state not in _GONE


def _is_back(run: Running, card: Card, owed: tuple[Duty, ...]) -> bool:
    """Say whether the bank has brought back what a temporary loss stopped (Rules Art. 20).

    It has not where it never heard of the stop, or spoke before it.
    """
    says = run.asked.accounts.get(card.id)
    return (
        says is not None
        and says.state is AccountState.ACTIVE
        and says.number == card.financial.number
        and card.financial.state == Financial.STOPPED
        and not _stop_owed(card, owed)
    )


def _stop_owed(card: Card, owed: tuple[Duty, ...]) -> bool:
    return any(
        each.card_id == card.id
        and each.call == "stop_financial"
        and each.state in {DutyState.DUE, DutyState.REFUSED}
        for each in owed
    )


def _card_lines(
    run: Running, tx: Transaction, card: Card, owed: tuple[Duty, ...]
) -> Iterator[Line]:
    template = _CARD_IS if card.bank else _CARD_WITHOUT_BANK
    yield line(
        _CARD,
        template.filled(
            number=shown_number(card),
            generation=GENERATIONS[card.generation],
            bank=card.bank,
            life=life(card),
        ),
    )
    yield social_line(card)
    yield line(FINANCIAL_FUNCTION, _financial(card, run.asked.accounts.get(card.id), owed))
    if card.id in run.asked.accounts and run.asked.accounts[card.id].restricted:
        yield line(FINANCIAL_FUNCTION, _RESTRICTED)
    yield from public_lines(card)
    for change in pending.waiting(tx, card.id):
        yield line(_PENDING, WHATS[change.what])


def _financial(card: Card, says: BankSays | None, owed: tuple[Duty, ...]) -> Text:
    """Say how the financial function stands, by whose word."""
    state = financial_state(card)
    if says is None:
        return state
    if _stop_owed(card, owed):
        return _NOT_TOLD_YET.filled(state=state)
    if says.state is None:
        return _BY_OUR_RECORDS.filled(state=state)
    if says.state in _AGREES[Financial(card.financial.state)]:
        return _BANK_CONFIRMS.filled(state=state)
    return _BANK_DIFFERS.filled(state=state, word=ACCOUNTS[says.state])


def _applications(tx: Transaction, person_id: int) -> Iterator[Line]:
    for each in applications.of_person(tx, person_id):
        if each.open:
            progress = PROGRESS[Progress(each.progress.state)]
            said = _APPLICATION_IS.filled(sort=SORTS[each.sort], progress=progress)
            yield line(_APPLICATION, said)


def _unfinished(tx: Transaction, run: Running, person_id: int) -> Iterator[Line]:
    for each in runs.of_person(tx, person_id):
        if each.state == runs.BEGUN and each.id != run.id:
            said = _UNFINISHED_IS.filled(service=SERVICES[each.service], key=each.key)
            yield line(_UNFINISHED, said)


WORK = Work(Service.STATUS, record, ask=ask, waits=False)
