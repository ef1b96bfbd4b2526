"""The decision: what a card's evidence proves, what it refutes, and what it leaves open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.journal.model import State
from terminal.journal.settling import Evidence, Line, Proof, Sent, decide

TERMINAL, AT, OTHER_AT = bytes(5) + b"\7", bytes.fromhex("20260302093003"), bytes(7)
ONLINE = frozenset({1, 2, 3, 7})
SENT = Sent(
    counter=10,
    balance=5_000,
    kind=2,
    amount=1_000,
    change=1_000,
    terminal=TERMINAL,
    at=AT,
    family=ONLINE,
)
OURS = Line(11, 2, 1_000, TERMINAL, AT)
OLDER = Line(9, 2, 300, TERMINAL, OTHER_AT)
LATER = Line(12, 2, 700, TERMINAL, OTHER_AT)
FULL = 10


def seen(
    counter: int | None,
    proof: Proof = Proof.NONE,
    *lines: Line,
    balance: int | None = 5_000,
    shown: bool = True,
) -> Evidence:
    """Evidence with a log of those lines, filled up with purchases to be full."""
    filling = [Line(200 - each, 9, 100, TERMINAL, OTHER_AT) for each in range(FULL - len(lines))]
    return Evidence(counter, proof, balance, (*lines, *filling) if shown else None)


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        # The counter stands: it did not happen, whatever else the card lacks.
        (seen(10, Proof.NONE, OLDER), State.UNDONE),
        (seen(10, shown=False, balance=None), State.UNDONE),
        (seen(10, Proof.OTHER, OLDER), State.UNDONE),
        # It went on, and the card proves ours.
        (seen(11, Proof.RIGHT), State.DONE),
        (seen(11, Proof.RIGHT, shown=False, balance=None), State.DONE),
        (seen(30, Proof.RIGHT, LATER), State.DONE),
        # No proof any more: 9406 alone would have said "did not happen", and paid twice.
        (seen(12, Proof.NONE, LATER, OURS), State.DONE),
        (seen(12, Proof.UNCHECKED, LATER, OURS), State.DONE),
        (seen(12, Proof.NONE, LATER, replace(OURS, amount=999), OLDER), State.UNDONE),
        (seen(12, Proof.OTHER, LATER, OLDER), State.UNDONE),
        (seen(12, Proof.NONE, LATER, replace(OLDER, counter=10)), State.UNDONE),
        # The counter is not shown (a card that wants a PIN for INITIALIZE).
        (seen(None, Proof.RIGHT), State.DONE),
        (seen(None, Proof.NONE, OURS), State.DONE),
    ],
)
def test_what_the_evidence_decides(evidence: Evidence, outcome: State) -> None:
    """Counter first, then the proof, then the log, as the reference has it (§5, §10 1)."""
    assert decide(SENT, evidence).state is outcome


@pytest.mark.parametrize(
    "evidence",
    [
        # A counter that ran backwards is another chip, or a broken one.
        seen(9, Proof.NONE, OLDER),
        seen(9, Proof.RIGHT, OURS),
        # Evidence against itself.
        seen(10, Proof.RIGHT),
        seen(10, Proof.NONE, OURS),
        seen(11, Proof.OTHER, OURS),
        # It went on, and nothing reaches back to then.
        seen(30, Proof.NONE, replace(LATER, counter=30)),
        seen(11, shown=False, balance=6_000),
        seen(11, Proof.UNCHECKED, shown=False),
        seen(11, Proof.OTHER, shown=False),
        # The counter moved and the log does not show by what: it may lack ours too.
        seen(11, Proof.NONE, OLDER),
        # Without the card's counter nothing says that the log shows what moved it.
        seen(None, Proof.NONE, LATER, OLDER),
        Evidence(None, Proof.NONE, 6_000, (), whole=True),
        Evidence(None, Proof.OTHER, 5_000, (OLDER,), whole=True),
        # The counter stands, and the money is there.
        seen(10, Proof.NONE, OLDER, balance=6_000),
        # An empty log of a card whose counter moved has lost something.
        Evidence(11, Proof.NONE, 5_000, (), whole=True),
        # The purchases on it count by themselves: their numbers say nothing of a load's age.
        seen(12, Proof.NONE, LATER, *(replace(OLDER, counter=each, kind=9) for each in range(9))),
        # Nothing at all.
        Evidence(None, Proof.NONE, None, None),
    ],
)
def test_what_goes_to_a_person(evidence: Evidence) -> None:
    """A guess here is somebody's money; a balance alone decides nothing."""
    verdict = decide(SENT, evidence)
    assert verdict.state is None
    assert verdict.reason.zh
    assert verdict.reason.en


@pytest.mark.parametrize(
    ("change", "balance", "outcome"),
    [
        (1, 5_001, None),
        # By the other counter somebody paid as much as was to come off by this one.
        (-1_000, 4_000, State.UNDONE),
        # The entry of a trip changes nothing, and neither did its coming to nothing.
        (0, 5_000, State.UNDONE),
    ],
)
def test_money_that_is_there_although_the_counter_stands(
    change: int, balance: int, outcome: State | None
) -> None:
    """Only a balance that grew contradicts the counter: one falls by other ways as well."""
    sent = replace(SENT, amount=abs(change), change=change)
    assert decide(sent, seen(10, Proof.NONE, OLDER, balance=balance)).state is outcome


def test_a_log_that_is_not_full_is_whole() -> None:
    """A young card has few lines, and then what is not among them never was."""
    few = Evidence(12, Proof.NONE, 5_000, (LATER,), whole=True)
    assert decide(SENT, few).state is State.UNDONE
    assert decide(SENT, replace(few, whole=False)).state is None


def mixed(*kinds_and_counters: tuple[int, int]) -> Evidence:
    """Show a full log of loads (2) and rides (9), newest first, none of them ours."""
    lines = tuple(
        Line(counter, kind, 100, TERMINAL, OTHER_AT) for kind, counter in kinds_and_counters
    )
    return Evidence(12, Proof.NONE, 4_900, lines)


def test_one_counter_for_both_directions() -> None:
    """On such a card a purchase may be what moved the counter (FMCOS, §3.2)."""
    shared = mixed((9, 12), (2, 11), (9, 10), (9, 9))
    assert decide(SENT, shared).state is State.UNDONE
    assert decide(SENT, mixed((9, 11), (2, 10), (9, 9))).state is State.UNDONE


@pytest.mark.parametrize(
    "coincidence",
    [
        pytest.param(mixed(*((9, 12 - each) for each in range(10))), id="the other direction only"),
        pytest.param(mixed(*((9, 11 - each) for each in range(10))), id="the same, counted before"),
        pytest.param(mixed((9, 12), (2, 9)), id="numbers are missing"),
        pytest.param(mixed((9, 12), (2, 11), (9, 10), (9, 8)), id="one is missing"),
        pytest.param(mixed((9, 12), (9, 11), (2, 10)), id="ours is the oldest"),
        pytest.param(mixed((9, 12), (2, 11), (2, 10)), id="the other direction on one side"),
        pytest.param(mixed((9, 12), (2, 11), (9, 11), (9, 10)), id="a number twice"),
    ],
)
def test_two_counters_that_happen_to_meet(coincidence: Evidence) -> None:
    """The other direction's numbers taken for ours would call undone what the card has done."""
    assert decide(SENT, coincidence).state is None


def test_either_reading_of_the_logs_counter() -> None:
    """Cards differ in whether a line has the counter before or after (§10, 1)."""
    before = Evidence(11, Proof.NONE, 5_000, (replace(OURS, amount=5, counter=10),), whole=True)
    after = Evidence(11, Proof.NONE, 5_000, (replace(OURS, amount=5, counter=11),), whole=True)
    assert decide(SENT, before).state is State.UNDONE
    assert decide(SENT, after).state is State.UNDONE


def test_the_reason_names_the_balances() -> None:
    """Who has to decide wants the figures: then, if it happened, and now."""
    verdict = decide(SENT, seen(11, shown=False, balance=6_000))
    for figure in ("50.00", "60.00"):
        assert figure in verdict.reason.zh
        assert figure in verdict.reason.en


@pytest.mark.parametrize(
    "other", [{"kind": 1}, {"amount": 999}, {"terminal": bytes(6)}, {"at": OTHER_AT}]
)
def test_a_line_that_is_nearly_ours(other: dict[str, object]) -> None:
    """The same amount at the same gate is another customer's trip: every field has to be ours."""
    line = replace(OURS, **other)  # type: ignore[arg-type]
    assert decide(SENT, seen(12, Proof.NONE, LATER, line, OLDER)).state is State.UNDONE


@pytest.mark.parametrize(("now", "shown"), [(7_345, "73.45"), (None, "?")])
def test_each_figure_in_its_place(now: int | None, shown: str) -> None:
    """Three figures that a person decides money by: exchanged or rounded they mislead."""
    sent = replace(SENT, balance=5_005, change=-1_010)
    reason = decide(sent, seen(11, shown=False, balance=now)).reason
    assert reason.en.endswith(f"balance then 50.05, 39.95 if it happened, now {shown} yuan")
    assert reason.zh.endswith(f"余额当时 50.05 元，发生了应为 39.95 元，现在 {shown} 元")


# A card that is simulated ------------------------------------------------------------------


@given(
    happened=st.booleans(),
    others=st.lists(st.tuples(st.sampled_from([2, 3]), st.integers(1, 500)), max_size=14),
    purchases=st.lists(st.integers(0, 13), max_size=12),
    after=st.booleans(),
    retained=st.booleans(),
    checked=st.booleans(),
)
def test_no_history_is_decided_wrongly(
    happened: bool,
    others: list[tuple[int, int]],
    purchases: list[int],
    after: bool,
    retained: bool,
    checked: bool,
) -> None:
    """Whatever happened on the card since, the verdict is the truth, or that it can't be told."""
    counter, lines, balance = 10, [Line(10 if after else 9, 2, 300, TERMINAL, OTHER_AT)], 5_000
    online = [(2, 1_000, AT)] if happened else []
    online += [(kind, amount, OTHER_AT) for kind, amount in others]
    proofs: dict[int, bool] = {}
    offline = 50
    for number, (kind, amount, at) in enumerate(online):
        for _ in range(purchases.count(number)):
            offline += 1
            lines.insert(0, Line(offline, 9, 100, TERMINAL, OTHER_AT))
        counter += 1
        balance += amount if kind == 2 else -amount
        lines.insert(0, Line(counter if after else counter - 1, kind, amount, TERMINAL, at))
        if kind == 2:
            proofs = {counter: at == AT}
    proof = Proof.NONE
    if retained and 11 in proofs:
        proof = Proof.RIGHT if proofs[11] else Proof.OTHER
        proof = proof if checked else Proof.UNCHECKED
    whole = len(lines) < FULL
    verdict = decide(SENT, Evidence(counter, proof, balance, tuple(lines[:FULL]), whole=whole))
    assert verdict.state in {State.DONE if happened else State.UNDONE, None}
    if proof is Proof.RIGHT or not online or len(lines) <= FULL:
        assert verdict.state is not None
