"""A TAC that nobody could check at its time is checked later, by what the journal holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from purse_counter import PurseCounter, purse_card

from terminal.errors import GuitaiError, HostUnreachable, KeyMissing, SamMissing
from terminal.journal.model import Entry, Intention, Kind, Method
from terminal.journal.reconcile import is_checked
from terminal.services.tac_checks import Checked, check_tacs

LOAD, PAYMENT = "load-0001", "payment-0001"


class Silent:
    """A host or SAM that does its work and is away when a proof is to be checked."""

    def __init__(self, whole: object, error: GuitaiError) -> None:
        self._whole = whole
        self._error = error
        self.asked = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._whole, name)

    def is_proof(self, *_: object) -> bool:
        self.asked += 1
        raise self._error

    is_tac = is_proof


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[PurseCounter]:
    made = PurseCounter(purse_card(5_000), tmp_path)
    yield made
    made.close()


def silent(counter: PurseCounter, host: GuitaiError, sam: GuitaiError) -> object:
    keys = counter.keys()
    keys.__dict__ |= {"host": Silent(keys.host, host), "sam": Silent(keys.sam, sam)}
    return closing(keys)


def both(counter: PurseCounter, host: GuitaiError, sam: GuitaiError) -> None:
    """Load and pay while nobody checks the TACs."""
    with counter.visit() as visit, silent(counter, host, sam) as keys:  # type: ignore[attr-defined]
        desk = counter.desk_on(visit, keys)
        desk.load(1_000, Method.CASH, LOAD)
        desk.pay(300, PAYMENT)


def check(counter: PurseCounter) -> tuple[Checked, ...]:
    with closing(counter.keys()) as keys:
        return check_tacs(counter.journal, today(counter), keys)


def today(counter: PurseCounter) -> tuple[Entry, ...]:
    return counter.journal.of_day(counter.journal.today())


def forged(counter: PurseCounter, key: str) -> str:
    """Note an operation again, with a TAC that is not its card's; give the new key."""
    real = counter.journal.find(key)
    asked = real.intention
    copy = Intention(f"{key}-x", asked.kind, asked.card, asked.amount, 0, Method.NONE, "clerk1")
    sent = counter.journal.sent(counter.journal.begin(copy))
    counter.journal.done(sent, {**real.facts, "tac": "00000000"})
    return copy.key


def test_what_was_missed_is_made_up_for(counter: PurseCounter) -> None:
    """The clearing centre pays what was proved, whenever that was."""
    both(counter, HostUnreachable(detail="-"), SamMissing())
    assert counter.journal.find(LOAD).facts["tac_checked"] is None
    assert {each.entry.key: each.right for each in check(counter)} == {LOAD: True, PAYMENT: True}
    assert all(is_checked(each) for each in today(counter))
    assert counter.journal.find(PAYMENT).facts["tac_checked"] is True
    assert check(counter) == (), "what is right is not asked again"


@pytest.mark.parametrize("key", [LOAD, PAYMENT])
def test_a_tac_that_is_wrong(counter: PurseCounter, key: str) -> None:
    """It is noted once, stays wrong, and is named each time."""
    both(counter, HostUnreachable(detail="-"), SamMissing())
    wrong = forged(counter, key)
    for _ in range(2):
        assert [each.entry.key for each in check(counter) if each.right is False] == [wrong]
    entry = counter.journal.find(wrong)
    assert entry.facts["tac_checked"] is False
    assert len(entry.steps) == 4, "one remark"


def test_nobody_there_is_asked_once(counter: PurseCounter) -> None:
    """A host that is away costs its time-out once, and the SAM is asked all the same."""
    both(counter, HostUnreachable(detail="-"), SamMissing())
    forged(counter, LOAD)
    keys = counter.keys()
    host = Silent(keys.host, HostUnreachable(detail="-"))
    keys.__dict__["host"] = host
    with closing(keys):
        checked = check_tacs(counter.journal, today(counter), keys)
    assert host.asked == 1
    assert sorted((each.entry.key, each.right) for each in checked if each.reason) == [
        (LOAD, None),
        (f"{LOAD}-x", None),
    ]
    assert [each.entry.key for each in checked if each.right] == [PAYMENT]
    assert counter.journal.find(LOAD).facts["tac_checked"] is None


def test_a_sam_without_the_tac_key(counter: PurseCounter) -> None:
    """MAC2 proved the purchase; that nobody here knows TACs is no news every evening."""
    both(counter, KeyMissing(key="DTK"), KeyMissing(key="DTK"))
    counter.journal.remark(counter.journal.find(PAYMENT), {"mac2_checked": True})
    with silent(counter, KeyMissing(key="DTK"), KeyMissing(key="DTK")) as keys:  # type: ignore[attr-defined]
        checked = check_tacs(counter.journal, today(counter), keys)
        assert keys.sam.asked == 1
    assert [(each.entry.key, each.right) for each in checked] == [(LOAD, None)]
    assert "DTK" in str(checked[0].reason)


def test_facts_that_do_not_do(counter: PurseCounter) -> None:
    """What an older program noted may lack something; the rest is checked all the same."""
    journal = counter.journal
    both(counter, HostUnreachable(detail="-"), SamMissing())
    whole = journal.find(LOAD).facts
    for number, facts in enumerate(
        (
            {"tac": "00000000"},
            {**whole, "transaction": 255},
            {**whole, "init": "00"},
            {**whole, "at": None},
            {**whole, "fen": "ten"},
        )
    ):
        asked = Intention(f"old-{number}", Kind.LOAD, "0310", 1, 0, Method.NONE, "clerk1")
        journal.done(journal.sent(journal.begin(asked)), facts)
    open_ = Intention("open-1", Kind.LOAD, "0310", 1, 0, Method.NONE, "clerk1")
    journal.sent(journal.begin(open_), {"tac": "00000000"})
    checked = check(counter)
    unable = [each.entry.key for each in checked if each.right is None]
    assert unable == ["old-0", "old-1", "old-2", "old-3", "old-4"]
    assert all(each.reason for each in checked if each.right is None)
    assert [each.entry.key for each in checked if each.right] == [LOAD, PAYMENT]
