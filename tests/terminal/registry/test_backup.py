"""A backup holds the counter as it was at one moment, and opens whole under its passphrase only."""

import base64
import errno
import hashlib
import json
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from argon2.low_level import Type, hash_secret_raw
from book import Book
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pytest_mock import MockerFixture

from apdu.secret import Secret
from terminal.errors import (
    BackupBusy,
    BackupContentWrong,
    BackupDamaged,
    BackupError,
    BackupExists,
    BackupLocked,
    BackupNotHere,
    BackupUnwritable,
    BackupWrong,
    FileTrouble,
    JournalDamaged,
    JournalMissing,
    JournalTooNew,
    RegistryDamaged,
    RegistryTooNew,
)
from terminal.journal import BEIJING, Intention, Journal, Kind, Method, SqliteStore, new_key
from terminal.registry import backup, restore
from terminal.registry.backup import Sources, take
from terminal.registry.backup_file import (
    ANCHORS,
    CHUNK,
    JOURNAL,
    KEY,
    REGISTRY,
    TAG,
    ChainEnd,
    Cost,
    Header,
    Part,
    opened,
    read_header,
    sealed,
)
from terminal.registry.migrations import HEAD
from terminal.registry.store import Registry
from terminal.registry.tables import METADATA
from terminal.registry.whole_files import drafts

PASSPHRASE = Secret("TEST 口令 passphrase".encode())
CHEAP = Cost(time=1, memory_kib=8, lanes=1)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING)
HEADER = Header(
    id="0123456789abcdef",
    created_at=AT,
    outlet="朝阳 A01",
    key_id="key",
    registry_schema="0001",
    journal_schema=1,
    ends=(ChainEnd("A01-1", 7, bytes(32)),),
    parts=(Part(REGISTRY, 1),),
    cost=CHEAP,
    salt=bytes(16),
)
SOMEWHERE = Path("some.backup")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give a registry with something in it."""
    made = Book(tmp_path)
    made.write("A01-1", "one", "two")
    yield made
    made.close()


def make(book: Book, name: str = "made.backup", **more: Path) -> Path:
    """Take a backup."""
    target = book.folder / name
    take(
        Sources(book.registry, **more),
        target,
        PASSPHRASE,
        backup_id=backup.new_id(),
        outlet="A01",
        cost=CHEAP,
    )
    return target


def unpacked(file: Path, folder: Path, *names: str, passphrase: Secret = PASSPHRASE) -> Path:
    """Unpack parts of a backup into a folder."""
    folder.mkdir()
    restore.unpack(file, passphrase, {name: folder / name for name in names or (REGISTRY,)})
    return folder / (names[0] if names else REGISTRY)


def form(content: bytes, header: Header = HEADER, passphrase: Secret = PASSPHRASE) -> bytes:
    """Make the bytes of a backup that holds some content."""
    return b"".join(sealed(header, passphrase, [content]))


def read(data: bytes, passphrase: Secret = PASSPHRASE) -> bytes:
    """Read such bytes again."""
    stream = BytesIO(data)
    header = read_header(SOMEWHERE, stream)
    return b"".join(opened(SOMEWHERE, stream, header, passphrase))


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give every row of every table in a SQLite file."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for (name,) in tables.fetchall()
        }


# --- The form ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5])
def test_what_goes_in_comes_out(size: int) -> None:
    """Chunks have edges; content that ends on one is where such forms go wrong."""
    content = os.urandom(size)
    assert read(form(content)) == content


def test_the_form_is_the_one_that_is_written_down() -> None:
    """Years later somebody reads it from the description alone, as this test does."""
    content = os.urandom(CHUNK + 100)
    line, rest = form(content).split(b"\n", 1)
    document = json.loads(line)
    assert document["format"] == "guitai.backup/1"
    assert document["key_included"] is False
    kdf = document["kdf"]
    key = hash_secret_raw(
        PASSPHRASE.reveal(),
        base64.b64decode(kdf["salt"]),
        time_cost=kdf["time"],
        memory_cost=kdf["memory_kib"],
        parallelism=kdf["lanes"],
        hash_len=32,
        type=Type.ID,
    )
    bound = hashlib.sha256(line + b"\n").digest()
    seal, one, two = rest[:16], rest[16 : 32 + 65536], rest[32 + 65536 :]
    cipher = AESGCM(key)
    assert cipher.decrypt(bytes(12), seal, bound) == b""
    assert cipher.decrypt(bytes(10) + b"\1\0", one, bound) == content[:65536]
    assert cipher.decrypt(bytes(10) + b"\2\1", two, bound) == content[65536:]


def test_the_header_says_what_it_is_and_nothing_of_a_person() -> None:
    """Who finds a folder of backups sees which is which without a passphrase."""
    assert read_header(SOMEWHERE, BytesIO(form(b"x"))) == HEADER


def pieces_of(data: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Cut a file into header, seal and chunks."""
    end = data.index(b"\n") + 1
    body = data[end + TAG :]
    size = CHUNK + TAG
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return data[:end], data[end : end + TAG], chunks


def changed() -> Iterator[tuple[str, bytes]]:
    """Give a backup of four chunks, spoilt in every way there is."""
    data = form(os.urandom(3 * CHUNK + 100))
    header, seal, chunks = pieces_of(data)
    start = header + seal
    for number, chunk in enumerate(chunks):
        for at in (0, len(chunk) // 2, len(chunk) - 1):
            spoilt = bytearray(chunk)
            spoilt[at] ^= 1
            yield (
                f"chunk {number} byte {at}",
                start + b"".join([*chunks[:number], bytes(spoilt), *chunks[number + 1 :]]),
            )
        yield f"without {number}", start + b"".join(chunks[:number] + chunks[number + 1 :])
        yield f"twice {number}", start + b"".join(chunks[: number + 1] + chunks[number:])
        yield f"cut behind {number}", start + b"".join(chunks[:number])
        yield f"cut within {number}", start + b"".join(chunks[:number]) + chunk[:-1]
    yield "swapped", start + chunks[1] + chunks[0] + b"".join(chunks[2:])
    yield "last first", start + b"".join(chunks[::-1])
    yield "more behind", data + b"\0"
    yield "itself behind", data + b"".join(chunks)
    _, _, others = pieces_of(form(os.urandom(3 * CHUNK + 100), replace(HEADER, salt=b"s" * 16)))
    yield "another's chunk", start + chunks[0] + others[1] + b"".join(chunks[2:])


SPOILT = dict(changed())


@pytest.mark.parametrize("how", SPOILT)
def test_whatever_was_done_to_it_is_found(how: str) -> None:
    """Altered, cut, put together anew: all chunks say so, and the last one says it is the last."""
    with pytest.raises(BackupDamaged):
        read(SPOILT[how])


def test_another_passphrase() -> None:
    """It is told apart from damage, for the remedy is another one."""
    data = form(b"content")
    for wrong in (b"", b"TEST", PASSPHRASE.reveal() + b" ", b"\xff"):
        with pytest.raises(BackupLocked):
            read(data, Secret(wrong))


def test_a_passphrase_has_one_form() -> None:
    """Full width or not, composed or not: another keyboard opens it all the same."""
    data = form(b"content", passphrase=Secret("ｐａｓｓ e\u0301 口令".encode()))
    assert read(data, Secret("pass é 口令".encode())) == b"content"
    odd = Secret(b"\xff\xfe no text")
    assert read(form(b"content", passphrase=odd), odd) == b"content"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"A01-1"', b'"A01-2"'),
        (b'"number": 7', b'"number": 6'),
        (b"2026-03-02", b"2026-03-03"),
        (b'"time": 1', b'"time": 2'),
        (b'"bytes": 1', b'"bytes": 2'),
    ],
)
def test_an_altered_header_does_not_open(old: bytes, new: bytes) -> None:
    """What it says of itself in clear is bound to the rest."""
    data = form(b"x")
    assert old in data
    with pytest.raises(BackupLocked):
        read(data.replace(old, new, 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"SQLite format 3\0",
        b"[" * 100_000,
        b'{"format": 1}\n',
        b'{"format": "guitai.backup/1"}\n',
        b'{"format": "guitai.backup/2"}\n',
        form(b"x").replace(b'"cipher"', b'"more": 1, "cipher"', 1),
        form(b"x").replace(b'"chunk": 65536', b'"chunk": 1', 1),
        form(b"x").replace(b'"registry"', b'"registrz"', 1),
        form(b"x").replace(b'"name": "registry"', b'"name": "journal"', 1),
        form(b"x").replace(b'"bytes": 1', b'"bytes": -1', 1),
        form(b"x").replace(b'"bytes": 1', b'"bytes": true', 1),
        form(b"x").replace(b'"memory_kib": 8', b'"memory_kib": 99999999', 1),
        form(b"x").replace(b'"time": 1', b'"time": 99999', 1),
        form(b"x").replace(b'"time": 1', b'"time": 0', 1),
        form(b"x").replace(b'"id": "0', b'"id": "/', 1),
        form(b"x").replace(b"+08:00", b"", 1),
        form(b"x").replace(b'"journal": 1', b'"journal": null', 1),
        form(b"x").replace(b"AAAA", b"%%%%", 1),
    ],
)
def test_what_is_no_backup(data: bytes) -> None:
    """Refused by its first line, before it costs memory or time."""
    with pytest.raises(BackupWrong):
        read(data)


# --- Taking one ----------------------------------------------------------------------------


def test_every_row_comes_back(book: Book, tmp_path: Path) -> None:
    """The point of it all: nothing is missing, nothing is otherwise."""
    draft = unpacked(make(book), tmp_path / "back")
    assert rows_of(draft) == rows_of(book.path)
    assert set(METADATA.tables) <= set(rows_of(draft))


def test_what_stands_in_the_header(book: Book) -> None:
    """Versions, key and how far each audit chain went are those of the copy."""
    book.write("A01-2", "three")
    header = restore.header_of(make(book))
    ends = book.read("SELECT chain, number, digest FROM audit_head WHERE chain <> '' ORDER BY 1")
    assert [(each.chain, each.number, each.digest) for each in header.ends] == ends
    assert header.key_id == book.registry.vault.key_id
    assert (header.registry_schema, header.journal_schema) == (HEAD, 0)
    assert header.created_at == book.now
    assert not header.key_included


def test_all_parts(book: Book, tmp_path: Path) -> None:
    """Journal, anchors and key come along where they are given, the key only in its cipher."""
    with closing(SqliteStore(tmp_path / "journal.db")) as store:
        Journal(store).begin(
            Intention(new_key(), Kind.LOAD, "1000751012345678", 5000, 5000, Method.CASH, "07")
        )
        file = make(
            book,
            journal=tmp_path / "journal.db",
            anchors=book.folder / "key",
            key=book.folder / "key",
        )
    header = restore.header_of(file)
    assert [part.name for part in header.parts] == [REGISTRY, JOURNAL, ANCHORS, KEY]
    assert header.key_included
    root = json.loads((book.folder / "key").read_text())["root"]
    assert root.encode() not in file.read_bytes()
    folder = unpacked(file, tmp_path / "back", REGISTRY, JOURNAL, KEY).parent
    assert (folder / KEY).read_bytes() == (book.folder / "key").read_bytes()
    assert rows_of(folder / JOURNAL) == rows_of(tmp_path / "journal.db")
    assert {path.name for path in folder.iterdir()} == {REGISTRY, JOURNAL, KEY}


def test_its_file_is_its_owners_alone(book: Book) -> None:
    """It is for whoever has the passphrase, and even they have to get at it first."""
    before = set(book.folder.iterdir())
    file = make(book)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(book.folder.iterdir()) - before == {file}


def test_taken_while_others_write(book: Book, tmp_path: Path) -> None:
    """No counter stops for it: each copy is one moment, with its audit whole up to there."""
    writing, stop = threading.Event(), threading.Event()
    other = book.another()

    def work() -> None:
        busy = Book.__new__(Book)
        busy.folder, busy.now, busy.registry = book.folder, book.now, other
        while not stop.is_set():
            busy.write("A01-2", "again")
            writing.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert writing.wait(10)
        taken = [make(book, f"{number}.backup") for number in range(5)]
    finally:
        stop.set()
        thread.join()
        other.close()
    lengths = []
    for number, file in enumerate(taken):
        draft = unpacked(file, tmp_path / str(number))
        vault, (end,) = book.registry.vault, restore.header_of(file).ends[1:]
        with (
            closing(restore.open_draft(file, draft, vault, lambda: book.now)) as registry,
            registry.reading() as tx,
        ):
            assert restore.demand_audit(file, tx, None) == restore.Compared()
        lengths.append(end.number)
    assert lengths == sorted(lengths)
    assert lengths[0] < book.read("SELECT COUNT(*) FROM audit WHERE chain = 'A01-2'")[0][0]


def test_what_is_there_is_left_alone(book: Book) -> None:
    """It may be the only good backup; a link that leads nowhere is something, too."""
    there = book.folder / "made.backup"
    there.write_bytes(b"the only one")
    with pytest.raises(BackupExists):
        make(book)
    assert there.read_bytes() == b"the only one"
    there.unlink()
    there.symlink_to("nowhere")
    with pytest.raises(BackupExists):
        make(book)


def test_a_place_that_is_none(book: Book) -> None:
    """A stick that is not there is told before anything is copied."""
    with pytest.raises(BackupUnwritable):
        make(book, "stick/made.backup")


@pytest.mark.parametrize("after", [0, 1, 3])
def test_the_disk_is_full(book: Book, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Half a backup is none: it is taken away, and so are the drafts."""
    write, left = os.write, [after]

    def full(descriptor: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left[0] -= 1
        return write(descriptor, data)

    before = set(book.folder.iterdir())
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(BackupUnwritable) as raised:
        make(book)
    monkeypatch.undo()
    assert "No space" in str(raised.value.cause("en"))
    assert set(book.folder.iterdir()) == before
    make(book)


def test_one_at_a_time(book: Book) -> None:
    """Two would sweep each other's drafts away."""
    with drafts(book.path), pytest.raises(BackupBusy):
        make(book)
    make(book)


def test_what_a_killed_one_left_is_swept_away(book: Book) -> None:
    """A copy of a registry lying about is found by the next, not by somebody else."""
    left = book.folder / ".registry.db.drafts"
    left.mkdir()
    (left / "registry").write_bytes(b"half")
    make(book)
    assert not left.exists()


def test_a_damaged_registry_is_not_backed_up_as_if_it_were_whole(book: Book) -> None:
    """Otherwise the last good backup is thrown away for a bad one."""
    book.registry.close()
    with closing(sqlite3.connect(book.path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO feedback (person_id, said, at) VALUES (99, x'', 0)")
        connection.commit()
    with pytest.raises(RegistryDamaged) as raised:
        make(book)
    assert "feedback" in raised.value.cause("zh")
    with book.path.open("r+b") as stream:
        stream.seek(8192)
        stream.write(os.urandom(16_384))
    with pytest.raises(RegistryDamaged):
        make(book)
    assert not (book.folder / "made.backup").exists()


def test_a_journal_that_is_none(book: Book) -> None:
    """A wrong or missing file under the journal's name is said, not copied."""
    with pytest.raises(JournalMissing):
        make(book, journal=book.folder / "nowhere.db")
    (book.folder / "notes.txt").write_text("no database at all, but long enough to look like one")
    for other in (book.folder / "notes.txt", book.path):
        with pytest.raises(JournalDamaged):
            make(book, journal=other)


def test_a_server_backs_itself_up(book: Book, mocker: MockerFixture) -> None:
    """A registry that is no file is refused by name, and nothing is pretended."""
    engine = mocker.Mock()
    engine.dialect.name, engine.url.database = "postgresql", "guitai"
    with pytest.raises(BackupNotHere) as raised:
        take(
            Sources(Registry(engine, book.registry.vault)),
            book.folder / "made.backup",
            PASSPHRASE,
            backup_id=backup.new_id(),
            outlet="",
            cost=CHEAP,
        )
    assert "postgresql" in raised.value.message("zh")


# --- Unpacking and proving -----------------------------------------------------------------


def test_nothing_is_unpacked_that_is_not_there(book: Book, tmp_path: Path) -> None:
    """A file that is gone, or a folder, is told as what it is."""
    with pytest.raises(FileTrouble):
        restore.header_of(tmp_path / "gone.backup")
    with pytest.raises(FileTrouble):
        unpacked(tmp_path, tmp_path / "back")


@pytest.mark.parametrize("size", [0, 5, 200_000])
def test_a_length_that_does_not_fit(tmp_path: Path, size: int) -> None:
    """Who has the passphrase may still write nonsense; it is seen at the end."""
    file = tmp_path / "odd.backup"
    header = replace(HEADER, parts=(Part(REGISTRY, 100_000),))
    file.write_bytes(form(bytes(size), header))
    with pytest.raises(BackupWrong):
        unpacked(file, tmp_path / "back")


def test_an_end_that_is_cut_off_is_found_before_anything_counts(book: Book, tmp_path: Path) -> None:
    """The registry part may be whole by then; the file is not."""
    file = make(book)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BackupDamaged):
        unpacked(file, tmp_path / "back")


def test_a_registry_of_another_kind(book: Book, tmp_path: Path) -> None:
    """What is too new, or no registry, is told by the backup's name and not by a draft's."""
    folder = tmp_path / "drafts"
    folder.mkdir()
    vault, file = book.registry.vault, tmp_path / "the.backup"
    for statement, expected in (
        ("UPDATE alembic_version SET version_num = '9999'", RegistryTooNew),
        ("DROP TABLE alembic_version", BackupContentWrong),
        ("DELETE FROM setting WHERE name = 'key_check'", BackupContentWrong),
    ):
        draft = folder / REGISTRY
        with closing(sqlite3.connect(book.path)) as live, closing(sqlite3.connect(draft)) as other:
            live.backup(other)
            other.execute(statement)
            other.commit()
        with pytest.raises(expected) as raised:
            restore.open_draft(file, draft, vault, lambda: book.now)
        assert str(file) in raised.value.message("en")
        draft.unlink()
    (folder / REGISTRY).write_bytes(b"no database, and longer than a header of a hundred bytes is")
    with pytest.raises(BackupContentWrong):
        restore.open_draft(file, folder / REGISTRY, vault, lambda: book.now)


def test_an_audit_with_a_flaw(book: Book, tmp_path: Path) -> None:
    """Somebody who had the registry before the backup was made is found at the restore."""
    book.tamper("UPDATE audit SET reason = 'other' WHERE number = 1")
    file = make(book)
    draft = unpacked(file, tmp_path / "back")
    vault = book.registry.vault
    with (
        closing(restore.open_draft(file, draft, vault, lambda: book.now)) as registry,
        registry.reading() as tx,
        pytest.raises(BackupContentWrong) as raised,
    ):
        restore.demand_audit(file, tx, None)
    assert "A01-1" in raised.value.cause("zh")


def test_what_the_anchors_know_besides(book: Book, tmp_path: Path) -> None:
    """What happened after the backup is not in it, and is named, a chain at a time."""
    first = book.anchor("A01-1")
    file = make(book)
    book.later(days=1)
    book.write("A01-1", "three", "four")
    second = book.anchor("A01-1")
    book.later(days=1)
    book.write("A01-2", "a new chain")
    third = book.anchor("A01-2")
    odd = replace(first, digest=bytes(32))
    draft = unpacked(file, tmp_path / "back")
    vault = book.registry.vault
    with (
        closing(restore.open_draft(file, draft, vault, lambda: book.now)) as registry,
        registry.reading() as tx,
    ):
        plain = restore.demand_audit(file, tx, [first])
        compared = restore.demand_audit(file, tx, [first, second, third])
        doubtful = restore.demand_audit(file, tx, [odd])
    assert plain == restore.Compared()
    assert [(each.chain, each.have, each.anchored) for each in compared.later] == [
        ("A01-1", 2, 4),
        ("A01-2", 0, 1),
    ]
    assert [each.what.value for each in doubtful.doubts] == ["anchor_seal", "anchor_missing"]


def test_a_journal_that_is_too_new(tmp_path: Path) -> None:
    """A newer program's journal is not put under an older one."""
    SqliteStore(tmp_path / "journal.db").close()
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalTooNew):
        restore.demand_journal(SOMEWHERE, tmp_path / "journal.db")
    (tmp_path / "journal.db").write_bytes(b"none")
    with pytest.raises(BackupContentWrong):
        restore.demand_journal(SOMEWHERE, tmp_path / "journal.db")


def test_every_error_is_of_the_family() -> None:
    """A script tells by the exit status that it was the backup."""
    assert {each.exit_status for each in BackupError.__subclasses__()} == {20}
