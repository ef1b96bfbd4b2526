"""The audit in use: anchors on disk outlive the database, and auditors are watched."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from book import MORNING, Book

from terminal.errors import AnchorsMissing, AuditBroken, NoteUnfit, RoleMissing
from terminal.registry.audit_search import Wanted
from terminal.registry.operators import Role, SignedIn
from terminal.services.auditing import (
    FORMAT,
    export,
    keep_anchor,
    make_anchor_file,
    read_anchors,
    search,
    verify,
)

AUDITOR = SignedIn("shen", "审计员", frozenset({Role.AUDITOR}), MORNING)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give a registry with an anchor file and a chain."""
    book = Book(tmp_path)
    make_anchor_file(tmp_path / "anchors")
    book.write("A", "一", "二", "三")
    yield book
    book.close()


@pytest.fixture
def file(book: Book) -> Path:
    """Say where its anchors are."""
    return book.folder / "anchors"


def what(book: Book, file: Path) -> list[str]:
    return [each.what.value for each in verify(book.registry, file)]


class TestAnchors:
    def test_once_a_day_where_something_happened(self, book: Book, file: Path) -> None:
        """The first time at once, then with each Beijing day that comes after something new."""
        made = keep_anchor(book.registry, file, "A")
        assert made is not None
        assert (made.number, str(made.day)) == (3, "2026-03-02")
        book.write("A", "四")
        assert keep_anchor(book.registry, file, "A") is None
        book.now = MORNING.replace(hour=0, minute=0) + timedelta(days=1)
        assert keep_anchor(book.registry, file, "A") is not None
        book.later(days=1)
        assert keep_anchor(book.registry, file, "A") is None
        assert [each.number for each in read_anchors(file)] == [3, 4]
        assert what(book, file) == []

    def test_asked_for_it_is_done_again(self, book: Book, file: Path) -> None:
        """Before a copy is taken away, the end of this very moment is wanted."""
        keep_anchor(book.registry, file, "A")
        book.write("A", "四")
        assert keep_anchor(book.registry, file, "A", today_again=True) is not None
        assert keep_anchor(book.registry, file, "A", today_again=True) is None

    def test_a_chain_of_nothing(self, book: Book, file: Path) -> None:
        """There is no end to be anchored."""
        assert keep_anchor(book.registry, file, "B") is None
        assert read_anchors(file) == ()

    def test_a_line_is_what_it_was(self, book: Book, file: Path) -> None:
        """Written and read back alike, whatever the chain is called; its owner's alone."""
        book.write("网点 1-2", "甲")
        made = [keep_anchor(book.registry, file, chain) for chain in ("A", "网点 1-2")]
        assert list(read_anchors(file)) == made
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text("utf-8").splitlines()[0] == FORMAT

    def test_rolled_back_database_is_found(self, book: Book, file: Path) -> None:
        """The whole file put back, seals and all, contradicts its anchors."""
        old = book.path.read_bytes(), book.read("SELECT * FROM audit_head WHERE chain = 'A'")[0]
        book.write("A", "四", "五")
        keep_anchor(book.registry, file, "A")
        book.tamper("DELETE FROM audit WHERE number > 3")
        book.put_back(old[1])
        assert what(book, file) == ["anchor_beyond"]

    def test_emptied_file_is_found(self, book: Book, file: Path) -> None:
        """The database knows that there was an anchor."""
        keep_anchor(book.registry, file, "A")
        file.write_text(f"{FORMAT}\n")
        assert what(book, file) == ["anchor_missing"]

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"nonsense\n",
            f"{FORMAT}\nnonsense\n".encode(),
            f"{FORMAT}\n2026-13-02 3 00 00 A\n".encode(),
            f"{FORMAT}\n2026-03-02 x 00 00 A\n".encode(),
            f"{FORMAT}\n2026-03-02 3 0g 00 A\n".encode(),
            f"{FORMAT}\n2026-03-02 3 00 00\n".encode(),
            f"{FORMAT}\n\n".encode(),
            f"{FORMAT}\n\xff\n".encode("latin-1"),
        ],
    )
    def test_a_file_that_is_none(self, book: Book, file: Path, content: bytes) -> None:
        """It is refused as a whole: half a proof would be taken for one."""
        file.write_bytes(content)
        for act in (
            lambda: verify(book.registry, file),
            lambda: keep_anchor(book.registry, file, "A"),
        ):
            with pytest.raises(AnchorsMissing):
                act()
        assert file.read_bytes() == content

    def test_a_file_that_is_gone(self, book: Book, file: Path) -> None:
        """It is not made anew in silence: then whoever removed it would have won."""
        file.unlink()
        with pytest.raises(AnchorsMissing):
            keep_anchor(book.registry, file, "A")
        assert not file.exists()

    def test_made_once(self, file: Path) -> None:
        """What is there is left alone."""
        with pytest.raises(AnchorsMissing):
            make_anchor_file(file)

    def test_power_cut_while_a_line_is_written(self, book: Book, file: Path) -> None:
        """A torn line counts as not written, and the next one takes its place."""
        keep_anchor(book.registry, file, "A")
        whole = file.read_bytes()
        book.write("A", "四")
        book.later(days=1)
        for cut in (1, 40, 140):
            file.write_bytes(whole + whole.splitlines()[1][:cut])
            assert len(read_anchors(file)) == 1
            assert what(book, file) == []
        assert keep_anchor(book.registry, file, "A") is not None
        assert [each.number for each in read_anchors(file)] == [3, 4]
        assert what(book, file) == []

    def test_a_line_without_its_commit(self, book: Book, file: Path) -> None:
        """The file is written first: what the database then misses is written once more."""
        keep_anchor(book.registry, file, "A")
        book.write("A", "四")
        book.later(days=1)
        image = book.read("SELECT * FROM audit_head WHERE chain = 'A'")[0]
        keep_anchor(book.registry, file, "A")
        book.put_back(image)
        assert what(book, file) == []
        book.later(days=1)
        assert keep_anchor(book.registry, file, "A") is not None
        assert what(book, file) == []

    def test_a_full_disk(self, book: Book, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where no anchor can be written the database is not told of one."""

        def full(descriptor: int, data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(AnchorsMissing):
                keep_anchor(book.registry, file, "A")
        assert what(book, file) == []
        assert keep_anchor(book.registry, file, "A") is not None

    @pytest.mark.parametrize("taken", [0, 1, 60, 144])
    def test_a_disk_that_takes_half_a_line(
        self, book: Book, file: Path, monkeypatch: pytest.MonkeyPatch, taken: int
    ) -> None:
        """It says so by a number only; the half goes, or the next line would be none either."""
        before, real = file.read_bytes(), os.write

        def nearly_full(descriptor: int, data: bytes) -> int:
            room = len(before) + taken - file.stat().st_size
            if os.fstat(descriptor).st_ino != file.stat().st_ino or room >= len(data):
                return real(descriptor, data)
            if not room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(descriptor, data[:room])

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", nearly_full)
            with pytest.raises(AnchorsMissing):
                keep_anchor(book.registry, file, "A")
        assert file.read_bytes() == before
        assert what(book, file) == []
        assert keep_anchor(book.registry, file, "A") is not None
        assert what(book, file) == []

    @pytest.mark.parametrize("removed", [1, 2, 3, 4])
    @pytest.mark.parametrize("further", [0, 1])
    def test_a_line_taken_out(self, book: Book, file: Path, removed: int, further: int) -> None:
        """Each anchor says which one came before it, and the database which one was the last."""
        for _ in range(4):
            keep_anchor(book.registry, file, "A")
            book.write("A", "又")
            book.later(days=1)
        assert what(book, file) == []
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:removed] + lines[removed + 1 :]))
        for _ in range(further):
            keep_anchor(book.registry, file, "A")
        assert what(book, file)
        assert {*what(book, file)} <= {"anchor_missing", "anchor_seal"}

    def test_a_broken_end_is_not_anchored(self, book: Book, file: Path) -> None:
        """An anchor would make a forgery good."""
        book.tamper("UPDATE audit_head SET number = 2 WHERE chain = 'A'")
        with pytest.raises(AuditBroken):
            keep_anchor(book.registry, file, "A")
        assert read_anchors(file) == ()


class TestAuditors:
    def test_a_search_is_on_record(self, book: Book) -> None:
        """Who watches is watched: what was looked for stands there, and not among the results."""
        wanted = Wanted("wang", 7, from_day=MORNING.date())
        assert len(search(book.registry, "A", AUDITOR, wanted)) == 3
        assert [e.note.reason for e in search(book.registry, "A", AUDITOR, wanted, 2)] == [
            "二",
            "三",
        ]
        found = search(book.registry, "A", AUDITOR, Wanted(action="audit_search"))
        assert [(e.note.operator, e.note.person_id, e.note.facts) for e in found] == [
            ("shen", 7, {"operator": "wang", "from": "2026-03-02"})
        ] * 2

    def test_an_export_is_on_record_before_its_first_line(self, book: Book) -> None:
        """Whoever breaks it off has had it all the same; the record of it is part of it."""
        lines = export(book.registry, "A", AUDITOR, "A", 2)
        (noted,) = search(book.registry, "A", AUDITOR, Wanted(action="audit_export"))
        assert noted.note.facts == {"chain": "A", "since": 2}
        assert len(list(lines)) == 4

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
    def test_nobody_else(self, book: Book, role: Role) -> None:
        """A supervisor who could read who looked at whom would look at holders that way."""
        by = replace(AUDITOR, roles=frozenset({role}))
        with pytest.raises(RoleMissing):
            search(book.registry, "A", by, Wanted())
        with pytest.raises(RoleMissing):
            export(book.registry, "A", by, "A")

    def test_words_that_cannot_be_put_on_record(self, book: Book) -> None:
        """What came from a command line need not be text."""
        with pytest.raises(NoteUnfit):
            search(book.registry, "A", AUDITOR, Wanted(operator="\udcff"))
        with pytest.raises(NoteUnfit):
            export(book.registry, "A", AUDITOR, "\udcff")
        assert [each.what.value for each in book.verify(chain="\udcff")] == ["no_chain"]
