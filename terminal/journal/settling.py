"""Decide from a card's evidence how an operation on its purse ended. Pure: it never guesses.

Reference transit-purse.md §5 and §10, 1: counter first, then GET TRANSACTION PROVE, then balance
and log. 9406 says "did not happen" only while the counter still stands where it stood; a later
transaction elsewhere gives the same answer. What the evidence leaves open goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from terminal.journal.model import State
from terminal.texts import Text


class Proof(StrEnum):
    """What GET TRANSACTION PROVE said of the counter after ours."""

    RIGHT = "right"
    """It proves our transaction: the TAC is over our amount, terminal and time."""
    OTHER = "other"
    """It proves a transaction that is not ours."""
    UNCHECKED = "unchecked"
    """There is one, and nobody could be asked whether it is right."""
    NONE = "none"
    """The card has none (9406)."""


@dataclass(frozen=True, slots=True)
class Line:
    """Hold a line of the card's log, amounts in fen, ``at`` seven bytes BCD."""

    counter: int
    kind: int
    amount: int
    terminal: bytes
    at: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold what was sent: the counter and balance before it, and what the log must show."""

    counter: int
    balance: int
    kind: int
    amount: int
    """Without a sign."""
    change: int
    """By which the balance was to change."""
    terminal: bytes
    at: bytes
    family: frozenset[int]
    """Transaction types that count in the same counter."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Hold what the card shows now; None where it does not show something.

    ``whole`` says that the log's end was seen: nothing has been pushed out of it yet.
    """

    counter: int | None
    proof: Proof
    balance: int | None
    log: tuple[Line, ...] | None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the outcome, or None where it can't be told, and the reason in words."""

    state: State | None
    reason: Text


def decide(sent: Sent, seen: Evidence) -> Verdict:
    """Say whether what was sent happened."""
    counter = seen.counter
    if counter is not None and counter < sent.counter:
        return _open(
            f"卡的计数器（{counter}）比当时（{sent.counter}）还小：卡被换过或芯片异常",
            f"the card's counter ({counter}) is below the one then ({sent.counter})",
        )
    logged = _logged(sent, seen)
    if counter == sent.counter:
        grown = sent.change > 0 and seen.balance == sent.balance + sent.change
        if seen.proof is Proof.RIGHT or logged is True or grown:
            return _open(
                "计数器没有变，卡却像是做过这笔交易：证据互相矛盾",
                "the counter did not move, yet the card shows the transaction",
            )
        return Verdict(
            State.UNDONE,
            Text(
                f"卡的计数器仍是 {counter}，这笔交易没有发生",
                f"the card's counter still is {counter}: it did not happen",
            ),
        )
    if seen.proof is Proof.RIGHT:
        return Verdict(
            State.DONE,
            Text("卡给出了这笔交易的证明（TAC）", "the card gave the proof (TAC) of it"),
        )
    if seen.proof is Proof.OTHER and logged is True:
        return _open(
            "卡的明细里有这笔交易，但它的证明不对", "the card's log shows it, its proof is wrong"
        )
    if logged is True:
        return Verdict(
            State.DONE, Text("卡的明细里有这笔交易", "the card's log shows the transaction")
        )
    if logged is False:
        return Verdict(
            State.UNDONE,
            Text(
                "卡的明细从那时起是完整的，其中没有这笔交易",
                "the card's log reaches back to then and does not show it",
            ),
        )
    return _open(*_left_open(sent, seen))


def _open(zh: str, en: str) -> Verdict:
    return Verdict(None, Text(zh, en))


def _left_open(sent: Sent, seen: Evidence) -> tuple[str, str]:
    """Say what is known all the same; a balance alone decides nothing."""
    balance = "?" if seen.balance is None else f"{seen.balance / 100:.2f}"
    before = f"{sent.balance / 100:.2f}"
    expected = f"{(sent.balance + sent.change) / 100:.2f}"
    zh = f"余额当时 {before} 元，发生了应为 {expected} 元，现在 {balance} 元"
    en = f"balance then {before}, {expected} if it happened, now {balance} yuan"
    return (
        f"卡没有给出可信的证明，明细也说明不了；{zh}",
        f"the card gave no proof of it, and its log does not decide; {en}",
    )


def _logged(sent: Sent, seen: Evidence) -> bool | None:
    """Say whether the log shows it: yes, surely not, or None where it can't be told.

    "Surely not" wants the card's counter, for a log that does not show what moved the counter may
    lack ours as well. Whether a line has the counter before or after its transaction differs by
    card (§10, 1), and on some both directions share it: the newest line tells.
    """
    if seen.log is None:
        return None
    ours = any(
        (line.kind, line.amount, line.terminal, line.at)
        == (sent.kind, sent.amount, sent.terminal, sent.at)
        for line in seen.log
    )
    if ours:
        return True
    if seen.counter is None:
        return None
    alike = [line.counter for line in seen.log if line.kind in sent.family]
    every = [line.counter for line in seen.log]
    newest = ([seen.counter], [seen.counter - 1])
    counted = every if _one_counter(seen.log, sent.family) else alike
    if counted[:1] not in newest:
        return None
    # Where the newest line has the card's counter, lines have the one after their transaction.
    first_of_ours = sent.counter + (counted[0] == seen.counter)
    older = any(counter < first_of_ours for counter in counted)
    return False if seen.whole or older else None


def _one_counter(log: tuple[Line, ...], family: frozenset[int]) -> bool:
    """Tell whether both directions share a counter: one's line fills the gap in the other's.

    Numbers that happen to fit are not enough: a line of the other direction has to stand on both
    sides of one of ours, and none may be missing.
    """
    others = [index for index, line in enumerate(log) if line.kind not in family]
    ours = [index for index, line in enumerate(log) if line.kind in family]
    if not others or not any(others[0] < index < others[-1] for index in ours):
        return False
    return all(newer.counter - older.counter == 1 for newer, older in pairwise(log))
