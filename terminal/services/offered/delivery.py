"""Deliver obligations to the other parties: at once where the rules want it, else when asked.

A party that does not answer leaves the obligation due, put off a little longer each time; one that
refuses leaves it for people. Nothing is lost in silence: what is open is named to the clerk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from terminal.beijing_time import start_of
from terminal.errors import (
    PartyContradicts,
    PartyError,
    PartyRefused,
    PartyUnreachable,
    PersonalDataDamaged,
    RegistryDamaged,
)
from terminal.money import yuan
from terminal.parties.bank import AccountOpened, Applicant, Matter, StopReason
from terminal.parties.card_management import CardEvent, CardReport, IntegrityKind, IntegrityReport
from terminal.parties.clearing import BlockReason
from terminal.parties.lines import Parties
from terminal.parties.messages import MessageKind
from terminal.parties.payment import Method as PaymentMethod
from terminal.parties.payment import PaymentOutcome, PaymentState
from terminal.registry import applications, cards, duties, persons, watch
from terminal.registry.cards import Card
from terminal.registry.duties import Duty, DutyState
from terminal.registry.machines import Kind
from terminal.registry.transaction import Transaction
from terminal.rules.states import Financial
from terminal.services.offered import owing
from terminal.services.offered.desk import Desk
from terminal.texts import Text

_REFERRED = Text("银行业务编号 {procedure}：{says}", "the bank's number {procedure}: {says}")
_DONE = Text("对方已确认", "confirmed")
_UNCONFIRMED = Text(
    "{party}尚未确认：{what}。系统会自动重试；急需请致电 {telephone}",
    "{party} has not confirmed yet: {what}. It is tried again; where it is urgent telephone"
    " {telephone}",
)
_REFUSED = Text(
    "{party}拒绝了：{what}（{detail}）。请人工处理，电话 {telephone}",
    "{party} refused: {what} ({detail}). People have to look, telephone {telephone}",
)
_LATER = Text("{what}（{party}）：稍后由系统办理", "{what} ({party}): the system has it done later")
_BY_PEOPLE = Text(
    "没有登记手机号码，请用其他方式告知：{said} 告知后请两人了结这件待办",
    "No mobile number is on record, tell them otherwise: {said} Then two people settle this duty",
)
_NO_TELEPHONE = Text("（未登记电话）", "(no number on record)")
_WAITS = Text("前一项尚未确认", "one before it is not confirmed yet")
_IN_ORDER = frozenset(
    {"stop_financial", "restore_financial", "activate", "cancel_account", "referral", "report"}
)
_PAID = Text("已付 {amount} 元", "{amount} yuan paid")
_TO_BE_PAID = Text("已确定 {amount} 元，待付", "{amount} yuan, to be paid")
_OPENED = Text("已开户，{kind} 类户", "opened, class {kind}")
_RESTRICTED = Text("{said}，暂停非柜面业务", "{said}, non-counter business suspended")
_CAUTION = Text("{said}。{risk}", "{said}. {risk}")
_TOLD = Text("您的社会保障卡金融账户：{said}", "The account of your card: {said}")
_UNDECIDED = Text("对方已受理，还没有结果", "they took it and have no outcome yet")
_NO_REASON = Text("没有说明原因", "no reason is given")
_CLOSED = Text("账户已注销，不再提醒", "the account is closed, nothing to be reminded of")
_SOON = datetime.min.replace(tzinfo=UTC)
"""As soon as a failed try would be tried again."""
_PUT_OFF = Text("对方约定 {day} 之后答复", "they answer after {day}")
WHATS: Mapping[str, Text] = {
    "stop_financial": Text("停用金融功能", "the financial function's stop"),
    "restore_financial": Text("恢复金融功能", "the financial function's return"),
    "activate": Text("激活金融功能", "the financial function's activation"),
    "cancel_account": Text("注销金融功能", "the account's cancellation"),
    "payout": Text("退款到指定账户", "the payout to the named account"),
    "collect": Text("收款入账", "the money that was taken in"),
    "pay_out": Text("付款给持卡人", "the money for the holder"),
    "pay_back": Text("退回已收的款", "the money that is given back"),
    "remind": Text("提醒限制非柜面业务", "the reminder to restrict non-counter business"),
    "settle_dead": Text("坏卡交通余额退款", "the refund of a dead card's transit money"),
    "block": Text("交通卡停用", "the transit card's block"),
    "report": Text("向市社保卡管理系统报送", "the report to the city's card system"),
    "open_account": Text("开立金融账户", "the account's opening"),
    "release": Text("释放制卡资格", "the release of the right to a card"),
    "reserve": Text("登记制卡资格", "the claim of the right to a card"),
    "message": Text("短信通知", "the message to the holder"),
    owing.TELL: Text("当面或电话告知", "the word to the holder"),
    "referral": Text("转银行按其规定办理", "the referral to the bank's own procedure"),
    "integrity": Text("报送诚信档案", "the report to the integrity file"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say how a delivery ended: with which words, or until when it is put off.

    ``settled``: what the obligation is about is over with it, so what follows may be noted.
    """

    detail: Text = _DONE
    until: datetime | None = None
    settled: bool = True
    then: After | None = None
    """What is noted besides, of what only this answer tells."""


Arguments = Mapping[str, Any]
Call = Callable[[Parties, str, Arguments], Outcome]
After = Callable[[Transaction, Duty], None]


def at_once(desk: Desk, run_id: int) -> None:
    """Try what a run owes at once, each once; of a party that does not answer, one.

    Its others stay due as they are: a clerk waits for one time-out a party.
    """
    with desk.registry.reading() as tx:
        owed = duties.of_run(tx, run_id)
    try_each(desk, owed)


def try_each(desk: Desk, owed: Iterable[Duty]) -> None:
    """Try what of it is due and wanted at once; of a party that does not answer, one."""
    mute: set[str] = set()
    for duty in owed:
        if duty.state is not DutyState.DUE or not duty.at_once or duty.party in mute:
            continue
        if isinstance(deliver(desk, duty), PartyUnreachable):
            mute.add(duty.party)


def run_due(desk: Desk, most: int = 50, parties: Collection[str] | None = None) -> tuple[Duty, ...]:
    """Try what is due now, the longest waiting first; give how each stands afterwards.

    ``parties``: only what is owed to them. Who does not answer is not asked again by it: its others
    stay due, for nobody waits for one party's time-out again and again. Raises PersonalDataDamaged
    or RegistryDamaged for one that was altered, once the others were tried.
    """
    with desk.registry.reading() as tx:
        owed = duties.due(tx, most, parties)
    mute: set[str] = set()
    altered: PersonalDataDamaged | RegistryDamaged | None = None
    for duty_id, party in owed:
        if party in mute:
            continue
        try:
            with desk.registry.reading() as tx:
                duty = duties.get(tx, duty_id)
            if duty.state is not DutyState.DUE:
                continue  # one that had to come after it has seen to it
            if isinstance(deliver(desk, duty), PartyUnreachable):
                mute.add(party)
        except (PersonalDataDamaged, RegistryDamaged) as error:
            altered = altered or error
    if altered is not None:
        raise altered
    with desk.registry.reading() as tx:
        return tuple(duties.get(tx, duty_id) for duty_id, _ in owed)


def deliver(desk: Desk, duty: Duty) -> PartyError | None:
    """Try one obligation, note how it ended, and give what the other party raised.

    What a party is told of a card's state it is told in order: a stop that it has not confirmed
    goes before the return, or it would end up with the stop.
    """
    trouble: PartyError | None = None
    for earlier in _before(desk, duty):
        trouble = _try(desk, earlier)
        if isinstance(trouble, PartyUnreachable):
            break  # who is down is asked once
    if not _before(desk, duty):
        return _try(desk, duty)
    with desk.registry.writing() as tx:
        duties.note_failed(tx, duty, _WAITS)
    return trouble


def _before(desk: Desk, duty: Duty) -> tuple[Duty, ...]:
    """Give what its party has to confirm of the same card before."""
    if duty.call not in _IN_ORDER:
        return ()
    with desk.registry.reading() as tx:
        return duties.due_before(tx, duty, _IN_ORDER)


def _try(desk: Desk, duty: Duty) -> PartyError | None:
    call, after = _DELIVERIES[duty.call]
    trouble: PartyError | None = None
    note: Callable[[Transaction], bool]
    try:
        outcome = call(desk.parties, duty.key, duty.arguments)
    except (PartyRefused, PartyContradicts) as error:
        trouble, words = error, error.sentence
        note = lambda tx: duties.note_refused(tx, duty, words)  # noqa: E731  one line a case
        after = None
    except PartyError as error:
        trouble, words = error, error.sentence
        note = lambda tx: duties.note_failed(tx, duty, words)  # noqa: E731  one line a case
        after = None
    else:
        until = outcome.until
        if until is not None:
            # A day that has passed already is no reason to ask without end.
            note = lambda tx: duties.put_off(  # noqa: E731  one line a case
                tx, duty, max(until, tx.at + duties.wait(duty)), outcome.detail
            )
            after = None
        else:
            note = lambda tx: duties.note_done(tx, duty, outcome.detail)  # noqa: E731
            after = (outcome.then or after) if outcome.settled else None
    with desk.registry.writing() as tx:
        if note(tx) and after is not None:
            after(tx, duty)
    return trouble


def owed(tx: Transaction, desk: Desk, found: tuple[Duty, ...]) -> tuple[Text, ...]:
    """Name what is not confirmed, with whom to telephone; what lies in the future is left out.

    What nobody was to try yet, nobody has failed to confirm.
    """
    sentences = (
        _named_or_later(desk, each)
        for each in found
        if each.state is DutyState.REFUSED
        or (each.state is DutyState.DUE and (each.attempts > 0 or each.next_at <= tx.at))
    )
    return tuple(dict.fromkeys(sentences))  # what a whole group owes alike is said once


def named(desk: Desk, duty: Duty) -> Text:
    """Say what is owed to whom, and whom to telephone."""
    if duty.call == owing.TELL:
        return _BY_PEOPLE.filled(said=Text(duty.arguments["zh"], duty.arguments["en"]))
    counterpart = desk.parties.counterparts[duty.party]
    template = _REFUSED if duty.state is DutyState.REFUSED else _UNCONFIRMED
    return template.filled(
        party=counterpart.title,
        what=WHATS.get(duty.what, Text(duty.what, duty.what)),
        detail=duty.detail,
        telephone=counterpart.telephone or _NO_TELEPHONE,
    )


def _named_or_later(desk: Desk, duty: Duty) -> Text:
    if duty.state is DutyState.REFUSED or duty.attempts or duty.at_once:
        return named(desk, duty)
    what = WHATS.get(duty.what, Text(duty.what, duty.what))
    return _LATER.filled(party=desk.parties.counterparts[duty.party].title, what=what)


def told(desk: Desk, duty: Duty) -> Text:
    """Say how what is owed stands, confirmed or not."""
    if duty.state is not DutyState.DONE:
        return named(desk, duty)
    what = WHATS.get(duty.what, Text(duty.what, duty.what))
    return Text(f"{what.zh}：{duty.detail.zh}", f"{what.en}: {duty.detail.en}")


# --- What is delivered, and how --------------------------------------------------------------


def _stop(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.bank.stop_financial(key, it["account"], StopReason(it["why"]))
    return Outcome()


def _restore(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.bank.restore_financial(key, it["account"])
    return Outcome()


def _activate(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.bank.activate(key, it["account"])
    return Outcome()


def _cancel_account(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.bank.cancel_account(key, it["account"])
    return Outcome()


def _referral(parties: Parties, _key: str, it: Arguments) -> Outcome:
    answer = parties.bank.referral(it["key"], Matter(it["matter"]), it["account"])
    said = _REFERRED.filled(procedure=answer.procedure, says=answer.says)
    return Outcome(said, settled=answer.settled)


def _payout(parties: Parties, key: str, it: Arguments) -> Outcome:
    done = parties.bank.payout(key, it["account"], it["fen"], it["name"])
    return Outcome(Text(f"已付，{done.reference}", f"paid, {done.reference}"))


def _collect(parties: Parties, key: str, it: Arguments) -> Outcome:
    method, what_for = PaymentMethod(it["method"]), it["what_for"]
    return _paid(parties, parties.payment.collect(key, method, it["fen"], what_for, None))


def _pay_out(parties: Parties, key: str, it: Arguments) -> Outcome:
    method, what_for = PaymentMethod(it["method"]), it["what_for"]
    return _paid(parties, parties.payment.pay_out(key, method, it["fen"], what_for, None))


def _paid(parties: Parties, payment: PaymentOutcome) -> Outcome:
    if payment.state is PaymentState.REFUSED:
        facts = parties.counterparts["payment"].facts
        raise PartyRefused(**facts, reason=payment.reason or _NO_REASON)
    if payment.state is PaymentState.DONE:
        return Outcome(_PAID.filled(amount=yuan(payment.amount_fen)))
    return Outcome(_UNDECIDED, _SOON)


def _remind(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.bank.remind_restriction(key, it["account"], date.fromisoformat(it["cancelled_on"]))
    return Outcome()


def _settle_dead(parties: Parties, key: str, it: Arguments) -> Outcome:
    settled = parties.clearing.settle_dead(key, it["card"], it["account"], it["name"])
    if settled.paid_at is None:
        # An order is answered alike for ever; how it goes on is another question.
        settled = parties.clearing.settlement(key)
    if settled.paid_at is not None:
        return Outcome(_PAID.filled(amount=yuan(settled.amount_fen or 0)))
    day = settled.expected_on
    if day is None:
        return Outcome(_TO_BE_PAID.filled(amount=yuan(settled.amount_fen or 0)), _SOON)
    return Outcome(_PUT_OFF.filled(day=day), start_of(day))


def _block(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.clearing.block(key, it["card"], BlockReason(it["why"]))
    return Outcome()


def _report(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.card_management.report(
        key,
        CardReport(
            event=CardEvent(it["event"]),
            at=datetime.fromisoformat(it["at"]),
            id_type=it["id_type"],
            number=it["number"],
            card_number=it["card"],
            bank=it["bank"],
            reserved_by=it.get("reserved_by", ""),
        ),
    )
    return Outcome()


def _reserve(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.card_management.reserve(
        it.get("key", key), it["id_type"], it["number"], it["bank"], it["replaces"]
    )
    return Outcome()


def _release(parties: Parties, _key: str, it: Arguments) -> Outcome:
    parties.card_management.release(it["key"])
    return Outcome()


def _message(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.messages.send(key, it["mobile"], it["text"], MessageKind(it["kind"]))
    return Outcome()


def _integrity(parties: Parties, key: str, it: Arguments) -> Outcome:
    parties.card_management.report_integrity(
        key,
        IntegrityReport(
            kind=IntegrityKind(it["kind"]),
            at=datetime.fromisoformat(it["at"]),
            card_number=it["card"],
            number=it["number"],
            what=it["what"],
        ),
    )
    return Outcome()


def _restored(tx: Transaction, duty: Duty) -> None:
    """Note that the bank brought the function back, where it still was stopped here."""
    if duty.card_id is not None:
        follow(tx, cards.get(tx, duty.card_id), Matter.LIFT, duty.run_id)


def _referred(tx: Transaction, duty: Duty) -> None:
    """Note what the bank settled by its own procedure."""
    if duty.card_id is not None:
        follow(tx, cards.get(tx, duty.card_id), Matter(duty.arguments["matter"]), duty.run_id)


def follow(tx: Transaction, card: Card, matter: Matter, run_id: int | None) -> Card:
    """Let the financial function follow what the bank settled (Rules Art. 20)."""
    move, state = _FOLLOWS.get((matter, Financial(card.financial.state)), ("", Financial.NONE))
    if not move:
        return card
    if state is Financial.CANCELLED:
        forget_reminders(tx, card)
    return cards.move(tx, card, Kind.FINANCIAL, move, state, run_id=run_id)


def forget_reminders(tx: Transaction, card: Card) -> None:
    """Let nobody be reminded of an account that is closed (R-FIN-6M)."""
    for each in duties.of_person(tx, card.person_id):
        if each.call == "remind" and each.card_id == card.id and each.state is DutyState.DUE:
            duties.note_decided(tx, each, _CLOSED)


_FOLLOWS: Mapping[tuple[Matter, Financial], tuple[str, Financial]] = {
    (Matter.LOSS, Financial.ON): ("lose", Financial.LOST),
    (Matter.LOSS, Financial.STOPPED): ("lose", Financial.LOST),
    (Matter.LIFT, Financial.STOPPED): ("restore", Financial.ON),
    (Matter.LIFT, Financial.LOST): ("lift", Financial.ON),
    (Matter.CANCEL, Financial.OFF): ("cancel", Financial.CANCELLED),
    (Matter.CANCEL, Financial.ON): ("cancel", Financial.CANCELLED),
    (Matter.CANCEL, Financial.STOPPED): ("cancel", Financial.CANCELLED),
    (Matter.CANCEL, Financial.LOST): ("cancel", Financial.CANCELLED),
}


def _open_account(parties: Parties, key: str, it: Arguments) -> Outcome:
    valid_to = it["valid_to"]
    opened = parties.bank.check_and_open(
        key,
        Applicant(
            name=it["name"],
            id_type=it["id_type"],
            number=it["number"],
            valid_to=date.fromisoformat(valid_to) if valid_to else None,
            mobile=it["mobile"],
            bank=it["bank"],
        ),
    )
    return Outcome(_bank_word(opened), then=partial(_opened, opened))


def _bank_word(opened: AccountOpened) -> Text:
    """Pass on what the bank says of an account that it opened (R-RISK)."""
    said = _OPENED.filled(kind=opened.account_class.value)
    if opened.restricted:
        said = _RESTRICTED.filled(said=said)
    return said if opened.risk is None else _CAUTION.filled(said=said, risk=opened.risk)


def _opened(opened: AccountOpened, tx: Transaction, duty: Duty) -> None:
    """Note the account; of an application that came to nothing meanwhile it is closed again."""
    application = applications.get(tx, int(duty.arguments["application"]))
    applications.name_account(tx, application, opened.account_number)
    stem = duty.key.removesuffix(".open")
    if not application.open:
        owed = owing.close_account(opened.account_number)
        duties.add(tx, owed, f"{stem}.close", person_id=application.person_id)
    elif opened.risk is not None or opened.restricted:
        person = persons.get(tx, application.person_id)
        told = _TOLD.filled(said=_bank_word(opened))
        for owed in owing.message(person, told, MessageKind.REMINDER):
            duties.add(tx, owed, f"{stem}.risk", person_id=person.id)


def _passed_on(tx: Transaction, duty: Duty) -> None:
    watch.note_passed_on(tx, int(duty.arguments["report"]))


_DELIVERIES: Mapping[str, tuple[Call, After | None]] = {
    "stop_financial": (_stop, None),
    "restore_financial": (_restore, _restored),
    "activate": (_activate, None),
    "cancel_account": (_cancel_account, None),
    "referral": (_referral, _referred),
    "payout": (_payout, None),
    "collect": (_collect, None),
    "pay_out": (_pay_out, None),
    "remind": (_remind, None),
    "settle_dead": (_settle_dead, None),
    "block": (_block, None),
    "report": (_report, None),
    "open_account": (_open_account, None),
    "reserve": (_reserve, None),
    "release": (_release, None),
    "message": (_message, None),
    "integrity": (_integrity, _passed_on),
}
"""Every obligation there is, by its call: how it is delivered, and what is noted after it."""
