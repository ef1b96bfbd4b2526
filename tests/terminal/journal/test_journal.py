"""The journal as a service uses it: what it answers, what it refuses, what it costs."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from terminal.config import Config, Outlet, load_config
from terminal.config import Journal as Settings
from terminal.errors import (
    ConfigWrong,
    EntryMoved,
    EntryUnknown,
    IntentionDiffers,
    JournalDamaged,
    JournalExists,
    JournalMissing,
    JournalUnsettled,
    JournalUnwritable,
    Retry,
)
from terminal.journal import (
    BEIJING,
    AlreadyBegun,
    Entry,
    IllegalMove,
    Intention,
    Journal,
    SqliteStore,
    State,
    init_journal,
    now,
    open_journal,
    shown_key,
)
from terminal.texts import Text

Load = Callable[..., Intention]


def test_a_load_costs_two_waits(journal: Journal, load: Load) -> None:
    """The disk is waited for before the card is written and after, and at no other time."""
    waits = []
    entry = journal.begin(load())
    waits.append(journal.store.durable_commits)
    entry = journal.sent(entry, {"counter": 17})
    waits.append(journal.store.durable_commits)
    entry = journal.done(entry, {"tac_checked": True})
    waits.append(journal.store.durable_commits)
    assert waits == [0, 1, 2]
    assert journal.find(entry.key) == entry
    assert (entry.state, entry.facts) == (State.DONE, {"counter": 17, "tac_checked": True})


def test_what_else_waits(journal: Journal, load: Load) -> None:
    """What ended before it was sent and what is not known change nothing: no wait."""
    journal.undone(journal.begin(load()))
    assert journal.store.durable_commits == 0
    unknown = journal.unknown(journal.sent(journal.begin(load())))
    assert journal.store.durable_commits == 1
    journal.undone(unknown)
    assert journal.store.durable_commits == 2


def test_begun_before(journal: Journal, load: Load) -> None:
    """Asked again, with the same key, it answers how far that got and begins nothing."""
    intention = load()
    entry = journal.sent(journal.begin(intention))
    with pytest.raises(AlreadyBegun) as caught:
        journal.begin(intention)
    assert caught.value.entry == entry
    assert len(journal.unfinished()) == 1


def test_another_intention_under_the_same_key(journal: Journal, load: Load) -> None:
    """A key that was used for 50 yuan is no key for 500."""
    intention = load()
    entry = journal.begin(intention)
    with pytest.raises(IntentionDiffers) as caught:
        journal.begin(load(key=intention.key, amount=50_000))
    assert caught.value.facts == {"key": intention.key[:8]}
    assert journal.find(intention.key) == entry


def test_undone_is_final(journal: Journal, load: Load) -> None:
    """A late answer for the first try must not settle a second one."""
    entry = journal.undone(journal.begin(load()))
    for move in (journal.sent, journal.done, journal.unknown, journal.remark):
        with pytest.raises(IllegalMove):
            move(entry, {})
    with pytest.raises(AlreadyBegun):
        journal.begin(entry.intention)


def test_remarks(journal: Journal, clock: Any, load: Load) -> None:
    """A TAC checked the next day joins the evidence, and leaves the outcome where it was."""
    sent = journal.sent(journal.begin(load()))
    with pytest.raises(IllegalMove):
        journal.remark(sent, {"tac_checked": True})
    done = journal.done(sent, {"tac_checked": False})
    clock.forward(days=1)
    remarked = journal.remark(done, {"tac_checked": True})
    assert journal.find(done.key) == remarked
    assert remarked.facts["tac_checked"] is True
    assert remarked.settled_at == done.settled_at


def test_second_of_two(journal: Journal, load: Load) -> None:
    """Whoever comes second did nothing, and hears how it stands."""
    entry = journal.sent(journal.begin(load()))
    journal.done(entry)
    for move in (journal.undone, journal.unknown, journal.done):
        with pytest.raises(EntryMoved) as caught:
            move(entry)
        assert caught.value.facts == {"key": entry.key[:8], "state": Text("已完成", "done")}
    assert caught.value.retry is Retry.AFTER_RECONCILE


def test_an_entry_of_another_journal(journal: Journal, tmp_path: Path, load: Load) -> None:
    """What was begun elsewhere is not settled here."""
    with Journal(SqliteStore(tmp_path / "other.db")) as other:
        entry = other.begin(load())
    with pytest.raises(EntryUnknown):
        journal.sent(entry)


@pytest.mark.parametrize("trouble", [JournalUnwritable, JournalDamaged])
def test_done_and_not_noted(
    journal: Journal,
    load: Load,
    mocker: MockerFixture,
    trouble: type[JournalUnwritable] | type[JournalDamaged],
) -> None:
    """The card has it and the journal has not: nobody may simply repeat it."""
    entry = journal.sent(journal.begin(load()))
    fails = trouble(path="j.db", detail=Text("磁盘已满", "the disk is full"))
    mocker.patch.object(journal.store, "append", side_effect=fails)
    with pytest.raises(JournalUnsettled) as caught:
        journal.done(entry)
    assert caught.value.retry is Retry.AFTER_RECONCILE
    assert "磁盘已满" in caught.value.cause("zh")
    assert "recover" in caught.value.advice("en")
    with pytest.raises(trouble):
        journal.undone(entry)
    mocker.stopall()
    assert journal.unfinished() == (entry,)


def test_found_by_its_beginning(journal: Journal, load: Load) -> None:
    """A clerk types what the list shows; what is not unique is not guessed."""
    for key in ("abcd1111", "abcd2222", "abc"):
        journal.begin(load(key=key))
    assert journal.find("abcd1").key == "abcd1111"
    assert journal.find("abc").key == "abc"
    for key in ("abcd", "ab", "", "abcd3", "%", "abcd____"):
        with pytest.raises(EntryUnknown):
            journal.find(key)


def test_days(journal: Journal, clock: Any, load: Load) -> None:
    """A day begins and ends at midnight in Beijing."""
    entries: list[Entry] = []
    for at in ("2026-02-28T23:59:59.999999", "2026-03-01T00:00:00", "2026-03-02T00:00:00"):
        clock.now = datetime.fromisoformat(at + "+08:00")
        entries.append(journal.begin(load()))
    assert journal.of_day(date(2026, 3, 1)) == (entries[1],)
    assert journal.today() == date(2026, 3, 2)
    first = datetime(2026, 2, 28, tzinfo=BEIJING)
    assert journal.between(first, first + timedelta(days=2)) == tuple(entries[:2])


def test_of_one_card(journal: Journal, load: Load) -> None:
    """When a card is seen again all that is open on it is found, also as the one moved to."""
    mine = journal.begin(load(card="1"))
    moved = journal.begin(load(card="2", other_card="1"))
    settled = journal.undone(journal.begin(load(card="1")))
    journal.begin(load(card="3"))
    assert {each.key for each in journal.unfinished("1")} == {mine.key, moved.key}
    assert len(journal.of_card("1")) == len({mine.key, moved.key, settled.key})


def test_the_machines_clock() -> None:
    """A moment without a zone would be counted to the wrong day."""
    assert now().utcoffset() == timedelta(0)


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Load) -> None:
    """As configured, beside the configuration; else in the user's state; made when needed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    written = tmp_path / "guitai.toml"
    written.write_text('[journal]\nfile = "here/j.db"\n')
    for config, place in (
        (load_config(str(written)), "here/j.db"),
        (Config(), "state/guitai/journal.db"),
    ):
        with open_journal(config) as opened:
            opened.begin(load())
        assert (tmp_path / place).is_file()
    for relative in ("", "relative"):
        monkeypatch.setenv("XDG_STATE_HOME", relative)
        open_journal(Config()).close()
    assert (tmp_path / "home/.local/state/guitai/journal.db").is_file()


def test_production_says_where(tmp_path: Path) -> None:
    """A live counter's journal must not depend on who is logged in."""
    with pytest.raises(ConfigWrong) as caught:
        open_journal(Config(production=True, outlet=Outlet("1"), source="x.toml"))
    assert "journal.file" in caught.value.cause("zh")


def test_production_misses_its_journal(tmp_path: Path, load: Load) -> None:
    """A new one in its place would forget in silence what is unknown; a new counter makes it."""
    place = tmp_path / "disk/j.db"
    live = Config(production=True, journal=Settings(str(place)))
    with pytest.raises(JournalMissing):
        open_journal(live)
    assert not place.parent.exists()
    assert init_journal(live) == place
    with pytest.raises(JournalExists):
        init_journal(live)
    with open_journal(live) as opened:
        opened.begin(load())
    with pytest.raises(JournalExists):
        init_journal(live)
    place.rename(tmp_path / "elsewhere.db")
    with pytest.raises(JournalMissing):
        open_journal(live)
    assert not place.exists()
    place.symlink_to(tmp_path / "not/mounted.db")
    with pytest.raises(JournalMissing):
        open_journal(live)
    with pytest.raises(JournalExists):
        init_journal(live)


def test_settled_on_a_later_day(journal: Journal, clock: Any, load: Load) -> None:
    """Its cash changes hands on the day it is settled: that day's sheet asks for it."""
    first = clock.now.date()
    done, undone, remarked, left = (journal.sent(journal.begin(load())) for _ in range(4))
    remarked = journal.done(remarked)
    clock.forward(days=1)
    second = clock.now.date()
    done, undone = journal.done(done), journal.undone(undone)
    journal.remark(remarked, {"tac_checked": True})
    journal.done(journal.sent(journal.begin(load())))
    clock.forward(days=1)
    done = journal.remark(done, {"tac_checked": True})
    assert journal.settled_on(first) == ()
    assert journal.settled_on(second) == (done, undone)
    assert journal.settled_on(clock.now.date()) == ()
    assert [each.key for each in journal.unfinished()] == [left.key]


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("20261127-0001", "20261127-0001"),
        ("x" * 64, "x" * 64),
        ("20261128-7KQ4-N93T-XB2M.load", "20261128-7KQ4-N93T-XB2M.load"),
        ("0123456789abcdef" * 2, "01234567"),
    ],
)
def test_what_is_shown_of_a_key(key: str, shown: str) -> None:
    """What a clerk is told is found again: numbered keys differ at their ends."""
    assert shown_key(key) == shown


def test_a_card_that_shows_the_same_again(journal: Journal, load: Load) -> None:
    """A card that nobody can tell anything of is laid on every day: its entry must not fill up."""
    entry = journal.unknown(journal.sent(journal.begin(load())), {"counter": 7, "proof": None})
    for again in ({"counter": 7}, {"proof": None}, {}):
        assert journal.unknown(entry, again) is entry
    more = journal.unknown(entry, {"counter": 8})
    assert journal.unknown(more, {"counter": 8}) is more
    assert journal.known(entry.key) == more
    assert len(more.steps) == 4
    first = journal.sent(journal.begin(load(key="other")), {"counter": 7})
    assert len(journal.unknown(first, {"counter": 7}).steps) == 3  # sent is not yet unknown


class TestDrafts:
    """What has nobody to tell before the card is written is begun on paper."""

    def test_the_first_step_writes_both(self, journal: Journal, load: Load) -> None:
        """One wait for the disk in place of two commits, and the same history."""
        draft = journal.draft(load())
        assert journal.known(draft.key) is None
        sent = journal.sent(draft, {"counter": 7})
        assert journal.known(draft.key) == sent
        assert [each.state for each in sent.steps] == [State.BEGUN, State.SENT]
        assert not sent.draft

    def test_what_comes_to_nothing_is_noted(self, journal: Journal, load: Load) -> None:
        """A refusal before anything was sent has its reason on record, and its key is over."""
        undone = journal.undone(journal.draft(load()), {"reason": "no"})
        assert journal.known(undone.key) == undone
        with pytest.raises(AlreadyBegun):
            journal.sent(journal.draft(undone.intention))

    def test_two_drafts_of_one_key(self, journal: Journal, load: Load) -> None:
        """Both were begun; the second to send learns so and sends nothing."""
        intention = load()
        one, other = journal.draft(intention), journal.draft(intention)
        sent = journal.sent(one)
        for move in (journal.sent, journal.undone):
            with pytest.raises(AlreadyBegun) as begun:
                move(other)
            assert begun.value.entry == sent

    def test_a_key_that_stands_for_another(self, journal: Journal, load: Load) -> None:
        """A mistake is told before the card is written."""
        first, second = journal.draft(load(key="same")), journal.draft(load(key="same", amount=1))
        journal.sent(first)
        with pytest.raises(IntentionDiffers):
            journal.sent(second)
