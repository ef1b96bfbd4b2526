"""Every call of every port: the emulator has it, it happens once, and every fault is one word."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from parties import MORNING, TELEPHONE, Others, other_parties

from emulator.parties.city import NAMES
from emulator.parties.party import Fault
from terminal.errors import (
    PartyAnswerWrong,
    PartyContradicts,
    PartyError,
    PartyMissing,
    PartyRefused,
    PartyUnreachable,
)
from terminal.parties.bank import Applicant, BankCore, Matter, StopReason
from terminal.parties.card_management import (
    CardEvent,
    CardManagement,
    CardReport,
    IntegrityKind,
    IntegrityReport,
)
from terminal.parties.clearing import BlockReason, TransitClearing
from terminal.parties.data_sharing import DataSharing, Identity
from terminal.parties.lines import NAMES as CONFIGURED
from terminal.parties.messages import MessageKind, Messages
from terminal.parties.payment import Method, Payee, Payment, PaymentState

PORTS: dict[str, type[Any]] = {
    "bank": BankCore,
    "clearing": TransitClearing,
    "data_sharing": DataSharing,
    "messages": Messages,
    "card_management": CardManagement,
    "payment": Payment,
}
NUMBER, ACCOUNT, STOPPED = "000000197001010000", "6200000000000000018", "6200000000000000026"
DEAD, CARD, KEY = "1000750000000000001", "00000000X", "key-1"
APPLICANT = Applicant("测试一", "id_card", NUMBER, date(2036, 1, 1), "13900000000", "bank-1")
REPORT = CardReport(CardEvent.MADE, MORNING, "id_card", NUMBER, CARD, "bank-1", "key-0")
INTEGRITY = IntegrityReport(IntegrityKind.BORROWED, MORNING, CARD, NUMBER, "持卡人不是本人")
PAYEE = Payee(ACCOUNT, "测试一")

CHANGING: dict[tuple[str, str], tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    ("bank", "check_and_open"): ((APPLICANT,), (replace(APPLICANT, mobile="13900000001"),)),
    ("bank", "activate"): ((ACCOUNT,), (STOPPED,)),
    ("bank", "stop_financial"): (
        (ACCOUNT, StopReason.TEMPORARY_LOSS),
        (ACCOUNT, StopReason.FORMAL_LOSS),
    ),
    ("bank", "restore_financial"): ((STOPPED,), (ACCOUNT,)),
    ("bank", "cancel_account"): ((ACCOUNT,), (STOPPED,)),
    ("bank", "payout"): ((ACCOUNT, 1234, "测试一"), (ACCOUNT, 1235, "测试一")),
    ("bank", "remind_restriction"): ((ACCOUNT, date(2026, 3, 1)), (ACCOUNT, date(2026, 3, 2))),
    ("bank", "referral"): ((Matter.PIN, ACCOUNT), (Matter.MOBILE, ACCOUNT)),
    ("clearing", "settle_dead"): ((DEAD, ACCOUNT, "测试一"), (DEAD, STOPPED, "测试一")),
    ("clearing", "block"): ((DEAD, BlockReason.DEAD), (DEAD, BlockReason.FORGED)),
    ("messages", "send"): (
        ("13900000000", "请领卡", MessageKind.CARD_READY),
        ("13900000000", "请来领卡", MessageKind.CARD_READY),
    ),
    ("card_management", "reserve"): (
        ("id_card", NUMBER, "bank-1", ""),
        ("id_card", NUMBER, "bank-2", ""),
    ),
    ("card_management", "report"): ((REPORT,), (replace(REPORT, event=CardEvent.ENABLED),)),
    ("card_management", "report_integrity"): ((INTEGRITY,), (replace(INTEGRITY, what="另"),)),
    ("payment", "collect"): (
        (Method.CASH, 5000, "充值", None),
        (Method.ACCOUNT, 5000, "充值", PAYEE),
    ),
    ("payment", "pay_out"): (
        (Method.ACCOUNT, 5000, "退资", PAYEE),
        (Method.ACCOUNT, 5001, "退资", PAYEE),
    ),
}
"""What changes something, asked under a key: what is asked, and something else."""
ASKING: dict[tuple[str, str], tuple[Any, ...]] = {
    ("bank", "financial_state"): (ACCOUNT,),
    ("clearing", "balance"): (DEAD,),
    ("clearing", "unfinished_trips"): (DEAD,),
    ("clearing", "settlement"): ("settled",),
    ("clearing", "blacklist"): (0,),
    ("data_sharing", "verify"): (Identity("测试一", "id_card", NUMBER),),
    ("data_sharing", "basic_data"): (NUMBER,),
    ("data_sharing", "matters_closed"): (NUMBER,),
    ("data_sharing", "guardians"): (NUMBER,),
    ("card_management", "standing"): ("id_card", NUMBER),
    ("card_management", "electronic"): ("id_card", NUMBER),
    ("card_management", "release"): ("released",),
    ("card_management", "death_reminders"): (date(2026, 3, 1),),
    ("payment", "outcome"): ("paid",),
}
"""What changes nothing, or may be repeated as it is."""
EVERY = [*CHANGING, *ASKING]


def each(calls: Any) -> Any:
    return pytest.mark.parametrize(("party", "call"), calls, ids=lambda it: it)


@pytest.fixture
def others() -> Others:
    there = other_parties()
    there.city.bank.add_account(ACCOUNT, "测试一", "active")
    there.city.bank.add_account(STOPPED, "测试一", "stopped_formal")
    there.city.clearing.add_card(DEAD, 1234, "2026-03-05")
    there.city.clearing.add_card("another", 50)
    there.ports.clearing.settle_dead("settled", "another", ACCOUNT, "测试一")
    there.ports.payment.collect("paid", Method.CASH, 5000, "充值", None)
    return there


def ask(others: Others, party: str, call: str, *arguments: object) -> Any:
    method: Callable[..., Any] = getattr(getattr(others.ports, party), call)
    return method(*arguments)


def test_the_list_is_whole() -> None:
    """A call that is added to a port is tried here, or this says so."""
    declared = {
        (party, name)
        for party, port in PORTS.items()
        for name, each in vars(port).items()
        if inspect.isfunction(each) and not name.startswith("_")
    }
    assert declared == set(EVERY)
    assert NAMES == CONFIGURED == tuple(PORTS)


@each(EVERY)
def test_every_call_is_answered(others: Others, party: str, call: str) -> None:
    """Port and emulator were written apart: name, arguments and answer fit for each call."""
    arguments = (KEY, *CHANGING[party, call][0]) if (party, call) in CHANGING else ()
    answer = ask(others, party, call, *(arguments or ASKING[party, call]))
    assert (answer is None) == (call == "release")
    assert others.calls(party)[-1] == call


@each(CHANGING)
@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.SLOW, Fault.DOWN])
def test_once_under_a_key(others: Others, party: str, call: str, fault: Fault) -> None:
    """Whether it was done is not known; asked again it was done once, and is answered alike."""
    meant, _ = CHANGING[party, call]
    others.once(party, fault, call)
    with pytest.raises(PartyUnreachable) as caught:
        ask(others, party, call, KEY, *meant)
    assert TELEPHONE in caught.value.advice("zh")
    happened = fault is not Fault.DOWN
    before = str(getattr(others.city, party).state)
    answer = ask(others, party, call, KEY, *meant)
    assert (str(getattr(others.city, party).state) == before) is happened
    after = str(getattr(others.city, party).state)
    assert ask(others, party, call, KEY, *meant) == answer
    assert str(getattr(others.city, party).state) == after


@each(CHANGING)
def test_one_key_for_two_things(others: Others, party: str, call: str) -> None:
    """Something else under the key is never done, and never taken for what was done."""
    meant, other = CHANGING[party, call]
    ask(others, party, call, KEY, *meant)
    before = str(getattr(others.city, party).state)
    with pytest.raises(PartyContradicts):
        ask(others, party, call, KEY, *other)
    assert str(getattr(others.city, party).state) == before


@each([call for call in CHANGING if call[0] != "payment"])
def test_a_refusal_does_nothing(others: Others, party: str, call: str) -> None:
    """What was refused may be asked again under its key, when the party takes it."""
    meant, _ = CHANGING[party, call]
    before = str(getattr(others.city, party).state)
    others.once(party, Fault.REFUSE)
    with pytest.raises(PartyRefused) as caught:
        ask(others, party, call, KEY, *meant)
    assert "今天不办理" in caught.value.cause("zh")
    assert str(getattr(others.city, party).state) == before
    ask(others, party, call, KEY, *meant)


@each(EVERY)
@pytest.mark.parametrize("fault", [Fault.CONTRADICT, Fault.DOWN])
def test_faults(others: Others, party: str, call: str, fault: Fault) -> None:
    """An answer to another question is not believed, and no answer is not a refusal."""
    arguments = (KEY, *CHANGING[party, call][0]) if (party, call) in CHANGING else ()
    others.set(party, fault)
    wanted: tuple[type[PartyError], ...] = (PartyUnreachable,)
    if fault is Fault.CONTRADICT:
        wanted = (PartyContradicts, PartyAnswerWrong)
    with pytest.raises(wanted) as caught:
        ask(others, party, call, *(arguments or ASKING[party, call]))
    assert caught.value.exit_status == 17


@each(EVERY)
def test_not_configured(party: str, call: str) -> None:
    """A counter without a line to a party starts, and says so where the party is needed."""
    others = other_parties(without=(party,))
    arguments = (KEY, *CHANGING[party, call][0]) if (party, call) in CHANGING else ()
    with pytest.raises(PartyMissing) as caught:
        ask(others, party, call, *(arguments or ASKING[party, call]))
    assert f"parties.{party}.url" in caught.value.cause("zh")
    assert TELEPHONE in caught.value.advice("en")


def test_a_refused_payment_is_an_outcome(others: Others) -> None:
    """It is asked for afterwards as well; and its key is used up."""
    payment = others.ports.payment
    others.once("payment", Fault.REFUSE)
    refused = payment.pay_out(KEY, Method.ACCOUNT, 5000, "退资", PAYEE)
    assert (refused.state, refused.amount_fen) == (PaymentState.REFUSED, 5000)
    assert payment.pay_out(KEY, Method.ACCOUNT, 5000, "退资", PAYEE) == refused
    assert payment.outcome(KEY) == refused
