"""What the commands that move money share: who does it, and what is said when it is broken off."""

from pathlib import Path

import pytest
from desk import valid

from terminal.cli import Ended
from terminal.cli import app as cli
from terminal.cli.app import Session, error_document, show_error
from terminal.cli.operations import progress_of, telling_of
from terminal.errors import (
    GuitaiError,
    InterruptedAmid,
    InterruptedBefore,
    PassUnsettled,
    ServiceLost,
    ServiceMissing,
)
from terminal.journal import Intention, Journal, Kind, Method, SqliteStore
from terminal.journal.journal import now
from terminal.texts import Language, Text

KEY = "broken-off-1"
RECOVER = "guitai transit recover"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(SqliteStore(tmp_path / "journal.db"), now)


def sent(journal: Journal, *, done: bool) -> None:
    entry = journal.draft(Intention(KEY, Kind.LOAD, "1" * 19, 200, 200, Method.CASH, "clerk1"))
    entry = journal.sent(entry, {"counter": 1})
    if done:
        journal.done(entry, {"balance_after": 200})


def broken_off(journal: Journal, stop: KeyboardInterrupt) -> object:
    with pytest.raises(KeyboardInterrupt) as raised, telling_of(journal, KEY, RECOVER):
        raise stop
    assert raised.value is stop
    return getattr(stop, "told", None)


def test_broken_off_before_it_began(journal: Journal) -> None:
    """No entry, so nothing was sent: whoever repeats it charges nobody twice."""
    told = broken_off(journal, KeyboardInterrupt())
    assert isinstance(told, InterruptedBefore)
    assert "钱没有动" in told.advice("zh")


@pytest.mark.parametrize(("done", "state"), [(True, "已完成"), (False, "已发出")])
def test_broken_off_when_it_had_begun(journal: Journal, done: bool, state: str) -> None:
    """It was done and nobody saw the result: a clerk who repeats it charges twice."""
    sent(journal, done=done)
    told = broken_off(journal, KeyboardInterrupt())
    assert isinstance(told, InterruptedAmid)
    assert state in told.message("zh")
    assert KEY in told.message("zh")
    assert "不要直接重做" in told.advice("zh")
    assert RECOVER in told.advice("zh")
    assert f"guitai journal show {KEY}" in told.advice("zh")


def test_the_run_says_it_and_ends_by_its_signal(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was found out has to be what is printed, and a shell sees the signal."""
    sent(journal, done=True)

    def interrupted(*_: object) -> object:
        with telling_of(journal, KEY, RECOVER):
            raise Ended(15)

    monkeypatch.setattr(cli, "_invoke", interrupted)
    assert cli.run(["transit", "recover"]) == 143
    assert "interrupted_amid" in capsys.readouterr().err


def test_a_journal_that_cannot_be_read_hides_no_interruption(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends as interrupted, with what is said of every interruption."""
    monkeypatch.setattr(journal, "known", lambda _key: journal.find("not there"))
    assert broken_off(journal, KeyboardInterrupt()) is None


def failed(journal: Journal, error: GuitaiError) -> GuitaiError:
    with pytest.raises(GuitaiError) as raised, telling_of(journal, KEY, RECOVER):
        raise error
    assert raised.value is error
    return error


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_error_says_what_is_open(
    journal: Journal, capsys: pytest.CaptureFixture[str], language: Language
) -> None:
    """The daemon went away in the middle: the clerk has to hear of the money, too."""
    sent(journal, done=False)
    error = failed(journal, ServiceMissing())  # by itself it may be repeated at any time
    session = Session(language)
    show_error(error, session)
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(
        {"zh": "注意：这笔业务（流水 ", "en": "Mind: What was begun ("}[language]
    )
    assert (KEY in last, RECOVER in last) == (True, True)
    session.as_json = True
    show_error(error, session)
    document = valid(capsys.readouterr().out)["error"]
    assert (document["retry"], RECOVER in document["unfinished"]) == ("after_reconcile", True)


@pytest.mark.parametrize("begun", [False, True])
def test_an_error_where_nothing_is_open(
    journal: Journal, capsys: pytest.CaptureFixture[str], begun: bool
) -> None:
    """Nothing was begun, or it is done: nobody is sent to recover it."""
    if begun:
        sent(journal, done=True)
    error = failed(journal, ServiceMissing())
    show_error(error, Session("zh"))
    assert RECOVER not in capsys.readouterr().err
    document = error_document(error, "zh")["error"]
    assert (document["retry"], "unfinished" in document) == ("safe", False)


def test_an_error_that_names_the_entry_itself(journal: Journal) -> None:
    """Its own words say what to do with it; once is enough."""
    sent(journal, done=False)
    assert failed(journal, PassUnsettled(key=KEY)).unfinished is None


def test_a_journal_that_cannot_be_read_hides_no_error(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went wrong first is what is told."""
    monkeypatch.setattr(journal, "known", lambda _key: journal.find("not there"))
    assert failed(journal, ServiceLost()).unfinished is None


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["transit", "load", "1", "--operator", ""], "--operator"),
        (["transit", "load", "1", "--operator", " \u3000"], "--operator"),
        (["transit", "load", "1", "--operator", "a\nb\x1b[31m"], "--operator"),
        (["transit", "correct", "12345678", "1", "--second", "b\r"], "--second"),
        (["park", "buy", "2027", "--operator", ""], "--operator"),
        (["journal", "decide", "12345678", "done", "--reason", "x\x1b[2J"], "--reason"),
        (["journal", "decide", "12345678", "done", "--operator", ""], "--operator"),
    ],
)
def test_who_and_why_can_be_read_later(
    capsys: pytest.CaptureFixture[str], arguments: list[str], option: str
) -> None:
    """A blank clerk moves money that nobody can be asked for; a line break forges a row."""
    assert cli.run(arguments) == 12
    said = capsys.readouterr().err
    assert "person_wrong" in said
    assert f"{option} 不能登记" in said


@pytest.mark.parametrize("closed", [False, True])
def test_a_progress_line_stops_no_card(monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
    """Money is moving while it is said: a full or closed standard error must not break that off."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        if closed:
            full.close()
        monkeypatch.setattr("sys.stderr", full)
        progress_of(Session("zh"))(Text("正在写卡……", "Writing the card …"))
