"""``guitai audit`` and ``guitai registry``: what auditors and IT see, by their schemas."""

import hashlib
import json
from pathlib import Path

import jsonschema
import pytest
from desk import ROOT
from registry_desk import WORD, RegistryDesk

from terminal.registry.audit import Note, note

LATER = "2099-01-01T00:00:00+00:00"
LOOK = Note("wang", "look", "S-STATUS", "li", 7, 9, "本人来查", {"card": "****5678"})


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RegistryDesk:
    """Give a desk with zhang, supervisor, shen, auditor, li, clerk, and a look on record."""
    desk = RegistryDesk(tmp_path, monkeypatch, capsys).stocked()
    with desk.book() as book, book.registry.writing() as tx:
        note(tx, "A01-1", LOOK)
    return desk


def tamper(desk: RegistryDesk, *statements: str) -> None:
    with desk.book() as book:
        book.tamper(*statements)


class TestVerify:
    def test_whole(self, desk: RegistryDesk) -> None:
        """It takes no sign-in and leaves no trace: a scheduled job runs it."""
        desk("sign-out")
        before = [each.read_bytes() for each in sorted(desk.folder.glob("registry.db*"))]
        assert (desk("audit", "verify").out, desk("audit", "verify").status) == (
            "审计记录完好\n",
            0,
        )
        told = desk("audit", "verify", "--json").json
        assert (told["whole"], told["findings"]) == (True, [])
        assert [each.read_bytes() for each in sorted(desk.folder.glob("registry.db*"))] == before

    def test_not_whole(self, desk: RegistryDesk) -> None:
        """Each finding names chain, row and what; the exit status tells a job to call somebody."""
        tamper(desk, "UPDATE audit SET operator = 'x' WHERE number = 2")
        ran = desk("audit", "verify")
        assert ran.status == 19
        assert "A01-1：第 2 条与摘要不符" in ran.out
        ran = desk("audit", "verify", "--chain", "A01-1", "--json")
        assert ran.status == 19
        (found,) = ran.json["findings"]
        assert (found["chain"], found["number"], found["what"]) == ("A01-1", 2, "altered")

    def test_another_chain(self, desk: RegistryDesk) -> None:
        """A chain that is none is not whole."""
        ran = desk("audit", "verify", "--chain", "B", "--lang", "en")
        assert (ran.status, "there is no such chain" in ran.out) == (19, True)

    def test_a_removed_chain_has_no_name(self, desk: RegistryDesk) -> None:
        """The list of chains is named for people; for programs it is empty."""
        tamper(desk, "DELETE FROM audit", "DELETE FROM audit_head WHERE chain <> ''")
        assert "柜台清单：" in desk("audit", "verify").out
        whats = {each["what"] for each in desk("audit", "verify", "--json").json["findings"]}
        assert whats == {"chains", "anchor_beyond"}

    def test_nothing_works_on_a_broken_end(self, desk: RegistryDesk) -> None:
        """Sign-in is an act, and no act goes unrecorded."""
        tamper(desk, "UPDATE audit_head SET seal = zeroblob(32) WHERE chain = 'A01-1'")
        ran = desk("sign-in", "zhang", "--json", typed=(WORD,))
        assert (ran.status, ran.json["error"]["code"]) == (19, "audit_broken")
        assert desk("audit", "verify", "--json").json["findings"][0]["what"] == "end_seal"


class TestSearch:
    def test_what_an_auditor_finds(self, desk: RegistryDesk) -> None:
        """When, who with whom, what, for which holder, and why; the search itself is on record."""
        desk.sign_in("shen")
        (line,) = desk("audit", "search", "--person", "7").out.splitlines()
        for part in (
            "A01-1#",
            "wang+li",
            "查看",
            "S-STATUS",
            "person=7",
            "card=9",
            "本人来查",
            "5678",
        ):
            assert part in line
        (entry,) = desk("audit", "search", "--action", "look", "--json").json["entries"]
        assert (entry["second"], entry["facts"]) == ("li", {"card": "****5678"})
        (first, *_) = desk("audit", "search", "--action", "audit_search", "--json").json["entries"]
        assert (first["operator"], first["person_id"]) == ("shen", 7)

    def test_days(self, desk: RegistryDesk) -> None:
        """One day, or from one to another; a day that is none is a mistake in the command."""
        desk.sign_in("shen")
        assert desk("audit", "search", "--day", "2026-01-01").out == "没有符合的记录\n"
        found = desk("audit", "search", "--from", "2026-01-01", "--to", "9999-12-31", "--json").json
        assert len(found["entries"]) > 3
        assert desk("audit", "search", "--day", "2026-02-30").status == 2

    def test_nobody_else_searches(self, desk: RegistryDesk) -> None:
        """Not even a supervisor."""
        desk.sign_in("zhang")
        for command in ("search", "export"):
            ran = desk("audit", command, "--json")
            assert (ran.status, ran.json["error"]["code"]) == (18, "role_missing")
        desk("sign-out")
        assert desk("audit", "search", "--json").json["error"]["code"] == "not_signed_in"


class TestExport:
    def test_lines_prove_themselves(self, desk: RegistryDesk) -> None:
        """By the schema, and by the recipe of docs/audit.md."""
        desk.sign_in("shen")
        schema = json.loads((ROOT / "docs/schemas/guitai.audit-1.json").read_text("utf-8"))
        line_schema = {"$defs": schema["$defs"], "$ref": "#/$defs/line"}
        lines = desk("audit", "export").out.splitlines()
        previous = "0" * 64
        for line in lines:
            row = json.loads(line)
            jsonschema.validate(row, line_schema)
            form = line.replace(f',"digest":"{row["digest"]}"', "")
            assert hashlib.sha256(form.encode()).hexdigest() == row["digest"]
            assert row["previous"] == previous
            previous = row["digest"]
        assert json.loads(lines[-1])["action"] == "audit_export"
        later = desk("audit", "export", "--chain", "A01-1", "--since", str(len(lines))).out
        assert later.splitlines()[0] == lines[-1]

    def test_the_recipe_on_the_page(self, desk: RegistryDesk) -> None:
        """What docs/audit.md tells an inspector to run does what it says."""
        page = (ROOT / "docs/audit.md").read_text("utf-8")
        recipe = page.split("```python\n")[1].split("```")[0]
        desk.sign_in("shen")
        good = desk("audit", "export").out
        for text in (good, good.replace("wang", "zhao", 1), "".join(good.splitlines(True)[1:])):
            file = desk.folder / "export.jsonl"
            file.write_text(text, "utf-8")
            spoken: list[str] = []
            names = {"FILE": str(file), "print": lambda *words, to=spoken: to.append(str(words))}
            exec(recipe, names)
            assert ("链完好" in spoken[-1]) is (text == good), spoken


class TestAnchor:
    def test_now(self, desk: RegistryDesk) -> None:
        """Before the file is copied its newest line is made; with nothing new there is none."""
        told = desk("audit", "anchor", "--json").json
        assert (told["chain"], told["number"] > 1) == ("A01-1", True)
        assert desk("audit", "anchor").out == "A01-1 没有新的记录，不用封存\n"
        assert desk("audit", "anchor", "--json").json["number"] is None
        desk.sign_in()
        assert "已封存 A01-1 到第" in desk("audit", "anchor").out

    def test_the_file_is_gone(self, desk: RegistryDesk) -> None:
        """Nothing goes on without it: whoever removed it must be asked."""
        (desk.folder / "anchors").unlink()
        for command in (("audit", "anchor"), ("audit", "verify"), ("operator", "list")):
            ran = desk(*command, "--json")
            assert (ran.status, ran.json["error"]["code"]) == (19, "anchors_missing")


class TestRegistry:
    def test_init(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """IT makes it once; the key file is named so that it is copied."""
        desk = RegistryDesk(tmp_path, monkeypatch, capsys)
        assert desk("operator", "list", "--json").json["error"]["code"] == "registry_missing"
        made = desk("registry", "init", "--json").json
        assert {Path(made[name]).name for name in ("file", "key_file", "anchor_file")} == {
            "registry.db", "key", "anchors"
        }  # fmt: skip
        ran = desk("registry", "init", "--json")
        assert (ran.status, ran.json["error"]["code"]) == (15, "registry_exists")
        (tmp_path / "registry.db").rename(tmp_path / "kept")
        for name in ("anchors", "anchors.ends"):
            (tmp_path / name).unlink()
        assert "请马上另存一份" in desk("registry", "init").out

    def test_check(self, desk: RegistryDesk) -> None:
        """Database, audit and clock, in one answer."""
        desk("sign-out")
        ran = desk("registry", "check")
        assert (ran.status, ran.out) == (0, "数据库完好\n审计记录完好\n本机时钟正常\n")
        assert desk("registry", "check", "--json").json["right"] is True

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            (
                "INSERT INTO sign_in VALUES (x'00', 'ghost', 1, 1, NULL, NULL)",
                "表 sign_in 有 1 行指向",
            ),
            ("DROP TRIGGER audit_no_update", "触发器 audit_no_update 不见了"),
        ],
    )
    def test_what_is_wrong_with_the_database(
        self, desk: RegistryDesk, statement: str, said: str
    ) -> None:
        """Rows that lead nowhere, and protection that was taken away."""
        with desk.book() as book, book.registry.writing() as tx:
            tx.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            if statement.startswith("DROP"):
                tx.connection.exec_driver_sql(statement)
        if statement.startswith("INSERT"):
            tamper(desk, statement)
        ran = desk("registry", "check")
        assert ran.status == 19
        assert said in ran.out
        assert desk("registry", "check", "--json").json["database"]

    def test_a_file_that_the_disk_lost_in_part(self, desk: RegistryDesk) -> None:
        """Wherever the hole is, it is found, and nobody takes it for a mistake of ours."""
        file = desk.folder / "registry.db"
        whole = file.read_bytes()
        for at in (4, 6, 8):
            hole = len(whole) * at // 10
            file.write_bytes(
                whole[:hole] + bytes(len(whole) // 10) + whole[hole + len(whole) // 10 :]
            )
            ran = desk("registry", "check", "--json")
            assert ran.status in {15, 19}, ran.out

    def test_a_clock_that_jumped(self, desk: RegistryDesk) -> None:
        """Until two people have confirmed it services are refused, and the rest goes on."""
        tamper(desk, f"UPDATE setting SET value = '{LATER}' WHERE name = 'last_used'")
        assert desk("registry", "check", "--json").json["clock"]["jump"] == "back"
        notices = desk("sign-in", "zhang", "--json", typed=(WORD,)).json["notices"]
        assert "2099" in notices[0]
        assert desk("operator", "list").status == 0
        ran = desk("operator", "recover", "zhang", "--key-file", str(desk.folder / "key"), "--json")
        assert ran.json["error"]["code"] == "clock_jumped"
        assert "--confirm --second" in desk("registry", "clock").out
        assert desk("registry", "clock", "--confirm").status == 2
        confirm = ("registry", "clock", "--confirm", "--second")
        assert desk(*confirm, "zhang", "--json", typed=(WORD,)).status == 13
        assert desk(*confirm, "li", typed=(WORD,)).out == "已确认本机时钟无误\n"
        assert desk("registry", "clock").out == "本机时钟正常\n"
        told = desk("registry", "clock", "--json").json
        assert (told["confirmed"], told["clock"]["jump"]) == (False, "none")
