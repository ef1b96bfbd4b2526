"""Payments: done, refused, or not known yet; never twice."""

import pytest
from parties import Others, other_parties

from emulator.parties.party import Fault
from terminal.errors import PartyContradicts, PartyRefused, PartyUnreachable
from terminal.parties.payment import Method, Payee, PaymentOutcome, PaymentState

PAYEE = Payee("6200000000000000018", "测试一")


@pytest.fixture
def others() -> Others:
    return other_parties()


def test_cash_in_and_out(others: Others) -> None:
    """The till is what came in less what went out, to the fen."""
    payment = others.ports.payment
    assert payment.collect("a", Method.CASH, 5001, "充值", None).state is PaymentState.DONE
    payment.collect("b", Method.TRANSFER, 9999, "充值", None)
    payment.pay_out("c", Method.CASH, 2000, "退资", None)
    assert others.city.payment.till_fen == 3001


def test_an_outcome_that_is_not_known_yet(others: Others) -> None:
    """It is asked for until it is known, under its own key; the first answer is not for ever."""
    payment = others.ports.payment
    others.city.payment.set_undecided(undecided=True)
    for key, made, state in (("a", True, PaymentState.DONE), ("b", False, PaymentState.REFUSED)):
        first = payment.pay_out(key, Method.ACCOUNT, 100, "退资", PAYEE)
        assert first.state is PaymentState.UNKNOWN
        assert payment.pay_out(key, Method.ACCOUNT, 100, "退资", PAYEE) == first
        others.city.payment.decide(key, made=made)
        assert payment.outcome(key).state is state
        assert payment.pay_out(key, Method.ACCOUNT, 100, "退资", PAYEE) == payment.outcome(key)


def test_what_never_arrived(others: Others) -> None:
    """A question that was lost leaves nothing: that is known too, and told from unknown."""
    payment = others.ports.payment
    for fault, state in ((Fault.DOWN, PaymentState.NEVER), (Fault.LOST_ANSWER, PaymentState.DONE)):
        others.once("payment", fault)
        with pytest.raises(PartyUnreachable):
            payment.collect(fault, Method.CASH, 100, "充值", None)
        assert payment.outcome(fault).state is state
    assert payment.outcome("down") == PaymentOutcome("down", PaymentState.NEVER, 0, "", None)


def test_an_account_that_is_not_named(others: Others) -> None:
    """It is refused as an outcome, with why."""
    outcome = others.ports.payment.collect("k", Method.ACCOUNT, 100, "充值", None)
    assert outcome.state is PaymentState.REFUSED
    assert outcome.reason is not None
    assert outcome.reason.zh == "没有写明账户"


def test_in_is_not_out(others: Others) -> None:
    """One key for a collection and a payout is a mistake that costs money."""
    others.ports.payment.collect("k", Method.CASH, 100, "充值", None)
    with pytest.raises(PartyContradicts):
        others.ports.payment.pay_out("k", Method.CASH, 100, "充值", None)
    for fen in (0, -100):
        with pytest.raises(PartyRefused):
            others.ports.payment.collect(f"k{fen}", Method.CASH, fen, "充值", None)


def test_outcomes_that_cannot_be() -> None:
    """Money of what never was, none of what was."""
    for state, fen in ((PaymentState.NEVER, 1), (PaymentState.DONE, 0), (PaymentState.DONE, -1)):
        with pytest.raises(ValueError, match="sum"):
            PaymentOutcome("k", state, fen, "", None)
