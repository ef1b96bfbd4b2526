"""``guitai journal``: what a clerk sees of it, in both languages and by its schema."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk import Desk, Ran

from apdu.secret import Secret
from terminal.journal import BEIJING, Facts, Intention, Journal, Kind, Method, SqliteStore
from terminal.keys.key_file import LEAST_COST, KeySet, seal

# Nothing here needs a daemon, and there is none.
ALONE = Desk(None)
CARD, OTHER = "1000751012345678", "1000751087654321"
Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a command line over a day's journal: done, undone, open, unchecked, differing, late."""
    config = tmp_path / "guitai.toml"
    config.write_text('[journal]\nfile = "journal.db"\n')
    at = datetime(2026, 3, 1, 23, 50, tzinfo=BEIJING)
    with Journal(SqliteStore(tmp_path / "journal.db"), lambda: at) as journal:

        def load(key: str, amount: int, method: Method = Method.CASH, **other: str) -> Intention:
            facts = {"file": f"3B{CARD}00"}
            return Intention(
                key, Kind.LOAD, CARD, amount, amount, method, "王芳", facts=facts, **other
            )

        def done(intention: Intention, after: int, *, checked: bool = True) -> None:
            sent = journal.sent(journal.begin(intention), {"balance_before": 0})
            journal.done(sent, {"balance_after": after, "tac_checked": checked, "note": None})

        done(load("aaaa1111", 5000), 5000)
        done(load("bbbb2222", 10_000, Method.TRANSFER), 10_000, checked=False)
        done(load("cccc3333", 2000), 1000)
        journal.undone(journal.begin(load("dddd4444", 100, reason=f"误刷 {CARD}")))
        open_ = journal.sent(journal.begin(load("eeee5555", 2000)))
        journal.unknown(open_)
        move = Intention(
            "ffff6666", Kind.PASS_MOVE, CARD, 0, 0, Method.NONE, "王芳", other_card=OTHER
        )
        moved = journal.sent(journal.begin(move))
        at += timedelta(hours=1)
        journal.done(moved)
        at += timedelta(days=1)
        journal.sent(journal.begin(load("99998888", 300)))

    def runs(*arguments: str) -> Ran:
        return ALONE.run("--config", str(config), "journal", *arguments)

    return runs


def keys(ran: Ran) -> list[str]:
    return [each["key"] for each in ran.json["entries"]]


def test_list_of_a_day(run: Run) -> None:
    """A line an entry, in yuan, the card masked; money and states line up."""
    ran = run("list", "--day", "2026-03-01")
    head, *rows = ran.out.splitlines()
    assert head.split() == [
        "流水号",
        "时间",
        "业务",
        "卡号",
        "金额",
        "收付",
        "方式",
        "柜员",
        "状态",
    ]
    assert rows[0].split() == [
        "aaaa1111", "2026-03-01", "23:50", "充值", "************5678", "50.00", "50.00", "现金",
        "王芳", "已完成",
    ]  # fmt: skip
    assert [row.split()[-1] for row in rows] == [
        "已完成", "已完成", "已完成", "未发生", "结果未知", "已完成",
    ]  # fmt: skip
    assert CARD not in ran.out
    english = run("list", "--day", "2026-03-01", "--lang", "en").out.splitlines()
    assert english[0].split() == [
        "key",
        "time",
        "kind",
        "card",
        "amount",
        "till",
        "method",
        "clerk",
        "state",
    ]
    assert english[5].endswith("outcome unknown")
    assert keys(run("list", "--day", "2026-03-01", "--json")) == [row.split()[0] for row in rows]


def test_list_of_what_is_open(run: Run) -> None:
    """Of all days: what was forgotten yesterday is what matters most today."""
    assert keys(run("list", "--unfinished", "--json")) == ["eeee5555", "99998888"]
    assert keys(run("list", "--unfinished", "--day", "2026-03-03", "--json")) == ["99998888"]
    assert keys(run("list", "--unfinished", "--card", OTHER, "--json")) == []
    assert "已发出，结果未知" in run("list", "--unfinished").out


def test_list_of_a_card(run: Run) -> None:
    """Of all days, the card a pass was moved to as well."""
    assert keys(run("list", "--card", OTHER, "--json")) == ["ffff6666"]
    assert len(keys(run("list", "--card", CARD, "--json"))) == 7
    assert keys(run("list", "--card", CARD, "--day", "2026-03-03", "--json")) == ["99998888"]
    assert run("list", "--card", "1").out == "没有流水\n"
    assert run("list").out == "没有流水\n"


def test_show(run: Run) -> None:
    """All evidence, every step; the card's number hides inside other data too."""
    ran = run("show", "aaaa")
    assert ran.out.splitlines() == [
        "流水号：aaaa1111",
        "业务：充值",
        "状态：已完成",
        "卡号：************5678",
        "卡内金额变化：50.00",
        "收付金额：50.00",
        "收付方式：现金",
        "柜员：王芳",
        "登记时的依据",
        "  file = 3B************567800",
        "第 1 步 2026-03-01 23:50:00 已登记",
        "第 2 步 2026-03-01 23:50:00 已发出",
        "  balance_before = 0",
        "第 3 步 2026-03-01 23:50:00 已完成",
        "  balance_after = 5000",
        "  tac_checked = true",
        "  note = -",
    ]
    english = run("show", "aaaa", "--lang", "en").out
    assert "into the till: 50.00" in english
    assert "step 2 2026-03-01 23:50:00 sent" in english


def test_show_as_json(run: Run) -> None:
    """Fen and Beijing time, masked unless revealed."""
    entry = run("show", "ffff6666", "--json").json["entry"]
    assert (entry["card"], entry["other_card"]) == ("*" * 12 + "5678", "*" * 12 + "4321")
    assert entry["begun_at"] == "2026-03-01T23:50:00+08:00"
    assert entry["settled_at"] == "2026-03-02T00:50:00+08:00"
    assert [step["state"] for step in entry["steps"]] == ["begun", "sent", "done"]
    revealed = run("show", "ffff6666", "--json", "--reveal").json["entry"]
    assert (revealed["card"], revealed["other_card"]) == (CARD, OTHER)
    undone = run("show", "dddd", "--json")
    assert undone.json["entry"]["reason"] == "误刷 ************5678"
    assert undone.json["entry"]["facts"]["file"] == "3B************567800"
    assert CARD in run("show", "dddd", "--reveal").out


def test_show_what_is_not_there(run: Run) -> None:
    """A key that is none, or several, is told with where to look."""
    ran = run("show", "zzzz", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (12, "entry_unknown")


def test_reconcile(run: Run) -> None:
    """The sheet a clerk signs: totals, what is open, what differs, the till."""
    day = ("reconcile", "--day", "2026-03-01", "--float-in", "100")
    out = run(*day, "--counted", "169.50", "--float-out", "80").out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:8] == [
        "2026-03-01 对账，全部柜员",
        "业务 笔数 卡内金额 收付金额",
        "现金",
        "充值 2 70.00 70.00",
        "合计 2 70.00 70.00",
        "转账",
        "充值 1 100.00 100.00",
        "合计 1 100.00 100.00",
    ]
    for title, key in (
        ("结果未知 1 笔，不在合计内：", "eeee5555"),
        ("隔日查清 1 笔，金额计入登记当天，现金计入查清当天的钱箱：", "ffff6666"),
        ("交易验证码（TAC）未核对 1 笔：", "bbbb2222"),
    ):
        assert lines[lines.index(title) + 2].startswith(key)
    assert "现金 1 笔，卡内金额 20.00，收付金额 20.00" in lines
    assert lines[-4:] == [
        "cccc3333 应变化 20.00，实际变化 10.00",
        "卡内余额共变化 160.00，按金额应为 170.00",
        "现金：备用金 100.00，应有 170.00，实点 169.50，短款 0.50",
        "留存 80.00，上交 89.50",
    ]
    assert "长款 1.00\n" in run(*day, "--counted", "171").out
    assert "相符\n留存 0.00，上交 170.00\n" in run(*day, "--counted", "170").out
    assert run(*day).out.endswith("应有 170.00\n")
    assert run(*day, "--float-out", "80").out.endswith("应有 170.00\n留存 80.00\n")
    english = run(*day, "--counted", "0", "--lang", "en").out
    assert english.endswith("170.00 short\nStays in the till: 0.00, handed in 0.00\n")


def test_more_left_than_counted(run: Run) -> None:
    """What is not there cannot stay there."""
    ran = run("reconcile", "--counted", "10", "--float-out", "10.01", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "wrong_usage")


def test_cash_of_an_earlier_day(run: Run, tmp_path: Path) -> None:
    """A load settled the next day: its cash is asked of the till that took it, and only of it."""
    at = datetime(2026, 3, 2, 10, 0, tzinfo=BEIJING)
    with Journal(SqliteStore(tmp_path / "journal.db"), lambda: at) as journal:
        facts = {"balance_before": 0, "balance_after": 2000, "tac_checked": True}
        journal.done(journal.find("eeee5555"), facts)
    first = run("reconcile", "--day", "2026-03-01", "--counted", "70").out
    assert "隔日查清的现金 20.00，在查清当天的钱箱，不算入应有\n" in first
    assert "应有 70.00，实点 70.00，相符" in first
    second = run("reconcile", "--day", "2026-03-02", "--counted", "20")
    title = "今天查清、计入前日 2 笔，金额不在合计内，现金在今天的钱箱："
    lines = second.out.splitlines()
    assert [line.split()[0] for line in lines[lines.index(title) + 2 :][:2]] == [
        "eeee5555",
        "ffff6666",
    ]
    assert "今天查清、计入前日的现金 20.00，已算入应有" in lines
    assert "应有 20.00，实点 20.00，相符" in second.out
    sheet = run("reconcile", "--day", "2026-03-02", "--counted", "20", "--json").json
    assert [each["key"] for each in sheet["settled_today"]] == ["eeee5555", "ffff6666"]
    assert (sheet["cash_for_earlier_days"], sheet["expected"], sheet["over"]) == (2000, 2000, 0)


def test_one_clerks_till(run: Run, tmp_path: Path) -> None:
    """Two tills, one journal: each clerk signs for their own, and the sheet says whose it is."""
    at = datetime(2026, 3, 1, 12, 0, tzinfo=BEIJING)
    with Journal(SqliteStore(tmp_path / "journal.db"), lambda: at) as journal:
        asked = Intention("20260301-0001", Kind.LOAD, CARD, 700, 700, Method.CASH, "李明")
        journal.done(journal.sent(journal.begin(asked)), {"tac_checked": True})
    day = ("--day", "2026-03-01", "--operator", "李明")
    assert keys(run("list", *day, "--json")) == ["20260301-0001"]
    assert run("list", *day).out.splitlines()[1].startswith("20260301-0001 ")
    ran = run("reconcile", *day)
    assert ran.out.splitlines()[0] == "2026-03-01 对账，柜员 李明"
    assert ran.out.endswith("应有 7.00\n")
    sheet = run("reconcile", *day, "--json").json
    assert (sheet["operator"], sheet["expected"]) == ("李明", 700)
    assert run("reconcile", "--day", "2026-03-01", "--json").json["expected"] == 7700


def test_a_sheet_of_nothing(run: Run) -> None:
    """A name mistyped must not read like a day without business; what came to nothing is some."""
    day = ("reconcile", "--day", "2026-03-01")
    assert run(*day, "--operator", "李名").out.splitlines()[1].startswith("没有流水。若本应有")
    assert "没有流水" not in run(*day).out
    assert run("reconcile", "--day", "2025-12-31").out.splitlines()[1].startswith("没有流水")
    assert "没有流水" not in run("reconcile", "--day", "2026-03-02").out  # settled, not begun


def test_decide(run: Run) -> None:
    """Two people end what no card can; a card that never comes back has to be said."""
    people = ("--operator", "王芳", "--second", "李明", "--reason", "清算方回函")
    ran = run("decide", "eeee5555", "done", *people, "--json")
    assert (ran.status, ran.json["error"]["code"]) == (12, "card_not_asked")
    ran = run("decide", "eeee5555", "done", *people, "--without-card", "--json")
    assert ran.json["entry"]["state"] == "done"
    assert ran.json["entry"]["steps"][-1]["facts"]["without_card"] is True


def test_check(run: Run, tmp_path: Path) -> None:
    """What was right, what could not be checked and why; what is wrong stands out."""
    at = datetime(2026, 4, 1, tzinfo=BEIJING)
    facts: Facts = {
        "transaction": 2,
        "fen": 100,
        "tac": "00000000",
        "init": "000000000001010011223344AABBCCDD",
        "terminal": "110000000042",
        "at": "20260401000000",
        "issuer": "01011000FFFFFFFF",
    }
    with Journal(SqliteStore(tmp_path / "journal.db"), lambda: at) as journal:
        for key, noted in (("wrong-01", facts), ("bare-001", {"tac": "00000000"})):
            asked = Intention(key, Kind.LOAD, CARD, 100, 100, Method.CASH, "王芳")
            journal.done(journal.sent(journal.begin(asked)), noted)
    day = ("check", "--day", "2026-04-01")
    ran = run(*day)
    lines = ran.out.splitlines()
    assert lines[:2] == [
        "2026-04-01 补核交易验证码（TAC）：正确 0 笔，错误 1 笔，无法核对 1 笔",
        "！！交易验证码（TAC）错误 1 笔，请立即报告主管：",
    ]
    assert lines[3].split()[0] == "wrong-01"
    assert lines[4:] == ["无法核对 1 笔：", "  bare-001：流水中的依据不全"]
    document = run(*day, "--json").json
    assert (document["right"], [each["key"] for each in document["wrong"]]) == ([], ["wrong-01"])
    assert [each["key"] for each in document["not_checkable"]] == ["bare-001"]
    assert CARD not in ran.out
    assert run("check").out.endswith("正确 0 笔，错误 0 笔，无法核对 0 笔\n")


def test_init(tmp_path: Path) -> None:
    """In production a journal that is gone is missed; only a new counter makes one."""
    config = tmp_path / "guitai.toml"
    config.write_text(
        'production = true\n[keys]\nservice = "sam"\n[journal]\nfile = "disk/journal.db"\n'
    )

    def runs(*arguments: str) -> Ran:
        return ALONE.run("--config", str(config), "journal", *arguments, "--json")

    ran = runs("list")
    assert (ran.status, ran.json["error"]["code"]) == (12, "journal_missing")
    assert not (tmp_path / "disk").exists()
    assert runs("init").json["path"] == str(tmp_path / "disk/journal.db")
    assert runs("list").json["entries"] == []
    assert runs("init").json["error"]["code"] == "journal_exists"
    (tmp_path / "disk/journal.db").unlink()
    said = ALONE.run("--config", str(config), "journal", "init").out
    assert said == f"流水文件已建立：{tmp_path}/disk/journal.db\n"


def test_reconcile_as_json(run: Run) -> None:
    """The same in fen, for whoever adds up the outlets."""
    day = ("reconcile", "--day", "2026-03-01", "--json")
    sheet = run(*day, "--float-in", "100", "--counted", "169.50").json
    assert sheet["totals"]["cash"]["loads"] == {"count": 2, "amount": 7000, "till": 7000}
    assert (sheet["expected"], sheet["over"], sheet["clean"]) == (17_000, -50, False)
    assert (sheet["amounts"], sheet["card_change"]) == (17_000, 16_000)
    assert sheet["discrepancies"] == [{"key": "cccc3333", "amount": 2000, "change": 1000}]
    assert [each["key"] for each in sheet["unfinished"]] == ["eeee5555"]
    assert run(*day).json["over"] is None
    today = run("reconcile", "--json").json
    assert today["clean"]
    assert today["expected"] == 0


def test_a_balance_that_was_not_noted(run: Run, tmp_path: Path) -> None:
    """Not noted is not the same as not changed."""
    at = datetime(2026, 4, 1, tzinfo=BEIJING)
    with Journal(SqliteStore(tmp_path / "journal.db"), lambda: at) as journal:
        asked = Intention("1234abcd", Kind.LOAD, CARD, 1, 1, Method.CASH, "王芳")
        journal.done(journal.sent(journal.begin(asked)))
    assert "1234abcd 应变化 0.01，实际变化 没有记下" in run("reconcile", "--day", "2026-04-01").out


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--day", "2026-02-30"),
        ("--day", "今天"),
        ("--float-in", "-1"),
        ("--counted", "1.005"),
        ("--counted", "１"),
    ],
)
def test_what_is_no_day_and_no_amount(run: Run, option: str, value: str) -> None:
    """A typing error is asked about, not guessed at."""
    ran = run("reconcile", option, value, "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "wrong_usage")
    assert "请写成" in ran.json["error"]["message"]


def test_a_journal_that_is_none(tmp_path: Path) -> None:
    """A slip in the configuration is said in three lines, and the file stays what it is."""
    config = tmp_path / "guitai.toml"
    config.write_text('[journal]\nfile = "guitai.toml"\n')
    ran = ALONE.run("--config", str(config), "journal", "list")
    assert ran.status == 12
    assert "[journal_damaged]" in ran.err
    assert config.read_text().startswith("[journal]")


def test_production_needs_a_place(tmp_path: Path) -> None:
    """It says so before the first customer comes."""
    config = tmp_path / "guitai.toml"
    config.write_text("production = true\n[keys]\nservice = 'sam'\n")
    ran = ALONE.run("--config", str(config), "journal", "list", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (8, "config_wrong")
    assert "journal.file" in ran.json["error"]["cause"]


def test_config_check_asks_for_it(tmp_path: Path) -> None:
    """Whoever sets up a live counter hears of it there, not from the first clerk."""
    secret = b"TEST KEY passphrase"
    keys_file, passphrase = tmp_path / "keys.json", tmp_path / "passphrase"
    for file, content in (
        (keys_file, seal(KeySet("live", "national"), Secret(secret), cost=LEAST_COST)),
        (passphrase, secret),
    ):
        file.touch(mode=0o600)
        file.write_bytes(content)
    lines = 'production = true\n[keys]\nservice = "file"\nfile = "keys.json"\n'
    lines += 'passphrase_file = "passphrase"\n'
    config = tmp_path / "guitai.toml"
    journal = '[journal]\nfile = "journal.db"\n'
    registry = '[registry]\nfile = "r.db"\nkey_file = "r.key"\nanchor_file = "r.anchors"\n'
    for more, status in (("", 8), (journal, 8), (registry, 8), (journal + registry, 0)):
        config.write_text(lines + more)
        assert ALONE.run("--config", str(config), "config", "check").status == status
    assert not (tmp_path / "journal.db").exists()
