"""The audit's chain: written with every act, cheaply, and never on a broken end."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from book import Book
from sqlalchemy import event

from terminal.errors import AuditBroken, LookUnexplained, NoteUnfit
from terminal.registry.audit import Note, looked, note
from terminal.registry.audit_search import Entry, Wanted, search


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Book]:
    """Give a registry without an audit."""
    book = Book(tmp_path)
    yield book
    book.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give one with two chains, A of five rows and B of three."""
    book = Book(tmp_path, written=True)
    yield book
    book.close()


class TestWriting:
    def test_untouched_nothing_is_found(self, book: Book) -> None:
        """An alarm that rings without a cause is soon not listened to."""
        anchors = [book.anchor("A"), book.anchor("B")]
        book.write("A", "六")
        assert book.verify(*anchors) == []
        assert book.verify() == []
        assert book.verify(chain="A") == []

    def test_an_empty_registry_is_whole(self, empty: Book) -> None:
        """A counter begins without an audit."""
        assert empty.verify() == []

    def test_numbers_count_up_in_each_chain(self, empty: Book) -> None:
        """A gap is to mean that something is missing, so there are none of our own making."""
        with empty.registry.writing() as tx:
            numbers = [note(tx, chain, Note("wang", "look")) for chain in "AABA"]
        assert numbers == [1, 2, 1, 3]

    def test_a_note_costs_three_statements(self, book: Book) -> None:
        """It is written with every act, several thousand times a day."""
        statements: list[str] = []
        with book.registry.writing() as tx:
            event.listen(
                book.registry.engine, "before_cursor_execute", lambda *a: statements.append(a[2])
            )
            note(tx, "A", Note("wang", "look"))
        assert [each.split()[0] for each in statements] == ["SELECT", "INSERT", "UPDATE"]

    def test_what_is_rolled_back_was_never_noted(self, book: Book) -> None:
        """The record is of what happened: it shares the fate of what it tells."""
        unfit = Note("wang", "look", reason="\n")
        with pytest.raises(NoteUnfit), book.registry.writing() as tx:
            assert [note(tx, "A", each) for each in (Note("wang", "look"), unfit)]
        assert book.verify() == []
        assert len(entries(book)) == 8

    def test_a_look_says_who_for_what_and_why(self, book: Book) -> None:
        """R-SECRET: no look at a holder without an operator, a service and a reason."""
        with book.registry.writing() as tx:
            looked(tx, "A", operator="wang", service="S-STATUS", reason=" 本人来查 ", person_id=3)
        last = entries(book)[-1]
        assert (last.note.action, last.note.person_id, last.note.reason) == ("look", 3, "本人来查")

    @pytest.mark.parametrize("missing", ["operator", "service", "reason"])
    def test_a_look_without_one_of_them(self, book: Book, missing: str) -> None:
        """The refusal names what is missing, and nothing is on record."""
        said = {"operator": "wang", "service": "S-STATUS", "reason": "本人来查"} | {missing: " "}
        with pytest.raises(LookUnexplained) as caught, book.registry.writing() as tx:
            looked(tx, "A", **said)
        assert "{" not in caught.value.message("zh")
        assert len(entries(book)) == 8

    @pytest.mark.parametrize(
        "unfit",
        [
            Note("wang", "look", reason="一" * 201),
            Note("w" * 65, "look"),
            Note("", "look"),
            Note("wang", ""),
            Note("wang", "look", reason="好\n2026-03-02 假的一行"),
            Note("wang", "look", reason="\u202e倒写"),
            Note("wang", "look", reason="半个\ud800"),
            Note("wang", "look", facts={"半个": "\ud800"}),
            Note("wang", "look", facts={"长": "一" * 5000}),
        ],
        ids=[
            "long",
            "id",
            "nobody",
            "nothing",
            "line",
            "turned",
            "half",
            "half a fact",
            "long fact",
        ],
    )
    def test_what_cannot_be_put_on_record(self, book: Book, unfit: Note) -> None:
        """A list that is read later shows what was written, and nothing besides."""
        with pytest.raises(NoteUnfit), book.registry.writing() as tx:
            note(tx, "A", unfit)
        with pytest.raises(NoteUnfit), book.registry.writing() as tx:
            note(tx, "", Note("wang", "look"))  # the name of the list of chains is no chain's
        assert book.verify() == []

    def test_rare_characters_are_kept(self, empty: Book) -> None:
        """Names and reasons hold 䶮 and what old encodings put into the private use area."""
        reason = "䶮 \ue863 · ️\u3000" + chr(0x2A6D6)
        empty.write("网点-1", reason.replace("️", ""))
        assert entries(empty)[0].note.reason == reason.replace("️", "")
        assert empty.verify() == []

    @pytest.mark.parametrize(
        "tampering",
        [
            "UPDATE audit_head SET seal = zeroblob(32) WHERE chain = 'A'",
            "UPDATE audit_head SET number = 4 WHERE chain = 'A'",
            "UPDATE audit_head SET number = 'many' WHERE chain = 'A'",
            "UPDATE audit_head SET digest = 'text' WHERE chain = 'A'",
            "DELETE FROM audit_head WHERE chain = 'A'",
        ],
    )
    def test_nothing_is_added_to_a_broken_end(self, book: Book, tampering: str) -> None:
        """A new row would seal what somebody forged, and so hide it."""
        book.tamper(tampering)
        before = book.found()
        with pytest.raises(AuditBroken), book.registry.writing() as tx:
            note(tx, "A", Note("wang", "look"))
        with book.registry.writing() as tx:
            note(tx, "B", Note("wang", "look"))  # the other counters go on
        assert book.found() == before != []

    def test_two_counters_write_at_once(self, book: Book) -> None:
        """Two desks work at the same time: each has its chain, and shares one where it must."""
        other = book.another()
        gate = threading.Barrier(2)
        failures: list[Exception] = []

        def work(registry: object, chain: str) -> None:
            gate.wait()
            try:
                for _ in range(20):
                    with registry.writing() as tx:  # type: ignore[attr-defined]  # a Registry
                        note(tx, chain, Note("wang", "look"))
                        note(tx, "shared", Note("wang", "look"))
            except Exception as error:  # noqa: BLE001  told below, not lost in a thread
                failures.append(error)

        threads = [
            threading.Thread(target=work, args=(registry, chain))
            for registry, chain in ((book.registry, "C"), (other, "D"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        other.close()
        assert failures == []
        assert book.verify() == []
        assert [e.number for e in entries(book) if e.chain == "shared"] == list(range(1, 41))


def entries(book: Book, wanted: Wanted | None = None, limit: int = 200) -> list[Entry]:
    with book.registry.reading() as tx:
        return list(search(tx, wanted or Wanted(), limit))
