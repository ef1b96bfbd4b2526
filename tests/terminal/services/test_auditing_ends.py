"""How far the audit went, kept beside the anchors: what they do not know yet is found by it."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from book import Book

from terminal.errors import AnchorsMissing
from terminal.services.auditing import (
    ENDS_FORMAT,
    AnchoredRegistry,
    ends_file,
    keep_anchor,
    keep_ends,
    make_anchor_file,
    read_anchors,
    read_ends,
    verify,
)


class Desk:
    """A counter that was anchored this morning, and did something since."""

    def __init__(self, folder: Path) -> None:
        self.book = Book(folder)
        self.anchors = folder / "anchors"
        make_anchor_file(self.anchors)
        self.work("A", "一", "二", "三")
        keep_anchor(self.book.registry, self.anchors, "A")
        self.morning = self.image()
        self.work("A", "四", "五")

    def work(self, chain: str, *reasons: str) -> None:
        """Do something as a command does: open, write, close."""
        with closing(AnchoredRegistry(self.book.another(), self.anchors)):
            self.book.write(chain, *reasons)

    def image(self) -> tuple[object, ...]:
        """Give the sealed end of A as it is now."""
        return self.book.read("SELECT * FROM audit_head WHERE chain = 'A'")[0]

    def cut_back(self) -> None:
        """Put A back to this morning: its rows, and the end with the seal of then."""
        self.book.tamper("DELETE FROM audit WHERE chain = 'A' AND number > 3")
        self.book.put_back(self.morning)

    def found(self) -> list[tuple[str, int, str]]:
        return [
            (each.chain, each.number, each.what.value)
            for each in verify(self.book.registry, self.anchors)
        ]

    def ends(self) -> dict[str, int]:
        return {each.chain: each.number for each in read_ends(self.anchors)}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a counter in the middle of its day."""
    desk = Desk(tmp_path)
    yield desk
    desk.book.close()


class TestPutBack:
    def test_to_this_morning(self, desk: Desk) -> None:
        """The anchor of this morning fits, the seal as well; what was done since is missed."""
        assert (desk.ends(), desk.found()) == ({"A": 5}, [])
        desk.cut_back()
        assert [each.number for each in read_anchors(desk.anchors)] == [3]
        assert desk.found() == [("A", 5, "anchor_beyond")]

    def test_the_whole_database(self, desk: Desk) -> None:
        """A copy of the file of an hour ago has every seal right."""
        desk.book.close()
        shutil.copy(desk.book.path, desk.book.folder / "copy")
        desk.book.registry = desk.book.another()
        desk.work("A", "六")
        desk.book.close()
        shutil.copy(desk.book.folder / "copy", desk.book.path)
        desk.book.registry = desk.book.another()
        assert desk.found() == [("A", 6, "anchor_beyond")]

    def test_and_written_on(self, desk: Desk) -> None:
        """A desk goes on serving, and what it does covers nothing up, however far it goes."""
        desk.cut_back()
        for reason in ("四", "五", "六", "七"):
            desk.work("A", f"另{reason}")
            assert desk.ends() == {"A": 5}
            assert {number for _, number, _ in desk.found()} == {5}
        assert desk.found() == [("A", 5, "anchor_differs")]

    def test_with_an_anchor_for_an_end(self, desk: Desk) -> None:
        """What the anchor file has of this morning does not pass for the end that is kept."""
        (line,) = desk.anchors.read_text().splitlines()[1:]
        ends_file(desk.anchors).write_text(f"{ENDS_FORMAT}\n{line}\n")
        desk.cut_back()
        assert ("A", 3, "anchor_seal") in desk.found()
        desk.work("A", "四")
        assert ("A", 3, "anchor_seal") in desk.found()

    @pytest.mark.parametrize("content", [None, "", f"{ENDS_FORMAT}\n", "nonsense\n"])
    def test_without_the_file(self, desk: Desk, content: str | None) -> None:
        """Nobody makes it anew in silence: then whoever removed it would have won."""
        file = ends_file(desk.anchors)
        file.unlink()
        if content is not None:
            file.write_text(content)
        assert desk.found() == [("A", 5, "kept_end_missing")]
        desk.work("A", "六")
        assert desk.found() == [("A", 6, "kept_end_missing")]

    def test_without_the_line_of_a_chain(self, desk: Desk) -> None:
        """Other chains that go on do not put the line back."""
        desk.work("B", "甲")
        keep_anchor(desk.book.registry, desk.anchors, "B")
        file = ends_file(desk.anchors)
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:2]))
        desk.work("A", "六")
        assert desk.found() == [("B", 1, "kept_end_missing")]
        assert desk.ends() == {"A": 6}

    @pytest.mark.parametrize("number", [3, 0, -(10**30), 10**30])
    def test_altered(self, desk: Desk, number: int) -> None:
        """A number of one's own choice has no seal, and none that no database knows stops us."""
        file = ends_file(desk.anchors)
        file.write_text(file.read_text().replace(" 5 ", f" {number} "))
        desk.cut_back()
        desk.work("A", "四")
        assert ("A", number, "anchor_seal") in desk.found()


class TestKeeping:
    def test_after_a_kill_it_lags_and_catches_up(self, desk: Desk) -> None:
        """The database ahead of it is what every kill leaves: no alarm, and the next closes up."""
        desk.book.write("A", "六")
        assert (desk.ends(), desk.found()) == ({"A": 5}, [])
        keep_anchor(desk.book.registry, desk.anchors, "A")
        assert (desk.ends(), desk.found()) == ({"A": 6}, [])

    def test_a_new_chain_is_added(self, desk: Desk) -> None:
        """A counter that begins has nothing to go on from."""
        desk.work("B", "甲", "乙")
        assert (desk.ends(), desk.found()) == ({"A": 5, "B": 2}, [])

    def test_a_broken_end_is_not_kept(self, desk: Desk) -> None:
        """It would make a forgery good; the other chains go on."""
        desk.book.tamper("UPDATE audit_head SET number = 6 WHERE chain = 'A'")
        desk.work("B", "甲")
        assert desk.ends() == {"A": 5, "B": 1}

    def test_many_at_once(self, desk: Desk) -> None:
        """An older end is never written over a newer one, and nobody rings an alarm meanwhile."""
        troubles: list[object] = []

        def work(chain: str) -> None:
            for _ in range(6):
                desk.work(chain, "又")
                troubles.extend(each for each in desk.found() if each[2] == "anchor_beyond")

        threads = [threading.Thread(target=work, args=(each,)) for each in ("A", "A", "B", "C")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert troubles == []
        assert (desk.ends(), desk.found()) == ({"A": 17, "B": 6, "C": 6}, [])

    def test_a_full_disk(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was done is done; the next command does not begin before the end can be kept."""

        def full(_descriptor: int, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            desk.work("A", "六")
            with pytest.raises(AnchorsMissing):
                keep_anchor(desk.book.registry, desk.anchors, "A")
        assert (desk.ends(), desk.found()) == ({"A": 5}, [])
        assert not list(desk.book.folder.glob(".*"))
        keep_anchor(desk.book.registry, desk.anchors, "A")
        assert desk.ends() == {"A": 6}

    def test_half_a_file_of_somebody_killed(self, desk: Desk) -> None:
        """It never took the place of the whole one, and is cleared away by the next."""
        half = desk.book.folder / ".anchors.ends.part"
        half.write_text(ENDS_FORMAT)
        desk.work("A", "六")
        assert (desk.ends(), half.exists()) == ({"A": 6}, False)

    def test_nothing_new_writes_nothing(self, desk: Desk) -> None:
        """A look costs no write to the disk."""
        before = ends_file(desk.anchors).stat().st_ino
        keep_ends(desk.book.registry, desk.anchors)
        assert ends_file(desk.anchors).stat().st_ino == before

    def test_beside_the_anchors_that_a_link_leads_to(self, desk: Desk) -> None:
        """On the disk that clerks cannot write, not beside the link to it."""
        link = desk.book.folder / "link"
        link.symlink_to(desk.anchors)
        assert ends_file(link) == ends_file(desk.anchors)
