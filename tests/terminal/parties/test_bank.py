"""The bank core: an account's life, as far as a counter sees it."""

from dataclasses import replace
from datetime import date

import pytest
from parties import MORNING, Others, other_parties

from terminal.errors import PartyRefused
from terminal.parties.bank import (
    AccountClass,
    AccountState,
    Applicant,
    FinancialState,
    Matter,
    StopReason,
)

NUMBER = "000000197001010000"
APPLICANT = Applicant("测试·一", "id_card", NUMBER, date(2036, 1, 1), "13900000000", "bank-1")
ELSEWHERE = "6200009999999999990"


@pytest.fixture
def others() -> Others:
    return other_parties(open_register=False)


def opened(others: Others, *, active: bool = True) -> str:
    account = others.ports.bank.check_and_open("open", APPLICANT).account_number
    if active:
        others.ports.bank.activate("activate", account)
    return account


def state(others: Others, account: str) -> FinancialState:
    return others.ports.bank.financial_state(account)


def test_a_loss_and_its_end(others: Others) -> None:
    """A temporary loss is no step back from a formal one, and what was off does not come on."""
    bank, account = others.ports.bank, opened(others, active=False)
    bank.stop_financial("a", account, StopReason.TEMPORARY_LOSS)
    assert state(others, account).state is AccountState.STOPPED_TEMPORARY
    bank.stop_financial("b", account, StopReason.FORMAL_LOSS)
    bank.stop_financial("c", account, StopReason.TEMPORARY_LOSS)
    assert state(others, account).state is AccountState.STOPPED_FORMAL
    assert state(others, account).stopped
    with pytest.raises(PartyRefused):
        bank.activate("d", account)
    bank.restore_financial("e", account)
    assert state(others, account).state is AccountState.OPENED
    with pytest.raises(PartyRefused):
        bank.restore_financial("f", account)
    bank.activate("g", account)
    assert state(others, account) == FinancialState(
        account, AccountState.ACTIVE, AccountClass.FULL, restricted=False
    )


def test_who_gets_no_account(others: Others) -> None:
    """R-FIN-CHECK: name, type, number and validity; what differs is said, not what it is."""
    bank = others.ports.bank
    others.city.bank.add_document(NUMBER, "测试•一", "id_card", "2036-01-01")
    for wrong, word in (
        (replace(APPLICANT, name="测试一"), "姓名与证件不一致"),
        (replace(APPLICANT, id_type="passport"), "证件类型"),
        (replace(APPLICANT, valid_to=date(2037, 1, 1)), "证件有效期"),
        (replace(APPLICANT, valid_to=date(2026, 3, 1)), "已过有效期"),
    ):
        with pytest.raises(PartyRefused) as caught:
            bank.check_and_open("open", wrong)
        assert word in caught.value.cause("zh")
    assert others.city.bank.accounts == {}
    bank.check_and_open("open", APPLICANT)
    assert len(others.city.bank.accounts) == 1
    others.city.bank.refuse_person("another", "涉案名单", "on a list")
    with pytest.raises(PartyRefused, match="bank core"):
        bank.check_and_open("other", replace(APPLICANT, number="another", valid_to=None))


def test_a_document_of_today_is_valid(others: Others) -> None:
    """The last day of a document counts; one without an end has none."""
    bank = others.ports.bank
    bank.check_and_open("a", replace(APPLICANT, valid_to=MORNING.date()))
    bank.check_and_open("b", replace(APPLICANT, valid_to=None))


def test_a_word_of_caution_is_passed_on(others: Others) -> None:
    """R-RISK: the account's class and what the bank says to it, as it says it."""
    others.city.bank.set_risk(NUMBER, "II", restricted=True, zh="非柜面限额", en="limited")
    account = others.ports.bank.check_and_open("open", APPLICANT)
    assert (account.account_class, account.restricted) == (AccountClass.LIMITED, True)
    assert account.risk is not None
    assert account.risk.zh == "非柜面限额"
    assert state(others, account.account_number).restricted


def test_money_for_an_account(others: Others) -> None:
    """R-RENEW-MONEY: to the fen, to the name that the account is in, also at another bank."""
    bank, account = others.ports.bank, opened(others)
    assert bank.payout("a", account, 1234, "测试・一").amount_fen == 1234
    assert bank.payout("b", ELSEWHERE, 1, "谁").account_number == ELSEWHERE
    for key, fen, name in (("c", 1, "别人"), ("d", 0, "测试·一"), ("e", -1, "测试·一")):
        with pytest.raises(PartyRefused):
            bank.payout(key, account, fen, name)
    bank.cancel_account("f", account)
    with pytest.raises(PartyRefused):
        bank.payout("g", account, 1, "测试·一")
    assert [(each["key"], each["amount_fen"]) for each in others.city.bank.payouts] == [
        ("a", 1234),
        ("b", 1),
    ]


def test_an_account_s_end(others: Others) -> None:
    """Closed, it does nothing more and is still known; the reminder comes before (R-FIN-6M)."""
    bank, account = others.ports.bank, opened(others)
    bank.remind_restriction("a", account, date(2026, 3, 1))
    assert state(others, account).restricted
    assert others.city.bank.reminders[0]["cancelled_on"] == "2026-03-01"
    bank.cancel_account("b", account)
    assert state(others, account).state is AccountState.CANCELLED
    for ask in (
        lambda: bank.activate("c", account),
        lambda: bank.stop_financial("d", account, StopReason.FORMAL_LOSS),
        lambda: bank.cancel_account("e", account),
    ):
        with pytest.raises(PartyRefused):
            ask()


def test_an_account_that_is_none(others: Others) -> None:
    """Asked what it is, the bank says so; asked to do something, it refuses."""
    assert state(others, ELSEWHERE) == FinancialState(
        ELSEWHERE, AccountState.UNKNOWN, None, restricted=False
    )
    with pytest.raises(PartyRefused):
        others.ports.bank.stop_financial("a", ELSEWHERE, StopReason.TEMPORARY_LOSS)
    assert state(other_parties(open_register=True), ELSEWHERE).state is AccountState.ACTIVE


def test_referrals(others: Others) -> None:
    """S-FIN-*: the bank's own number and answer come back; what it settles is settled there."""
    bank, account = others.ports.bank, opened(others)
    answers = [bank.referral(f"r {each}", each, account) for each in Matter]
    assert len({each.procedure for each in answers}) == len(Matter)
    assert [each.matter for each in answers if each.settled] == [Matter.LOSS, Matter.LIFT]
    assert state(others, account).state is AccountState.ACTIVE
    assert len(others.city.bank.referrals) == len(Matter)
    bank.referral("again", Matter.LOSS, account)
    assert state(others, account).state is AccountState.STOPPED_FORMAL
