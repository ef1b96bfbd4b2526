"""What no card decides is decided by two people, on record, and only then."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from terminal.errors import CardNotAsked, DecisionRefused, EntryUnknown, SecondPersonNeeded
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


def decide(
    journal: Journal,
    key: str = "open-1",
    *,
    happened: bool = True,
    operator: str = "boss",
    second: str = "clerk2",
    reason: str = "letter 7",
    without_card: bool = False,
) -> Entry:
    return decide_by_people(
        journal,
        key,
        happened=happened,
        operator=operator,
        second=second,
        reason=reason,
        without_card=without_card,
    )


@pytest.mark.parametrize("second", ["", "boss", " ", "Boss", "\u3000BOSS "])
def test_one_person_is_not_enough(journal: Journal, second: str) -> None:
    """A clerk alone could turn an open load into cash, under whatever spelling."""
    undecided(journal)
    with pytest.raises(SecondPersonNeeded):
        decide(journal, second=second)


@pytest.mark.parametrize("operator", ["", " ", "\u3000"])
def test_nobody_is_no_first_person(journal: Journal, operator: str) -> None:
    """One clerk and a blank are not two people."""
    undecided(journal)
    with pytest.raises(SecondPersonNeeded):
        decide(journal, operator=operator)


def test_the_card_is_asked_first(journal: Journal) -> None:
    """People decide only what the card could not; the way out is named."""
    sent(journal)
    with pytest.raises(CardNotAsked) as refused:
        decide(journal)
    assert "--without-card" in refused.value.advice("zh")


@pytest.mark.parametrize("happened", [True, False])
@pytest.mark.parametrize("noted", ["sent", "unknown", "asked"])
def test_a_card_that_never_comes_back(journal: Journal, noted: str, happened: bool) -> None:
    """Two people and a reason end it; that no card was asked is on record."""
    entry = sent(journal)
    if noted != "sent":
        journal.unknown(entry, {"evidence_reason": "-"} if noted == "asked" else {})
    entry = decide(journal, happened=happened, without_card=True)
    assert entry.state is (State.DONE if happened else State.UNDONE)
    assert entry.facts["without_card"] is True
    assert not journal.unfinished()


def test_what_was_never_sent_did_not_happen(journal: Journal) -> None:
    """Nobody decides that a card was changed by a command that never went out."""
    journal.begin(Intention("open-1", Kind.LOAD, "0310", 1, 1, Method.CASH, "clerk1"))
    with pytest.raises(DecisionRefused):
        decide(journal, without_card=True)
    assert decide(journal, happened=False, without_card=True).state is State.UNDONE


@pytest.mark.parametrize("reason", ["", " \t\u3000"])
@pytest.mark.parametrize("without_card", [True, False])
def test_not_without_grounds(journal: Journal, reason: str, without_card: bool) -> None:
    """Whoever reads it in a year wants to know what it rests on."""
    undecided(journal)
    with pytest.raises(DecisionRefused) as refused:
        decide(journal, reason=reason, without_card=without_card)
    assert "--reason" in refused.value.cause("zh")


def test_what_has_an_outcome_keeps_it(journal: Journal) -> None:
    """A decision is for what is open; done stays done, and the clerk reads so."""
    journal.done(undecided(journal))
    for without_card in (True, False):
        with pytest.raises(DecisionRefused) as refused:
            decide(journal, happened=False, without_card=without_card)
        assert "已完成" in refused.value.cause("zh")
        assert "更正" not in refused.value.message("zh")
    with pytest.raises(EntryUnknown):
        decide(journal, "other", happened=False)


@pytest.mark.parametrize("kind", [Kind.PASS_SALE, Kind.PASS_ACTIVATION, Kind.PASS_MOVE])
def test_passes_are_decided_elsewhere(journal: Journal, kind: Kind) -> None:
    """The park system has to hear of it, too."""
    asked = Intention("open-1", kind, "0310", 0, 0, Method.NONE, "clerk1")
    journal.unknown(journal.sent(journal.begin(asked)), {"evidence_reason": "-"})
    for without_card in (True, False):
        with pytest.raises(DecisionRefused) as refused:
            decide(journal, without_card=without_card)
        assert "guitai park decide" in refused.value.cause("zh")
