"""``guitai journal``: what a clerk sees of it, in both languages and by its schema."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk import Desk, Ran

from apdu.secret import Secret
from terminal.journal import BEIJING, Intention, Journal, Kind, Method, SqliteStore
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
    out = run(*day, "--counted", "169.50").out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[:8] == [
        "2026-03-01 对账",
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
        ("隔日才有结果 1 笔，计入登记当天：", "ffff6666"),
        ("交易认证码未核对 1 笔：", "bbbb2222"),
    ):
        assert lines[lines.index(title) + 2].startswith(key)
    assert lines[-3:] == [
        "cccc3333 应变化 20.00，实际变化 10.00",
        "卡内余额共变化 160.00，按金额应为 170.00",
        "现金：备用金 100.00，应有 170.00，实点 169.50，短款 0.50",
    ]
    assert run(*day, "--counted", "171").out.endswith("长款 1.00\n")
    assert run(*day, "--counted", "170").out.endswith("相符\n")
    assert run(*day).out.endswith("应有 170.00\n")
    assert run(*day, "--counted", "0", "--lang", "en").out.endswith("170.00 short\n")


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
    for more, status in (("", 8), ('[journal]\nfile = "journal.db"\n', 0)):
        config.write_text(lines + more)
        assert ALONE.run("--config", str(config), "config", "check").status == status
    assert not (tmp_path / "journal.db").exists()
