"""What no card decides is decided by two people, on record, and only then."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from terminal.errors import CorrectionWrong, EntryUnknown, SecondPersonNeeded
from terminal.journal.journal import Journal
from terminal.journal.model import Entry, Intention, Kind, Method, State
from terminal.journal.reconcile import reconcile
from terminal.journal.store import SqliteStore
from terminal.services.deciding import decide_by_people

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(SqliteStore(tmp_path / "journal.db"), lambda: NOW)


def sent(journal: Journal) -> Entry:
    entry = journal.begin(
        Intention("open-1", Kind.LOAD, "0310", 1_000, 1_000, Method.CASH, "clerk1")
    )
    return journal.sent(entry, {"balance_before": 5_000})


def undecided(journal: Journal) -> Entry:
    return journal.unknown(sent(journal), {"evidence_reason": "nothing reaches back"})


@pytest.mark.parametrize(("happened", "state"), [(True, State.DONE), (False, State.UNDONE)])
def test_two_people_and_a_reason(journal: Journal, happened: bool, state: State) -> None:
    """The entry ends, says who decided and why, and counts on the sheet of its day."""
    undecided(journal)
    entry = decide_by_people(
        journal, "open", happened=happened, operator="boss", second="clerk2", reason="letter 7"
    )
    assert entry.state is state
    assert (entry.facts["decided_by"], entry.facts["agreed_by"]) == ("boss", "clerk2")
    sheet = reconcile([entry], journal.today())
    assert sheet.card_change == (1_000 if happened else 0)
    assert not sheet.discrepancies


@pytest.mark.parametrize("second", ["", "boss"])
def test_one_person_is_not_enough(journal: Journal, second: str) -> None:
    """A clerk alone could turn an open load into cash."""
    undecided(journal)
    with pytest.raises(SecondPersonNeeded):
        decide_by_people(
            journal, "open-1", happened=True, operator="boss", second=second, reason="letter 7"
        )


def test_the_card_is_asked_first(journal: Journal) -> None:
    """People decide only what the card could not."""
    sent(journal)
    with pytest.raises(CorrectionWrong):
        decide_by_people(
            journal, "open-1", happened=True, operator="boss", second="clerk2", reason="letter 7"
        )


def test_not_without_grounds(journal: Journal) -> None:
    """Whoever reads it in a year wants to know what it rests on."""
    undecided(journal)
    with pytest.raises(CorrectionWrong):
        decide_by_people(
            journal, "open-1", happened=True, operator="boss", second="clerk2", reason=""
        )


def test_what_has_an_outcome_keeps_it(journal: Journal) -> None:
    """A decision is for what is open; done stays done."""
    journal.done(undecided(journal))
    with pytest.raises(CorrectionWrong):
        decide_by_people(
            journal, "open-1", happened=False, operator="boss", second="clerk2", reason="letter 7"
        )
    with pytest.raises(EntryUnknown):
        decide_by_people(
            journal, "other", happened=False, operator="boss", second="clerk2", reason="letter 7"
        )
