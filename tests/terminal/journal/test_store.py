"""The file under the journal: what the database itself refuses, and what it outlives."""

import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest

from terminal.errors import JournalDamaged, JournalTooNew, JournalUnwritable
from terminal.journal import Entry, Facts, Intention, SqliteStore, State, Step, journal_file
from terminal.journal.model import MOVES

AT = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from terminal.journal import *
AT = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
store = SqliteStore(Path(sys.argv[1]))
journal = Journal(store, lambda: AT)
def load(key):
    return Intention(key, Kind.LOAD, "1000751012345678", 5000, 5000, Method.CASH, "07")
"""
Load = Callable[..., Intention]


def child(path: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-W", "error", "-c", CHILD + script, str(path), *arguments]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def raw(path: Path) -> sqlite3.Connection:
    """Open the file like a stranger, without foreign keys."""
    return sqlite3.connect(path, isolation_level=None)


def announced(opened: SqliteStore, intention: Intention, at: datetime) -> bool:
    """Add an entry with its first step, as `Journal.begin` does."""
    return opened.add(Entry(intention, (Step(1, State.BEGUN, at),)), durable=False)


def begun(opened: SqliteStore, intention: Intention) -> Entry:
    assert announced(opened, intention, AT)
    there = opened.entry(intention.key)
    assert there is not None
    return there


def test_what_is_written_is_read(store: SqliteStore, load: Load) -> None:
    """Every field and every kind of fact comes back as it was, after opening anew as well."""
    facts: Facts = {"text": "元 \\u0000 '\"", "number": -(2**53), "yes": True, "nothing": None}
    intention = load(second="08", reason="多充", other_card="2", facts=facts)
    entry = begun(store, intention)
    assert entry == Entry(intention, (Step(1, State.BEGUN, AT),))
    assert store.append(entry.key, Step(2, State.SENT, AT, facts), State.BEGUN, durable=True)
    assert store.entry(entry.key) == entry.moved(State.SENT, AT, facts)


def test_the_file_is_its_owners_alone(store: SqliteStore, path: Path) -> None:
    """It says who paid what with which card; that is nobody else's business."""
    files = list(path.parent.iterdir())
    assert path in files
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(("before", "state"), list(product(["", *State], State)))
def test_moves_in_raw_sql(
    store: SqliteStore, path: Path, load: Load, before: str, state: State
) -> None:
    """An illegal move is impossible whoever writes, also without our program."""
    ways = {
        "begun": (),
        "sent": ("sent",),
        "done": ("sent", "done"),
        "undone": ("undone",),
        "unknown": ("sent", "unknown"),
    }
    entry = begun(store, load())
    last = "begun"
    insert = "INSERT INTO step SELECT id * 1000 + ?1, ?2, ?3, begun_at, '{}' FROM entry"
    with closing(raw(path)) as stranger:
        for number, each in enumerate(ways.get(before, ()), 2):
            stranger.execute(insert, (number, each, last))
            last = each
        number = len(ways.get(before, ())) + 2
        if (before, state) in MOVES:
            stranger.execute(insert, (number, state, before))
            assert len(stranger.execute("SELECT * FROM step").fetchall()) == number - 1
        else:
            with pytest.raises(sqlite3.IntegrityError):
                stranger.execute(insert, (number, state, before))
    assert store.entry(entry.key) is not None


@pytest.mark.parametrize(
    ("number", "before", "state", "follows"),
    [
        (2, "begun", "sent", False),
        (2, "begun", "undone", False),
        (3, "sent", "done", True),
        (3, "sent", "undone", True),
        (3, "unknown", "done", False),
        (3, "begun", "sent", False),
        (4, "sent", "done", False),
    ],
)
def test_moves_of_a_draft_in_raw_sql(
    store: SqliteStore,
    path: Path,
    load: Load,
    number: int,
    before: str,
    state: str,
    follows: bool,
) -> None:
    """Its row is its first two steps; what comes behind it is the third."""
    steps = (Step(1, State.BEGUN, AT), Step(2, State.SENT, AT, {"counter": 7}))
    assert store.add(Entry(load(key="key"), steps), durable=True)
    insert = "INSERT INTO step SELECT id * 1000 + ?1, ?2, ?3, begun_at, '{}' FROM entry"
    with (
        closing(raw(path)) as stranger,
        nullcontext() if follows else pytest.raises(sqlite3.IntegrityError),
    ):
        stranger.execute(insert, (number, state, before))
    after = (Step(3, State(state), AT),) if follows else ()
    assert store.entry("key") == Entry(load(key="key"), steps + after)


def test_nothing_is_half_sent(path: Path, store: SqliteStore, load: Load) -> None:
    """What is sent has a moment and its evidence, or neither."""
    begun(store, load())
    row = "key || 'x', begun_at, kind, card, amount, till, method, operator, second, reason"
    with closing(raw(path)) as stranger, pytest.raises(sqlite3.IntegrityError, match="sent_at"):
        stranger.execute(
            f"INSERT INTO entry SELECT 9, {row}, other_card, facts, begun_at, NULL FROM entry"
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET amount = 1",
        "DELETE FROM entry",
        "UPDATE step SET state = 'done'",
        "DELETE FROM step",
        "INSERT OR REPLACE INTO step VALUES (1002, 'undone', 'begun', '2026', '{}')",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry",
        "INSERT INTO step SELECT id * 1000 + 4, 'done', 'sent', '2026', '{}' FROM entry",
        "INSERT INTO step SELECT id * 1000 + 3, 'undone', 'begun', '2026', '{}' FROM entry",
        "INSERT INTO step SELECT id * 1000 + 3, 'begun', '', '2026', '{}' FROM entry",
        "INSERT INTO step VALUES (9002, 'sent', 'begun', '2026', '{}')",
    ],
)
def test_what_was_written_stays(store: SqliteStore, path: Path, load: Load, statement: str) -> None:
    """A quarrel about money is settled by what was noted then, so nothing is rewritten."""
    entry = begun(store, load())
    assert store.append(entry.key, Step(2, State.SENT, AT), State.BEGUN, durable=True)
    with closing(raw(path)) as stranger:
        before = list(stranger.iterdump())
        with pytest.raises(sqlite3.IntegrityError):
            stranger.execute(statement)
        assert list(stranger.iterdump()) == before


@pytest.mark.parametrize("second", list(State))
def test_one_outcome(store: SqliteStore, path: Path, load: Load, second: State) -> None:
    """What did not happen never happens, and what happened never did not."""
    for first in (State.DONE, State.UNDONE):
        entry = begun(store, load())
        assert store.append(entry.key, Step(2, State.SENT, AT), State.BEGUN, durable=False)
        assert store.append(entry.key, Step(3, first, AT), State.SENT, durable=False)
        for before in (first, State.SENT):
            added = store.append(entry.key, Step(4, second, AT), before, durable=False)
            assert added == ((first, before, second) == (State.DONE, State.DONE, State.DONE))


def test_two_connections_one_key(store: SqliteStore, path: Path, load: Load) -> None:
    """A key is taken once, whoever asks first."""
    intention = load()
    with closing(SqliteStore(path)) as other:
        assert announced(store, intention, AT)
        assert not announced(other, intention, AT)
        assert other.entry(intention.key) == store.entry(intention.key)


def test_compare_and_set(store: SqliteStore, path: Path, load: Load) -> None:
    """Of two that go on with an entry as both know it one writes, the other nothing."""
    entry = begun(store, load())
    with closing(SqliteStore(path)) as other:
        step = Step(2, State.SENT, AT, {"by": "other"})
        assert other.append(entry.key, step, State.BEGUN, durable=True)
        assert not store.append(entry.key, Step(2, State.SENT, AT), State.BEGUN, durable=True)
        assert not store.append(entry.key, Step(2, State.UNDONE, AT), State.BEGUN, durable=True)
        assert not store.append("none", Step(2, State.SENT, AT), State.BEGUN, durable=True)
    there = store.entry(entry.key)
    assert there is not None
    assert there.steps[1:] == (step,)
    assert store.durable_commits == 0


RACE = """
print("ready")
begin = getattr(journal, sys.argv[2])
for key in sys.stdin:
    try:
        entry = begin(load(key.strip()))
        entry = journal.sent(entry, {"by": os.getpid()})
        print("won")
    except AlreadyBegun as begun:
        print("there" if begun.entry.key == key.strip() else "?")
"""


@pytest.mark.parametrize("way", ["begin", "draft"])
def test_two_processes_one_key(path: Path, way: str) -> None:
    """Two counters asked for the same thing at once: one does it, the other learns so."""
    racers = [child(path, RACE, way) for _ in range(2)]  # both make the file, too
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for number in range(25):
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.write(f"key-{number}\n")
            answers = [racer.stdout.readline() for racer in racers if racer.stdout]
            assert sorted(answers) == ["there\n", "won\n"]
    finally:
        for racer in racers:
            racer.communicate()
    with closing(SqliteStore(path)) as opened:
        entries = opened.unfinished()
    assert [len(each.steps) for each in entries] == [2] * 25


DYING = """
point, number = sys.argv[2], int(sys.argv[3])
seen = 0
def die(statement):
    global seen
    if statement.strip().startswith(point):
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
store._connection.set_trace_callback(die)
entry = getattr(journal, sys.argv[4])(load("key"))
entry = journal.sent(entry, {"balance_before": 0})
entry = journal.done(entry, {"balance_after": 5000})
die(point)
"""


@pytest.mark.parametrize(
    ("way", "point", "number", "state"),
    [  # SQLite tells of a statement twice where it has a trigger
        ("draft", "INSERT INTO entry", 1, None),
        ("draft", "INSERT INTO step", 1, "sent"),
        ("draft", "INSERT INTO step", 3, "done"),
        ("begin", "INSERT INTO entry", 1, None),
        ("begin", "INSERT INTO step", 1, "begun"),
        ("begin", "INSERT INTO step", 3, "sent"),
        ("begin", "INSERT INTO step", 5, "done"),
    ],
)
def test_killed_between_writes(
    path: Path, load: Load, way: str, point: str, number: int, state: str | None
) -> None:
    """kill -9 keeps what was committed, durable or not, and nothing of what was not."""
    with child(path, DYING, point, str(number), way) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    with closing(SqliteStore(path)) as opened:
        entry = opened.entry("key")
        assert (entry and entry.state) == state
        assert announced(opened, load(), AT)


def test_a_full_disk(store: SqliteStore, path: Path, load: Load) -> None:
    """Nothing is half written, what is refused is said, and with space again it goes on."""
    entry = begun(store, load())
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    big = {"evidence": "x" * 50_000}
    refused = load(facts=big)
    with pytest.raises(JournalUnwritable) as caught:
        announced(store, refused, AT)
    assert (caught.value.cause("zh"), caught.value.facts["path"]) == ("磁盘已满", path)
    with pytest.raises(JournalUnwritable):
        store.append(entry.key, Step(2, State.SENT, AT, big), State.BEGUN, durable=True)
    assert store.unfinished() == (entry,)
    assert store.entry(refused.key) is None
    store._connection.execute("PRAGMA max_page_count = 100000").fetchall()
    assert announced(store, refused, AT)
    assert store.append(entry.key, Step(2, State.SENT, AT, big), State.BEGUN, durable=True)
    assert store.durable_commits == 1


LIMITED = """
import resource
from terminal.errors import JournalUnsettled, JournalUnwritable
entry = journal.sent(journal.begin(load("key")))
limit = os.stat(sys.argv[1] + "-wal").st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
for write in (lambda: journal.done(entry), lambda: journal.begin(load("other"))):
    try:
        write()
    except (JournalUnsettled, JournalUnwritable) as error:
        print(error.code)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.done(entry)
print(journal.find("key").state, len(journal.unfinished()))
"""


def test_a_write_the_system_refuses(path: Path) -> None:
    """The kernel itself stops the write: said, rolled back, and usable afterwards."""
    with child(path, LIMITED) as process:
        out, _ = process.communicate()
    assert out.splitlines() == ["journal_unsettled", "journal_unwritable", "done 0"]


def test_a_read_only_file(store: SqliteStore, load: Load) -> None:
    """It can be looked at, and says why it takes nothing."""
    entry = begun(store, load())
    store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalUnwritable) as caught:
        announced(store, load(), AT)
    assert "只能读" in caught.value.cause("zh")
    assert store.unfinished() == (entry,)


def test_locked_too_long(
    store: SqliteStore, path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that keeps the file locked is named as the cause, not waited for for ever."""
    with closing(raw(path)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        store._connection.execute("PRAGMA busy_timeout = 1").fetchall()
        with pytest.raises(JournalUnwritable) as caught:
            announced(store, load(), AT)
        stranger.execute("ROLLBACK")
    assert "占用" in caught.value.cause("zh")
    assert announced(store, load(), AT)


@pytest.mark.parametrize(
    ("free", "writable", "said"),
    [(65_535, False, "磁盘已满"), (65_536, False, "文件夹不能写"), (65_536, True, "打不开")],
)
def test_what_the_system_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, writable: bool, said: str
) -> None:
    """SQLite says "unable to open" of a full disk and of a read-only one; the clerk reads which."""
    usage = SimpleNamespace(free=free)
    monkeypatch.setattr("terminal.journal.store.disk_usage", {tmp_path: usage}.__getitem__)
    monkeypatch.setattr("terminal.journal.store.os.access", lambda *_: writable)
    place = tmp_path / "journal.db"
    place.mkdir()
    with pytest.raises(JournalUnwritable) as caught:
        SqliteStore(place)
    assert said in caught.value.cause("zh")


def test_a_place_that_is_none(tmp_path: Path) -> None:
    """A folder in its place, or a file in its folder's, is said like any other trouble."""
    file = tmp_path / "file"
    file.touch()
    for place in (tmp_path, file / "journal.db"):
        with pytest.raises(JournalUnwritable):
            SqliteStore(place)


@pytest.fixture
def closed(path: Path, load: Load) -> Path:
    """Give a journal with an entry, that nobody has open."""
    with closing(SqliteStore(path)) as opened:
        for _ in range(50):
            begun(opened, load())
    assert not path.with_name("journal.db-wal").exists()
    return path


def test_a_newer_journal(closed: Path) -> None:
    """An older program must not write what it does not understand."""
    with closing(raw(closed)) as stranger:
        stranger.execute(f"PRAGMA user_version = {journal_file.VERSION + 1}")
    with pytest.raises(JournalTooNew) as caught:
        SqliteStore(closed)
    assert str(journal_file.VERSION + 1) in caught.value.cause("zh")


@pytest.mark.parametrize("content", [b"", b"not a database, and longer than a header " * 9])
def test_another_file(path: Path, content: bytes) -> None:
    """A slip in the configuration must not turn somebody's file into a journal."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(JournalDamaged):
        SqliteStore(path)
    assert path.read_bytes() == content


def test_another_programs_database(path: Path) -> None:
    """It is a database, and not ours."""
    path.parent.mkdir()
    with closing(raw(path)) as stranger:
        stranger.execute("CREATE TABLE entry (key)")
    with pytest.raises(JournalDamaged) as caught:
        SqliteStore(path)
    assert "不是流水文件" in caught.value.cause("zh")


def test_a_damaged_file(closed: Path, load: Load) -> None:
    """Where pages are rubbish nothing is guessed, neither reading nor writing."""
    content = bytearray(closed.read_bytes())
    with closing(raw(closed)) as stranger:
        roots = stranger.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 1").fetchall()
    for (number,) in roots:
        at = (number - 1) * journal_file.PAGE
        content[at : at + journal_file.PAGE] = b"\xa5" * journal_file.PAGE
    closed.write_bytes(content)
    with closing(SqliteStore(closed)) as opened:
        with pytest.raises(JournalDamaged):
            opened.unfinished()
        with pytest.raises(JournalDamaged):
            announced(opened, load(), AT)


def test_words_of_another_program(store: SqliteStore, path: Path, load: Load) -> None:
    """An entry that cannot be understood is no entry of ours, and not passed over."""
    entry = begun(store, load())
    with closing(raw(path)) as stranger:
        stranger.execute(
            "INSERT INTO step SELECT id * 1000 + 2, 'sent', 'begun', '2026', '{' FROM entry"
        )
    with pytest.raises(JournalDamaged):
        store.entry(entry.key)


def test_a_table_is_missing(closed: Path) -> None:
    """Half a journal is a damaged one, not a mistake of this program."""
    with closing(raw(closed)) as stranger:
        stranger.execute("DROP TABLE step")
    with closing(SqliteStore(closed)) as opened, pytest.raises(JournalDamaged):
        opened.unfinished()


def test_use_after_closing(store: SqliteStore) -> None:
    """A mistake of ours is not dressed up as the disk's."""
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.unfinished()


def test_when_the_disk_is_waited_for(store: SqliteStore, load: Load) -> None:
    """The level changes every time: a cached pragma that does nothing would cost us a sent."""

    def level(asked: int) -> int:
        (found,) = store._connection.execute(f"PRAGMA synchronous -- {asked}").fetchone()
        return int(found)

    seen = []
    for round_ in range(3):
        entry = begun(store, load())
        seen.append(level(2 * round_))
        assert store.append(entry.key, Step(2, State.SENT, AT), State.BEGUN, durable=True)
        seen.append(level(2 * round_ + 1))
    assert seen == [1, 2] * 3


def test_the_log_does_not_grow_for_ever(
    store: SqliteStore, path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counter that is never closed moves it into the file, at a begin and not in between."""
    monkeypatch.setattr("terminal.journal.store.COMMITS_BETWEEN_CHECKPOINTS", 10)
    moves: list[str] = []
    store._connection.set_trace_callback(moves.append)
    for _ in range(60):
        entry = begun(store, load())
        assert store.append(entry.key, Step(2, State.SENT, AT), State.BEGUN, durable=True)
    log = path.with_name("journal.db-wal")
    assert log.stat().st_size < 500_000
    checkpoints = [number for number, each in enumerate(moves) if "wal_checkpoint" in each]
    assert len(checkpoints) >= 10
    for number in checkpoints:  # what comes next is a beginning: no card is half written
        following = [each for each in moves[number + 1 :] if "INSERT" in each]
        assert "INTO entry" in following[0]


def test_a_checkpoint_that_fails_is_tried_later(
    store: SqliteStore, path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who reads, or a full disk, holds up the checkpoint and never the clerk."""
    monkeypatch.setattr("terminal.journal.store.COMMITS_BETWEEN_CHECKPOINTS", 1)
    with closing(raw(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entry").fetchall()
        begun(store, load())
        begun(store, load())
        reader.execute("ROLLBACK")
    assert len(store.unfinished()) == 2


def test_a_card_is_found_among_many(store: SqliteStore, load: Load) -> None:
    """Each card that is laid on is looked up; in a journal of years that must not read it all."""
    queries: list[str] = []
    store._connection.set_trace_callback(queries.append)
    store.unfinished("1")
    store.of_card("1")
    store.entry("key")
    store.beginning("key")
    store._connection.set_trace_callback(None)
    assert len(queries) == 4
    for query in queries:
        plan = store._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert [line for *_, line in plan if "SCAN" in line] == [], query


def test_what_is_open_is_found_among_many(store: SqliteStore) -> None:
    """One look at each entry, and from there by number: not at every step for every entry."""
    queries: list[str] = []
    store._connection.set_trace_callback(queries.append)
    store.unfinished()
    store._connection.set_trace_callback(None)
    (query,) = queries
    plan = store._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert [line for *_, line in plan if "SCAN" in line] == ["SCAN entry"]


def test_days_and_cards(store: SqliteStore, load: Load) -> None:
    """What is asked for by moment, card or key is found, in the order it was begun."""
    moved = begun(store, load(key="aaaa1", card="1", other_card="2"))
    second = load(key="aaaa2", card="2")
    assert announced(store, second, AT + timedelta(hours=1))
    assert [each.key for each in store.of_card("2")] == ["aaaa1", "aaaa2"]
    assert [each.key for each in store.unfinished("2")] == ["aaaa1", "aaaa2"]
    assert store.unfinished("1") == (moved,)
    assert [each.key for each in store.beginning("aaaa")] == ["aaaa1", "aaaa2"]
    assert store.begun_between(AT, AT + timedelta(hours=1)) == (moved,)
    assert store.append("aaaa1", Step(2, State.UNDONE, AT), State.BEGUN, durable=False)
    assert [each.key for each in store.unfinished()] == ["aaaa2"]
    assert len(store.of_card("1")) == 1
