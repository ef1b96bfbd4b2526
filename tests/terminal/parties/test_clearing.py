"""Transit clearing: money that a dead chip does not tell of any more."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from parties import MORNING, Others, other_parties

from emulator.parties import clearing
from terminal.errors import PartyRefused
from terminal.parties.clearing import (
    Blacklist,
    BlockReason,
    CardBalance,
    Certainty,
    DeadSettlement,
    TransitClearing,
    Trip,
)

CARD, ACCOUNT, NAME = "1000750000000000001", "6200000000000000018", "测试一"


@pytest.fixture
def others() -> Others:
    there = other_parties(open_register=False)
    there.city.clearing.add_card(CARD, 1234, "2026-03-05")
    return there


def test_pending_then_exact_then_paid(others: Others) -> None:
    """R-RENEW-MONEY: no sum before it is exact, and then not one fen more or less, once."""
    port = others.ports.clearing
    day = date(2026, 3, 5)
    assert port.balance(CARD) == CardBalance(CARD, Certainty.PENDING, None, day)
    ordered = port.settle_dead("k", CARD, ACCOUNT, NAME)
    assert ordered == DeadSettlement("k", CARD, ACCOUNT, Certainty.PENDING, None, day, None)
    others.now = MORNING + timedelta(days=3)
    assert port.balance(CARD) == CardBalance(CARD, Certainty.EXACT, 1234, None)
    assert port.settle_dead("k", CARD, ACCOUNT, NAME) == ordered
    paid = port.settlement("k")
    assert (paid.amount_fen, paid.paid_at) == (1234, others.now)
    others.now += timedelta(days=1)
    assert port.settlement("k") == paid
    assert others.city.clearing.settlements["k"]["amount_fen"] == 1234


def test_once_a_card(others: Others) -> None:
    """A second order, at another outlet too, would pay the same money again."""
    port = others.ports.clearing
    port.settle_dead("k", CARD, ACCOUNT, NAME)
    with pytest.raises(PartyRefused):
        port.settle_dead("other", CARD, ACCOUNT, NAME)
    for unknown in (lambda: port.settlement("other"), lambda: port.balance("another")):
        with pytest.raises(PartyRefused):
            unknown()


def test_an_overdraft_is_paid_first(others: Others) -> None:
    """A card that owes is told as such, and no money is ordered for it."""
    others.city.clearing.add_card(CARD, -350)
    assert others.ports.clearing.balance(CARD).balance_fen == -350
    with pytest.raises(PartyRefused) as caught:
        others.ports.clearing.settle_dead("k", CARD, ACCOUNT, NAME)
    assert "透支" in caught.value.cause("zh")


def test_trips_without_an_end(others: Others) -> None:
    """They are told with what is owed, for people to settle before a refund."""
    begun = MORNING.isoformat()
    others.city.clearing.add_card(
        CARD, 10, trips=[{"where": "西直门", "begun_at": begun, "owed_fen": 300}]
    )
    assert others.ports.clearing.unfinished_trips(CARD).trips == (Trip("西直门", MORNING, 300),)


def whole(port: TransitClearing) -> tuple[list[str], int]:
    numbers: list[str] = []
    version, pieces = 0, 0
    while (piece := port.blacklist(version)).version != version:
        numbers += piece.numbers
        version = piece.version
        pieces += 1
    return numbers, pieces


def test_the_blacklist_comes_in_pieces(others: Others, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is each answer is bounded, and what came since is all that is asked for."""
    monkeypatch.setattr(clearing, "PIECE", 2)
    port = others.ports.clearing
    assert whole(port) == ([], 0)
    for number in range(5):
        port.block(f"k{number}", f"card-{number}", BlockReason.DEAD)
    port.block("again", "card-0", BlockReason.FORGED)
    assert whole(port) == ([f"card-{number}" for number in range(5)], 3)
    assert port.blacklist(4).numbers == ("card-4",)
    with pytest.raises(PartyRefused):
        port.blacklist(6)


def test_sums_that_cannot_be() -> None:
    """A sum that is pending, an exact one that is none, one paid too early: no such value."""
    day = date(2026, 3, 5)
    for certainty, fen, expected in (
        (Certainty.PENDING, 1, day),
        (Certainty.PENDING, None, None),
        (Certainty.EXACT, None, None),
        (Certainty.EXACT, 1, day),
    ):
        with pytest.raises(ValueError, match="sum"):
            CardBalance(CARD, certainty, fen, expected)
        with pytest.raises(ValueError, match="sum"):
            DeadSettlement("k", CARD, ACCOUNT, certainty, fen, expected, None)
    pending = DeadSettlement("k", CARD, ACCOUNT, Certainty.PENDING, None, day, None)
    with pytest.raises(ValueError, match="paid"):
        replace(pending, paid_at=MORNING)
    with pytest.raises(ValueError, match="below"):
        replace(pending, certainty=Certainty.EXACT, amount_fen=-1, expected_on=None)


def test_lists_that_cannot_be() -> None:
    """One that goes back, or gives numbers without a step, would be asked for without an end."""
    for version, numbers in ((4, ()), (5, ("a",))):
        with pytest.raises(ValueError, match="list"):
            Blacklist(5, version, numbers)
    assert Blacklist(5, 7, ()).numbers == ()
