"""The audit read: what is looked for is found, and outsiders check what they are handed."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from book import MORNING, Book

from terminal.errors import AuditBroken
from terminal.registry.audit import COLUMNS, Note, anchor, note
from terminal.registry.audit_search import Entry, Wanted, export, search


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give one with two chains, A of five rows and B of three."""
    book = Book(tmp_path, written=True)
    yield book
    book.close()


def entries(book: Book, wanted: Wanted | None = None, limit: int = 200) -> list[Entry]:
    with book.registry.reading() as tx:
        return list(search(tx, wanted or Wanted(), limit))


def digest(row: dict[str, object], previous: bytes) -> bytes:
    """Compute a digest by the documentation alone (docs/audit.md)."""
    names = COLUMNS[:-2]
    begun = ",".join(f"{json.dumps(n)}:{json.dumps(row[n], ensure_ascii=False)}" for n in names)
    form = f'{{{begun},"facts":{row["facts"]},"previous":"{previous.hex()}"}}'
    return hashlib.sha256(form.encode()).digest()


class TestReading:
    def test_search(self, book: Book) -> None:
        """By who, whom, what and when, newest last; who agreed is found as well as who did it."""
        book.later(days=1)
        with book.registry.writing() as tx:
            note(tx, "A", Note("zhao", "sign_in"))
            note(tx, "B", Note("wang", "look", "S-LOSS-TEMP", person_id=8, card_id=10))
        day = date(2026, 3, 3)

        def found(**wanted: object) -> list[tuple[str, int]]:
            return [(e.chain, e.number) for e in entries(book, Wanted(**wanted))]  # type: ignore[arg-type]  # fields by name

        assert found(operator="zhao") == [("A", 6)]
        assert len(found(operator="li")) == 8
        assert found(person_id=8) == found(card_id=10) == found(service="S-LOSS-TEMP") == [("B", 4)]
        assert found(action="sign_in") == [("A", 6)]
        assert sorted(found(from_day=day)) == [("A", 6), ("B", 4)]
        assert len(found(to_day=date(2026, 3, 2))) == 8
        assert found(from_day=day, to_day=day, operator="wang") == [("B", 4)]
        assert len(found(from_day=date.min, to_day=date.max)) == 10
        assert found(operator="'; DROP TABLE audit; --") == []
        assert len(entries(book, limit=3)) == 3

    def test_a_day_is_beijings(self, book: Book) -> None:
        """Half past eight in the morning is still yesterday in UTC."""
        book.now = MORNING.replace(hour=0, minute=0, second=0, microsecond=0)
        book.write("C", "零点")
        book.now -= timedelta(microseconds=1)
        book.write("C", "前一刻")
        days = [
            [
                e.note.reason
                for e in entries(book, Wanted(from_day=day, to_day=day))
                if e.chain == "C"
            ]  # type: ignore[attr-defined]
            for day in (date(2026, 3, 1), date(2026, 3, 2))
        ]
        assert days == [["前一刻"], ["零点"]]

    @pytest.mark.parametrize("facts", ["'{'", "5", "'[1]'"])
    def test_a_row_that_is_none(self, book: Book, facts: str) -> None:
        """A search over a damaged audit says so, not what it makes of it."""
        book.tamper(f"UPDATE audit SET facts = {facts} WHERE chain = 'A' AND number = 2")
        with pytest.raises(AuditBroken):
            entries(book)

    def test_an_outsider_checks_an_export_with_sha256_alone(self, book: Book) -> None:
        """What an inspector gets proves itself: no key, no program of ours."""
        with book.registry.reading() as tx:
            lines = list(export(tx, "A"))
            assert list(export(tx, "A", 3)) == lines[2:]
            last = anchor(tx, "A")
        previous = "0" * 64
        for line in lines:
            form, digest = line[:-77] + "}", line[-66:-2]
            assert line[-77:] == f',"digest":"{digest}"}}'
            assert hashlib.sha256(form.encode()).hexdigest() == digest
            assert json.loads(line)["previous"] == previous
            previous = digest
        assert last is not None
        assert last.digest.hex() == previous
        assert [json.loads(line)["reason"] for line in lines] == ["一", "二", "三", "四", "五"]

    def test_no_chain_exports_nothing(self, book: Book) -> None:
        """An unknown chain has no rows."""
        with book.registry.reading() as tx:
            assert list(export(tx, "C")) == []
            assert anchor(tx, "C") is None
