"""Whatever is done to the audit behind our back is found."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from book import MORNING, Book
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from terminal.registry.audit import COLUMNS, Anchor
from terminal.registry.audit_check import verify
from terminal.registry.transaction import Transaction
from terminal.registry.vault import Vault

ROWS = "SELECT * FROM audit ORDER BY chain, number"
TABLES = "SELECT sql FROM sqlite_master WHERE name IN ('audit', 'audit_head')"
HEADS = "SELECT * FROM audit_head ORDER BY chain"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give one with two chains, A of five rows and B of three."""
    book = Book(tmp_path, written=True)
    yield book
    book.close()


A = "WHERE chain = 'A' AND number ="
EDITS = {
    "at": "at + 1",
    "operator": "'li'",
    "second": "''",
    "action": "'nothing'",
    "service": "''",
    "person_id": "NULL",
    "card_id": "10",
    "reason": "reason || ' '",
    "facts": "'{}'",
    "digest": "zeroblob(32)",
}


class TestTampering:
    @pytest.mark.parametrize("column", EDITS)
    def test_an_edit(self, book: Book, column: str) -> None:
        """Each column counts, in the first row, in the middle and in the last; it is named."""
        for row in (1, 3, 5):
            book.tamper(f"UPDATE audit SET {column} = {EDITS[column]} {A} {row}")
        assert {("A", row, "altered") for row in (1, 3, 5)} <= set(book.found())
        assert {chain for chain, _, _ in book.found()} == {"A"}

    def test_edits_cover_every_column(self) -> None:
        """A column that is added later is hashed too, or this fails."""
        assert {*EDITS, "chain", "number"} == set(COLUMNS)

    def test_a_value_of_another_type(self, book: Book) -> None:
        """SQLite keeps any type in any column: what reads alike is not alike."""
        for column, value in (
            ("at", "at + 0.25"),
            ("operator", "CAST(operator AS BLOB)"),
            ("facts", "CAST(facts AS BLOB)"),
            ("digest", "CAST('text' AS TEXT)"),
            ("digest", "99999999999"),
        ):
            book.tamper(
                "CREATE TABLE kept AS SELECT * FROM audit",
                f"UPDATE audit SET {column} = {value} WHERE chain = 'A' AND number = 2",
            )
            assert any(each[:2] == ("A", 2) for each in book.found()), (column, value)
            book.tamper(
                "DELETE FROM audit", "INSERT INTO audit SELECT * FROM kept", "DROP TABLE kept"
            )
            assert book.found() == []

    @pytest.mark.parametrize(
        ("row", "what"), [(1, ("A", 1, "missing")), (3, ("A", 3, "missing")), (5, ("A", 5, "cut"))]
    )
    def test_a_deletion(self, book: Book, row: int, what: tuple[str, int, str]) -> None:
        """First, in the middle, last: the finding names what is missing."""
        book.tamper(f"DELETE FROM audit WHERE chain = 'A' AND number = {row}")
        assert book.found() == [what]

    def test_a_deletion_that_is_closed_up(self, book: Book) -> None:
        """Rows moved up into the gap do not follow each other."""
        book.tamper(
            "DELETE FROM audit WHERE chain = 'A' AND number = 3",
            "UPDATE audit SET number = 3 WHERE chain = 'A' AND number = 4",
            "UPDATE audit SET number = 4 WHERE chain = 'A' AND number = 5",
        )
        found = book.found()
        assert ("A", 3, "altered") in found
        assert ("A", 5, "cut") in found

    def test_two_rows_swapped(self, book: Book) -> None:
        """Order is part of what is told."""
        book.tamper(
            "UPDATE audit SET number = 99 WHERE chain = 'A' AND number = 2",
            "UPDATE audit SET number = 2 WHERE chain = 'A' AND number = 3",
            "UPDATE audit SET number = 3 WHERE chain = 'A' AND number = 99",
        )
        assert {("A", 2, "altered"), ("A", 3, "altered")} <= set(book.found())

    def test_a_row_put_in_at_the_end(self, book: Book) -> None:
        """A row with a digest that fits is beyond what the end was sealed with."""
        append_as_we_would(book, "A", 6)
        assert book.found() == [("A", 6, "beyond")]

    def test_a_row_put_in_in_the_middle(self, book: Book) -> None:
        """It takes a number that is taken, or moves all that follow."""
        book.tamper(
            *(
                f"UPDATE audit SET number = {n + 1} WHERE chain = 'A' AND number = {n}"
                for n in (5, 4, 3)
            ),
            "INSERT INTO audit SELECT chain, 3, at, operator, second, action, service, person_id,"
            " card_id, reason, facts, digest FROM audit WHERE chain = 'A' AND number = 2",
        )
        assert {("A", 3, "altered"), ("A", 6, "beyond")} <= set(book.found())

    def test_one_number_twice(self, book: Book) -> None:
        """Where the primary key was taken away as well."""
        book.tamper(
            "ALTER TABLE audit RENAME TO old",
            "CREATE TABLE audit AS SELECT * FROM old",
            "INSERT INTO audit SELECT * FROM old WHERE chain = 'B' AND number = 2",
        )
        assert book.found() == [("B", 2, "twice")]

    def test_written_anew_without_the_key(self, book: Book) -> None:
        """Digests can be computed by anybody; the seal of the end cannot."""
        rewrite_from(book, "A", 2)
        assert book.found() == [("A", 5, "end_differs")]

    def test_cut_off_with_the_end_moved_back(self, book: Book) -> None:
        """An end that was made up has no seal."""
        book.tamper(
            "DELETE FROM audit WHERE chain = 'A' AND number = 5",
            "UPDATE audit_head SET number = 4, digest = (SELECT digest FROM audit WHERE chain = 'A'"
            " AND number = 4) WHERE chain = 'A'",
        )
        assert book.found() == [("A", 0, "end_seal")]

    def test_cut_off_with_an_old_end_put_back(self, book: Book) -> None:
        """Only what was kept outside can tell: that is what anchors are for."""
        old = book.read(HEADS)[1]
        book.write("A", "六", "七")
        kept = book.anchor("A")
        book.write("A", "八")
        book.tamper("DELETE FROM audit WHERE chain = 'A' AND number > 5")
        book.put_back(old)
        assert book.found() == []
        assert book.found(kept) == [("A", 7, "anchor_beyond")]

    def test_put_back_and_written_on(self, book: Book) -> None:
        """After an old state was put back, new rows take the numbers of the old ones."""
        old = book.read(HEADS)[1]
        book.write("A", "六", "七")
        kept = book.anchor("A")
        book.tamper("DELETE FROM audit WHERE chain = 'A' AND number > 5")
        book.put_back(old)
        book.later(minutes=1)
        book.write("A", "6", "7", "8")
        assert book.found() == []
        assert book.found(kept) == [("A", 7, "anchor_differs")]

    @pytest.mark.parametrize(
        "change",
        [
            "number = number + 1",
            "number = number - 1",
            "number = 'x'",
            "digest = zeroblob(32)",
            "digest = 'x'",
            "seal = zeroblob(32)",
            "seal = 'x'",
            "seal = 123456789012",
            "anchored = 3",
            "chain = 'Z'",
        ],
    )
    @pytest.mark.parametrize("chain", ["A", ""])
    def test_the_end_changed(self, book: Book, chain: str, change: str) -> None:
        """The end's own row is sealed, each column of it; and so is the list of chains."""
        book.tamper(f"UPDATE audit_head SET {change} WHERE chain = '{chain}'")
        assert book.found() != []

    @pytest.mark.parametrize("chain", ["A", ""])
    def test_the_end_deleted(self, book: Book, chain: str) -> None:
        """Rows without an end could be cut off anywhere."""
        book.tamper(f"DELETE FROM audit_head WHERE chain = '{chain}'")
        assert ("", 0, "chains") in book.found()
        assert (("A", 0, "no_end") in book.found()) is (chain == "A")

    def test_ends_of_two_chains_mixed_up(self, book: Book) -> None:
        """A seal holds for its own chain."""
        book.tamper(
            "UPDATE audit_head SET chain = 'x' WHERE chain = 'A'",
            "UPDATE audit_head SET chain = 'A' WHERE chain = 'B'",
            "UPDATE audit_head SET chain = 'B' WHERE chain = 'x'",
        )
        assert {("A", 0, "end_seal"), ("B", 0, "end_seal")} <= set(book.found())

    def test_a_row_moved_to_another_chain(self, book: Book) -> None:
        """Who did it at which counter is part of what is told."""
        book.tamper("UPDATE audit SET chain = 'B', number = 4 WHERE chain = 'A' AND number = 5")
        assert set(book.found()) == {("A", 5, "cut"), ("B", 4, "altered"), ("B", 4, "beyond")}

    def test_a_whole_chain_removed(self, book: Book) -> None:
        """A counter that never was: the list of chains misses it."""
        book.tamper(
            "DELETE FROM audit WHERE chain = 'A'", "DELETE FROM audit_head WHERE chain = 'A'"
        )
        assert book.found() == [("", 0, "chains")]

    def test_everything_removed(self, book: Book) -> None:
        """Where nothing at all is left, only the anchors know better."""
        kept = book.anchor("A")
        book.tamper("DELETE FROM audit", "DELETE FROM audit_head")
        assert book.found() == []
        assert book.found(kept) == [("A", 5, "anchor_beyond")]

    def test_a_chain_that_is_none(self, book: Book) -> None:
        """Asked for by a wrong name, it is not said to be whole."""
        assert [each.what for each in book.verify(chain="C")] == ["no_chain"]

    def test_rows_of_no_chain(self, book: Book) -> None:
        """Rows cannot hide under the name of the list of chains, or under none of text."""
        for name in ("''", "x'41'"):
            book.tamper(f"UPDATE audit SET chain = {name} WHERE chain = 'B'")
            assert any(what == "no_end" for _, _, what in book.found())
            book.tamper(f"UPDATE audit SET chain = 'B' WHERE chain = {name}")
        assert book.found() == []

    def test_what_the_database_cannot_read(self, book: Book) -> None:
        """Text that is none ends the reading, and that is said of the row."""
        book.tamper(
            "UPDATE audit SET reason = CAST(x'ff' AS TEXT) WHERE chain = 'A' AND number = 3"
        )
        stopped = [each for each in book.found() if each[2] == "stopped"]
        assert [(chain, number <= 3) for chain, number, _ in stopped] == [("A", True)]

    def test_ends_that_the_database_cannot_read(self, book: Book) -> None:
        """Then nothing else can be said of the audit."""
        book.tamper("UPDATE audit_head SET chain = CAST(x'ff' AS TEXT) WHERE chain = 'A'")
        assert book.found() == [("", 1, "stopped")]

    @pytest.mark.parametrize("field", ["number", "digest", "day", "seal", "chain"])
    def test_an_anchor_that_was_altered(self, book: Book, field: str) -> None:
        """A line that we did not write proves nothing, and is told."""
        kept = book.anchor("A")
        other = {
            "number": 4,
            "digest": bytes(32),
            "day": kept.day + timedelta(days=1),
            "seal": bytes(32),
            "chain": "B",
        }
        values = {name: getattr(kept, name) for name in other} | {field: other[field]}
        assert "anchor_seal" in {what for _, _, what in book.found(Anchor(**values))}

    def test_an_anchor_that_is_gone(self, book: Book) -> None:
        """The end says up to where it was anchored: an anchor cannot be forgotten in silence."""
        first = book.anchor("A")
        book.write("A", "六")
        second = book.anchor("A")
        assert book.found(first, second) == []
        assert book.found(first) == [("A", 6, "anchor_missing")]
        assert [each.what for each in check(book, [])] == ["anchor_missing"]


def check(book: Book, anchors: list[Anchor]) -> list[object]:
    with book.registry.reading() as tx:
        return list(verify(tx, None, anchors))


def append_as_we_would(book: Book, chain: str, number: int) -> None:
    """Add a row whose digest fits: all but the seal can be made without the key."""
    with closing(sqlite3.connect(book.path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        before = connection.execute(
            "SELECT * FROM audit WHERE chain = ? AND number = ?", (chain, number - 1)
        ).fetchone()
        row = dict(before) | {"number": number}
        row["digest"] = digest(row, before["digest"])
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO audit VALUES ({marks})", tuple(row.values()))


def rewrite_from(book: Book, chain: str, number: int) -> None:
    """Alter a row, and compute every digest from there on anew."""
    book.tamper(f"UPDATE audit SET operator = 'li' WHERE chain = '{chain}' AND number = {number}")
    with closing(sqlite3.connect(book.path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        previous = bytes(32)
        for row in connection.execute("SELECT * FROM audit WHERE chain = ?", (chain,)).fetchall():
            previous = digest(dict(row), previous)
            where = (previous, chain, row["number"])
            connection.execute("UPDATE audit SET digest = ? WHERE chain = ? AND number = ?", where)


def digest(row: dict[str, object], previous: bytes) -> bytes:
    """Compute a digest by the documentation alone (docs/audit.md)."""
    names = COLUMNS[:-2]
    begun = ",".join(f"{json.dumps(n)}:{json.dumps(row[n], ensure_ascii=False)}" for n in names)
    form = f'{{{begun},"facts":{row["facts"]},"previous":"{previous.hex()}"}}'
    return hashlib.sha256(form.encode()).digest()


VALUES = st.one_of(
    st.none(),
    st.integers(-2, 8),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.sampled_from(["A", "B", "", "wang", "look", "{}", bytes(32)]),
)
HEAD_COLUMNS = ("chain", "number", "digest", "seal", "anchored")
TAMPERINGS = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 7), st.sampled_from(COLUMNS), VALUES),
    st.tuples(st.just("head"), st.integers(0, 2), st.sampled_from(HEAD_COLUMNS), VALUES),
    st.tuples(st.just("copy"), st.integers(0, 7), st.sampled_from(COLUMNS), st.integers(0, 7)),
    st.tuples(st.just("delete"), st.integers(0, 7), st.just(""), st.none()),
    st.tuples(st.just("behead"), st.integers(0, 2), st.just(""), st.none()),
    st.tuples(st.just("insert"), st.integers(0, 7), st.just(""), st.integers(-1, 9)),
)


def apply(connection: sqlite3.Connection, op: str, row: int, column: str, value: object) -> None:
    target = f"rowid = (SELECT rowid FROM audit ORDER BY chain, number LIMIT 1 OFFSET {row})"
    head = f"chain = (SELECT chain FROM audit_head ORDER BY chain LIMIT 1 OFFSET {row})"
    if op == "set":
        connection.execute(f"UPDATE audit SET {column} = ? WHERE {target}", (value,))
    elif op == "head":
        connection.execute(f"UPDATE audit_head SET {column} = ? WHERE {head}", (value,))
    elif op == "copy":
        other = f"(SELECT {column} FROM audit ORDER BY chain, number LIMIT 1 OFFSET {value})"
        connection.execute(f"UPDATE audit SET {column} = {other} WHERE {target}")
    elif op == "delete":
        connection.execute(f"DELETE FROM audit WHERE {target}")
    elif op == "behead":
        connection.execute(f"DELETE FROM audit_head WHERE {head}")
    else:
        columns = ", ".join("?" if name == "number" else name for name in COLUMNS)
        connection.execute(
            f"INSERT INTO audit SELECT {columns} FROM audit WHERE {target}", (value,)
        )


@dataclass(frozen=True, repr=False)
class Frozen:
    """A database as bytes, its anchors and its key; too long to be shown where a test fails."""

    image: bytes
    anchors: list[Anchor]
    vault: Vault

    def __repr__(self) -> str:
        return "Frozen"


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tampering=st.lists(TAMPERINGS, min_size=1, max_size=4))
def test_random_tampering_is_found(
    frozen: Frozen, tampering: list[tuple[str, int, str, object]]
) -> None:
    """Whatever is done to the rows and their ends, if it changes anything it is found."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        connection.deserialize(frozen.image)
        before = connection.execute(ROWS).fetchall(), connection.execute(HEADS).fetchall()
        for each in tampering:
            try:
                apply(connection, *each)
            except (sqlite3.IntegrityError, UnicodeEncodeError):
                continue  # the database itself refuses it
        connection.commit()
        after = connection.execute(ROWS).fetchall(), connection.execute(HEADS).fetchall()
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with engine.connect() as opened:
            found = verify(Transaction(opened, frozen.vault, MORNING), None, frozen.anchors)
    assert bool(found) is (repr(before) != repr(after))


@pytest.fixture
def frozen(book: Book) -> Frozen:
    """Give the audit's tables as bytes, without triggers, and the anchors."""
    anchors = [book.anchor("A"), book.anchor("B")]
    with (
        closing(sqlite3.connect(book.path)) as connection,
        closing(sqlite3.connect(":memory:")) as copy,
    ):
        for (made,) in connection.execute(TABLES).fetchall():
            copy.execute(made)
        for name in ("audit", "audit_head"):
            rows = connection.execute(f"SELECT * FROM {name}").fetchall()
            marks = ", ".join("?" * len(rows[0]))
            copy.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        copy.commit()
        return Frozen(copy.serialize(), anchors, book.registry.vault)
