"""One balance out of a card's several answers: proved before money is given back."""

from __future__ import annotations

import pytest
from purse_chip import chip
from purse_counter import purse_card

from apdu.purse import OfflineBegun
from emulator.purse_habits import PurseHabits
from emulator.purse_state import Account
from terminal.cards.transit import Balance, TransitCard, reconciled_balance
from terminal.errors import BalanceUnclear
from terminal.readers.t0 import AnswerRules

A, L = 5_000, 800


def begun(balance: int, limit: int) -> OfflineBegun:
    return OfflineBegun(balance, 0, limit, 0, 0, bytes(4))


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        # T-Union: the limit is in P1 00, and 03 − 02 is the same as 00 − 01.
        ((A, 0, 0, A, begun(A, 0)), A),
        ((A + L, L, 0, A, begun(A + L, L)), A),
        ((300, L, 500, 0, begun(300, L)), -500),
        # Shanghai's dump: all is overdraft, and INITIALIZE says so.
        ((L, L, 0, 0, begun(L, L)), 0),
        # FMCOS: one balance, no other part.
        ((A, None, None, None, begun(A, 0)), A),
        ((A, None, None, None, None), A),
        # A card that ignores P1, unmasked by the limit that INITIALIZE states.
        ((A, A, A, A, begun(A, 0)), A),
        ((0, 0, 0, 0, begun(0, 0)), 0),
        # The limit stands apart: P1 00 is the holder's own already.
        ((A, L, 0, A, begun(A, L)), A),
        # The top bit is no money.
        ((A, 0, 0, A, begun(A | 0x8000_0000, 0)), A),
    ],
)
def test_what_can_be_told(
    answers: tuple[int, int | None, int | None, int | None, OfflineBegun | None], shown: int
) -> None:
    """Cards differ in what P1 means (§3, §10 12); each of these says one thing only."""
    assert reconciled_balance(*answers).shown == shown


@pytest.mark.parametrize(
    "answers",
    [
        # A limit in P1 00 that the card does not name, but INITIALIZE does.
        (A + L, None, None, None, begun(A + L, L)),
        # In or out of P1 00? Nothing else tells.
        (A, L, None, None, begun(A, L)),
        # All overdraft, or a card that ignores P1?
        (A, A, None, None, None),
        (A, A, A, A, None),
        # Answers that contradict each other.
        (A, L, 0, A - 1, begun(A, L)),
        (A, L, 0, A, begun(A, 0)),
        (A, 0, 0, A - 5, begun(A, 0)),
        (A, 0, 0, A, begun(A - 1, 0)),
        (A, 100, 0, A - 100, begun(A, L)),
    ],
)
def test_what_cannot(
    answers: tuple[int, int | None, int | None, int | None, OfflineBegun | None],
) -> None:
    """A wrong reading pays the holder too much, or closes money in; so nobody guesses."""
    with pytest.raises(BalanceUnclear):
        reconciled_balance(*answers)


@pytest.mark.parametrize(
    "habits",
    [
        {},
        {"ignores_part": True},
        {"balance_parts": False},
        {"limit_apart": True},
        {"top_bit": True},
    ],
    ids=lambda habits: next(iter(habits), "usual"),
)
@pytest.mark.parametrize("account", [Account(A, 0, 0, 0), Account(A + L, L, 0, 0)])
def test_no_habit_is_misread(habits: dict[str, bool], account: Account) -> None:
    """Whatever the card's way of counting: what the holder has, or a refusal."""
    card = chip(purse=account, selected=False, **habits)
    found = TransitCard(AnswerRules(card))
    try:
        assert found.proved_balance(0).shown == A
    except BalanceUnclear:
        assert account.limit
        assert habits.keys() & {"ignores_part", "balance_parts"}


def test_it_changes_nothing() -> None:
    """It begins a purchase of nothing and leaves it there."""
    card = purse_card(A, habits=PurseHabits())
    before = card.memory.cells()
    card.power_on()
    assert TransitCard(AnswerRules(card)).proved_balance(0) == Balance(A)
    assert card.memory.cells() == before
