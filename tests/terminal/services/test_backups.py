"""A running counter backed up: what is in it, under which passphrase, with which key."""

import stat
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from backed_up import CHEAP, PASSPHRASE, Counter, backed_up, lose

from apdu.secret import Secret
from terminal.errors import (
    BackupExists,
    BackupPassphraseWeak,
    BackupWrong,
    FileTrouble,
    JournalMissing,
    PassphraseMissing,
    PassphraseUnfit,
    RegistryKeyWrong,
    RestoreInUse,
    RestoreWouldReplace,
)
from terminal.journal import open_journal
from terminal.keys.passphrase import Prompt
from terminal.registry.backup_file import JOURNAL
from terminal.registry.retention import ACTION
from terminal.services.acts import Act
from terminal.services.backups import BackupPassphrases, back_up, demand_strong
from terminal.services.opening import open_registry_of
from terminal.services.restoring import restore_from

STRONG = Secret("七个毫不相干的词，放在一起好记又难猜的口令".encode())


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    """Give a counter at which something was done, and then a backup was made."""
    return backed_up(tmp_path)


def test_it_is_on_record(counter: Counter) -> None:
    """Who copies all that is known of everybody is in the audit, in the backup as well."""
    file = counter.backup
    counter.restore(replace=True)
    acts = counter.read("registry.db", "SELECT action, facts FROM audit ORDER BY number")
    assert [action for action, _ in acts] == ["registry_init", "look", "backup", "restore"]
    with file.open("rb") as stream:
        backup_id = stream.readline().split(b'"id": "')[1][:16].decode()
    assert all(backup_id in str(facts) for _, facts in acts[2:])
    assert '"system_user"' in str(acts[3][1])


def test_a_folder_names_the_file(counter: Counter) -> None:
    """A timer gives a folder; the files in it are in order and never in each other's way."""
    one, two = counter.back_up(counter.folder), counter.back_up(counter.folder)
    assert one != two
    assert one.name.startswith("guitai-A01-20260302-090000-")
    assert counter.restore(one, check=True).header.outlet == "A01"


def test_it_runs_while_the_counter_works(counter: Counter) -> None:
    """Open registries and journals are no hindrance to a backup, and one to a restore."""
    with (
        closing(open_registry_of(counter.config, counter.clock)) as registry,
        open_journal(counter.config, counter.clock) as journal,
    ):
        assert journal.unfinished()
        file = counter.back_up(counter.folder / "while")
        counter.restore(file, check=True)
        for other in (registry.reading(), nullcontext()):
            with other, pytest.raises(RestoreInUse):
                counter.restore(file, replace=True)
    assert not list(counter.folder.glob("*.before-*"))
    assert counter.restore(file, replace=True).kept


def test_a_journal_that_was_not_backed_up(counter: Counter) -> None:
    """A new counter has none yet: that is no reason for no backup, and none for a restore of it."""
    lose(counter, "j.db")
    file = counter.back_up(counter.folder / "without")
    with pytest.raises(BackupWrong):
        counter.restore(file, only=JOURNAL)
    assert [path.name for path in counter.restore(file, replace=True).put] == ["registry.db"]
    in_production = replace(counter.config, production=True)
    with pytest.raises(JournalMissing):
        back_up(in_production, counter.folder / "live", lambda _path: STRONG, cost=CHEAP)


def test_the_key_is_not_in_it(counter: Counter) -> None:
    """Without the key file a registry is not restored: nobody could read it."""
    lose(counter, "registry", "j.db")
    with pytest.raises(RegistryKeyWrong):
        counter.restore()
    assert set(counter.files) == {"made.backup", "anchors/kept", "anchors/kept.ends"}


def test_the_key_in_it(counter: Counter) -> None:
    """With it the backup alone is enough, on an empty machine."""
    counter.backup.unlink()
    counter.back_up(with_key=True)
    key = counter.files["registry.key"]
    lose(counter, "registry", "j.db")
    done = counter.restore()
    assert done.header.key_included
    assert counter.files["registry.key"] == key
    assert stat.S_IMODE((counter.folder / "registry.key").stat().st_mode) == 0o600
    assert counter.reasons() == ["before"]


@pytest.mark.parametrize(
    ("passphrase", "strong"),
    [
        (b"short", False),
        (b"nineteen characters", False),
        (b"a" * 40, False),
        (b"abababababababababababab", False),
        (b"password123password123password123", False),
        (b"12345678901234567890123", False),
        (b"four unrelated words here", True),
        (STRONG.reveal(), True),
        (b"\xff" * 30, False),
    ],
)
def test_a_passphrase_that_may_protect_the_key(passphrase: bytes, strong: bool) -> None:
    """It stands between a lost stick and every person of the registry."""
    try:
        demand_strong(Secret(passphrase))
    except BackupPassphraseWeak:
        assert not strong
    else:
        assert strong


def test_a_weak_one_in_production(counter: Counter) -> None:
    """There the key goes into no backup under a weak passphrase; without the key it may."""
    live = replace(counter.config, production=True)
    with pytest.raises(BackupPassphraseWeak):
        back_up(live, counter.folder / "x", lambda _path: PASSPHRASE, with_key=True, cost=CHEAP)
    assert "x" not in counter.files
    back_up(live, counter.folder / "x", lambda _path: PASSPHRASE, cost=CHEAP)
    back_up(live, counter.folder / "y", lambda _path: STRONG, with_key=True, cost=CHEAP)


class Typed(Prompt):
    """Be somebody who types lines, and note what they were told."""

    def __init__(self, *lines: bytes) -> None:
        self.told: list[str] = []
        super().__init__(self.told.append, lines_allowed=True)
        self._lines = list(lines)

    def hidden(self, question: str) -> bytearray | None:
        self.told.append(question)
        return bytearray(self._lines.pop(0)) if self._lines else None


def test_a_new_passphrase_is_asked_for_twice() -> None:
    """A typing mistake in a backup's passphrase shows when it is too late."""
    typed = Typed(
        b"short", b"long enough it is", b"otherwise it is", b"a third time", b"a third time"
    )
    new = BackupPassphrases(typed).new(Path("x.backup"), production=True)
    assert new == Secret(b"a third time")
    assert "至少 12 个字符" in "".join(typed.told)
    assert "不一致" in "".join(typed.told)
    with pytest.raises(PassphraseUnfit):
        BackupPassphrases(Typed(b"1", b"2", b"3")).new(Path("x"), production=True)
    assert BackupPassphrases(Typed(b"1", b"1")).new(Path("x"), production=False) == Secret(b"1")


def test_nobody_to_ask() -> None:
    """A timer without a passphrase file is told so, by the backup's name."""
    for ask in (
        lambda of: of.of(Path("x.backup")),
        lambda of: of.new(Path("x.backup"), production=True),
    ):
        with pytest.raises(PassphraseMissing) as raised:
            ask(BackupPassphrases(Typed()))
        assert "x.backup" in raised.value.message("zh")


def test_a_passphrase_file(tmp_path: Path) -> None:
    """It is its owner's alone, and long enough; then nobody is asked."""
    file = tmp_path / "passphrase"
    file.write_bytes(b"long enough it is\n")
    file.chmod(0o644)
    given = BackupPassphrases(Typed(), file)
    with pytest.raises(FileTrouble):
        given.of(Path("x"))
    file.chmod(0o600)
    assert given.of(Path("x")) == given.new(Path("x"), production=True)
    file.write_bytes(b"short\n")
    with pytest.raises(FileTrouble):
        given.new(Path("x"), production=True)


def test_the_passphrase_is_asked_for_once_it_is_wanted(counter: Counter) -> None:
    """Nobody thinks of one for a backup that cannot be made, or types one for nothing."""

    def never(_path: Path) -> Secret:
        raise AssertionError("asked for")

    file = counter.backup
    with pytest.raises(BackupExists):
        back_up(counter.config, file, never, cost=CHEAP)
    with pytest.raises(RestoreWouldReplace):
        restore_from(counter.config, file, never)
    file.write_bytes(b"none")
    with pytest.raises(BackupWrong):
        restore_from(counter.config, file, never, replace=True)


def test_the_audit_has_words_for_it() -> None:
    """What the registry calls an act is what people read of it."""
    assert Act(ACTION) is Act.ERASE
