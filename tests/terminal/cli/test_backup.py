"""``guitai backup``, ``restore``, ``registry retention``: as people type them, by their schema."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from book import CHEAP as CHEAP_POLICY
from book import PASSWORD
from registry_desk import WORD, RegistryDesk

from terminal.beijing_time import BEIJING
from terminal.config import load_config
from terminal.journal import Intention, Kind, Method, init_journal, open_journal
from terminal.registry import backup_file, operators, persons, store
from terminal.registry.backup_file import Cost
from terminal.registry.operators import Role
from terminal.registry.persons import NewPerson
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind

PHRASE = "a passphrase of some length"


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RegistryDesk:
    """Give a desk with a registry, a supervisor, and a journal; passphrases cost nothing."""
    made = RegistryDesk(tmp_path, monkeypatch, capsys).stocked()
    made.config.write_text(made.config.read_text() + '\n[journal]\nfile = "journal.db"\n')
    init_journal(load_config(str(made.config)))
    monkeypatch.setattr(backup_file, "COST", Cost(time=1, memory_kib=8, lanes=1))
    return made


@pytest.fixture
def file(desk: RegistryDesk) -> Path:
    """Give a backup."""
    path = desk.folder / "b.backup"
    assert desk("backup", str(path), typed=(PHRASE, PHRASE)).status == 0
    return path


class TestBackup:
    def test_for_people(self, desk: RegistryDesk) -> None:
        """It is said where it is, what it holds, and what has to be kept elsewhere."""
        ran = desk("backup", str(desk.folder / "b"), typed=(PHRASE, PHRASE))
        assert ran.status == 0
        assert ran.out.splitlines()[0] == f"已备份到 {desk.folder / 'b'}"
        assert "含 登记库、流水、审计锚，编号" in ran.out
        assert "不在里面：请另存在别处" in ran.err
        assert PHRASE not in ran.out + ran.err

    def test_as_json_with_the_key(self, desk: RegistryDesk) -> None:
        """A program learns the name that a folder's backup got."""
        told = desk("backup", str(desk.folder), "--with-key", "--json", typed=(PHRASE, PHRASE)).json
        assert told["key_included"] is True
        assert [each["name"] for each in told["parts"]] == ["registry", "journal", "anchors", "key"]
        assert Path(told["file"]).parent == desk.folder
        assert told["audit"][0]["chain"] == "A01-1"

    def test_by_a_timer(self, desk: RegistryDesk) -> None:
        """Nobody is signed in and nobody types: the passphrase stands in a file."""
        phrase = desk.folder / "phrase"
        phrase.write_text(PHRASE)
        phrase.chmod(0o600)
        options = ("--passphrase-file", str(phrase), "--json")
        made = desk("backup", str(desk.folder / "b"), *options)
        assert made.status == 0
        assert desk("restore", str(desk.folder / "b"), "--check", *options).status == 0

    def test_nobody_types(self, desk: RegistryDesk) -> None:
        """An empty standard input is no empty passphrase; nothing is left."""
        ran = desk("backup", str(desk.folder / "b"), "--json")
        assert (ran.status, ran.json["error"]["code"]) == (7, "passphrase_missing")
        assert "--passphrase-file" in ran.json["error"]["remedy"]
        assert not (desk.folder / "b").exists()

    def test_never_over_another(self, desk: RegistryDesk, file: Path) -> None:
        """The exit status is the family's, the remedy names a way."""
        before = file.read_bytes()
        ran = desk("backup", str(file))
        assert (ran.status, file.read_bytes()) == (20, before)
        assert "[backup_exists]" in ran.err


class TestRestore:
    def test_a_check(self, desk: RegistryDesk, file: Path) -> None:
        """What would be said, and nothing done."""
        ran = desk("restore", str(file), "--check", typed=(PHRASE,))
        assert ran.status == 0
        assert ran.out.startswith("备份完好，可以恢复")
        assert "又回来了" not in ran.err
        told = desk("restore", str(file), "--check", "--json", typed=(PHRASE,)).json
        assert (told["action"], told["put"], told["newer_entries"]) == ("check", [], 0)

    def test_whole(self, desk: RegistryDesk, file: Path) -> None:
        """What was put where, what is kept, what is to be found out now."""
        (desk.folder / "anchors").unlink()
        ran = desk("restore", str(file), "--replace", typed=(PHRASE,))
        assert ran.status == 0
        assert f"已恢复 {desk.folder / 'registry.db'}" in ran.out
        assert ran.out.count("原来的留在") == 3  # registry, ends, journal
        assert "锚文件不在了" in ran.err
        assert "guitai registry retention" in ran.err
        assert "所有人已签退。现在能签到的：li（柜员）、shen（审计员）、zhang（主管）。" in ran.err
        assert desk("audit", "verify").status == 0

    def test_as_json(self, desk: RegistryDesk, file: Path) -> None:
        """A program sees what came after the backup, by chain and number."""
        desk.sign_in()
        desk("sign-out")
        with desk.book() as book:
            later = book.anchor("A01-1").line()
        with (desk.folder / "anchors").open("a") as stream:
            stream.write(f"{later}\n")
        told = desk("restore", str(file), "--replace", "--json", typed=(PHRASE,)).json
        (missing,) = told["later"]
        assert missing["chain"] == "A01-1"
        assert missing["anchored"] > missing["have"]
        assert any("补登" in each for each in told["notices"])
        assert len(told["kept"]) == 3

    def test_unasked(self, desk: RegistryDesk, file: Path) -> None:
        """What is there is not replaced by a slip of the hand, nor by a wrong passphrase."""
        assert desk("restore", str(file), "--json").json["error"]["code"] == "restore_would_replace"
        ran = desk("restore", str(file), "--replace", "--json", typed=("wrong",))
        assert (ran.status, ran.json["error"]["code"]) == (20, "backup_locked")

    def test_one_of_two(self, desk: RegistryDesk, file: Path) -> None:
        """Only the journal is gone: the registry's day is not undone for it."""
        (desk.folder / "journal.db").unlink()
        ran = desk("restore", str(file), "--only", "journal", typed=(PHRASE,))
        assert ran.out == f"已恢复 {desk.folder / 'journal.db'}\n"
        with open_journal(load_config(str(desk.config))) as journal:
            assert journal.unfinished() == ()

    def test_what_only_the_old_journal_knows(self, desk: RegistryDesk, file: Path) -> None:
        """It is about money on cards: the file that has it is named, for the new one has it not."""
        with open_journal(load_config(str(desk.config))) as journal:
            journal.begin(Intention("newer-0001", Kind.LOAD, "1" * 19, 1, 1, Method.CASH, "li"))
        check = desk("restore", str(file), "--check", typed=(PHRASE,))
        assert "请逐笔查清：guitai journal list" in check.err
        ran = desk("restore", str(file), "--replace", typed=(PHRASE,))
        (kept,) = desk.folder.glob("journal.db.before-*")
        assert f'[journal] file = "{kept}"' in ran.err
        assert "newer-0001" not in desk("journal", "list").out
        other = desk.folder / "old.toml"
        other.write_text(f'[journal]\nfile = "{kept}"\n')
        desk.config = other
        assert "newer-0001" in desk("journal", "list").out

    def test_in_english(self, desk: RegistryDesk, file: Path) -> None:
        """Both languages say the same."""
        ran = desk("restore", str(file), "--replace", "--lang", "en", typed=(PHRASE,))
        assert "the old one is kept as" in ran.out
        assert "run guitai registry retention again" in ran.err


@pytest.fixture
def old(desk: RegistryDesk) -> Iterator[RegistryDesk]:
    """Give a desk that knows of somebody for whom nothing was done since 2019."""
    with desk.book() as book:
        book.now = datetime(2019, 5, 6, tzinfo=BEIJING)
        document = DocumentNumber(DocumentKind.TAIWAN_PERMIT, "12345678")
        with book.registry.writing() as tx:
            persons.add(tx, NewPerson(PersonKind.TAIWAN, "林测试", document))
    return desk


def hire(desk: RegistryDesk, operator: str) -> None:
    """Have another clerk work here."""
    with desk.book() as book, book.registry.writing() as tx:
        operators.add(tx, operator, "李四", [Role.CLERK], PASSWORD, CHEAP_POLICY, must_change=False)


class TestRetention:
    def test_listed(self, old: RegistryDesk) -> None:
        """How many rows of what, by which term; no names."""
        old.sign_in()
        ran = old("registry", "retention")
        assert ran.out.splitlines() == ["可以清除的个人信息：", "  个人的全部信息（60个月）：1 条"]
        assert "--erase --second" in ran.err
        told = old("registry", "retention", "--json").json
        assert told["rows"] == [
            {"item": "person", "table": "person", "row": 1, "person": 1, "due_since": "2024-05-06"}
        ]
        assert old("registry", "retention", "--item", "photo").out == "没有到期的个人信息\n"

    def test_erased_by_two(self, old: RegistryDesk) -> None:
        """The second enters a password at the same desk; then nothing is due any more."""
        hire(old, "qian")
        erase = ("registry", "retention", "--erase", "--second", "qian", "--reason", "年度清理")
        old.sign_in()
        ran = old(*erase, typed=(WORD,))
        assert ran.out.splitlines() == ["已清除：", "  个人的全部信息（60个月）：1 条"]
        assert "以前的备份" in ran.err
        with old.book() as book:
            rows = book.read("SELECT operator, second, reason FROM audit WHERE action = 'erase'")
            assert set(rows) == {("zhang", "qian", "年度清理")}
            assert book.read("SELECT name FROM person") == [(None,)]
        assert old(*erase, typed=(WORD,)).out == "没有到期的个人信息\n"

    def test_nothing_of_it_stays_in_the_file(self, old: RegistryDesk) -> None:
        """What was overwritten is not left in free pages or in the log."""
        with old.book() as book:
            sealed = [name for (name,) in book.read("SELECT name FROM person")]
        hire(old, "qian")
        old.sign_in()
        erase = ("registry", "retention", "--erase", "--second", "qian", "--reason", "年度清理")
        assert old(*erase, typed=(WORD,)).status == 0
        files = [path.read_bytes() for path in old.folder.glob("registry.db*")]
        assert [each for each in sealed for data in files if each in data] == []

    def test_what_the_log_still_holds_is_told(
        self, old: RegistryDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another program keeps the old pages there, which the two who erased have to know."""
        monkeypatch.setattr(store, "BUSY_SECONDS", 0.0)
        hire(old, "qian")
        old.sign_in()
        erase = ("registry", "retention", "--erase", "--second", "qian", "--reason", "年度清理")
        with closing(sqlite3.connect(old.folder / "registry.db", isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT name FROM person").fetchall()
            ran = old(*erase, typed=(WORD,))
            assert (ran.status, "日志里还有清除前的内容" in ran.err) == (0, True)
        assert "日志" not in old("registry", "retention").err

    @pytest.mark.parametrize(
        ("options", "typed", "code"),
        [
            (("--erase",), (), "wrong_usage"),
            (("--erase", "--second", "qian"), (), "wrong_usage"),
            (("--erase", "--second", "zhang", "--reason", "x"), (WORD,), "second_person_needed"),
            (("--erase", "--second", "qian", "--reason", "x"), ("wrong",), "sign_in_refused"),
        ],
    )
    def test_one_alone_erases_nothing(
        self, old: RegistryDesk, options: tuple[str, ...], typed: tuple[str, ...], code: str
    ) -> None:
        """Neither without a second person nor without grounds nor by a guess."""
        hire(old, "qian")
        old.sign_in()
        ran = old("registry", "retention", *options, "--json", typed=typed)
        assert ran.json["error"]["code"] == code
        assert len(old("registry", "retention", "--json").json["rows"]) == 1

    def test_a_clerk_sees_no_list(self, old: RegistryDesk) -> None:
        """Who has been without a card for years is nobody's business at the counter."""
        hire(old, "qian")
        old.sign_in()
        assert old("registry", "retention", "--json").status == 0
        old.sign_in("qian")
        assert old("registry", "retention", "--json").json["error"]["code"] == "role_missing"
        old("sign-out")
        assert old("registry", "retention", "--json").json["error"]["code"] == "not_signed_in"

    def test_two_clerks_are_no_supervisor(self, old: RegistryDesk) -> None:
        """One of the two answers for it."""
        hire(old, "qian")
        hire(old, "zhou")
        old.sign_in("qian")
        erase = ("registry", "retention", "--erase", "--second", "zhou", "--reason", "x", "--json")
        assert old(*erase, typed=(WORD,)).json["error"]["code"] == "role_missing"
