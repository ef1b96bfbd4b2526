"""The day of a desk at the console: opened once, closed once, each on record; who may do it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from console_in_process import ConsoleInProcess
from day_pages import acts, closed, day_console, desk_at, loaded, open_load, opened, plain
from handing_over import group
from registry_desk import WORD
from serving_desk import AGENT, typed
from sqlalchemy import update

from terminal.beijing_time import beijing_day
from terminal.journal import Method
from terminal.registry.tables.work import SETTING
from terminal.services.acts import Act
from terminal.services.day import Agreed, Count, close_day, day_of, open_day
from terminal.services.day_items import OpenItems
from terminal.web.chores import Chore

BY_ZHANG = {"second": "zhang", "second_password": WORD}


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console at a bank's outlet."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        yield made


def yesterday(counter: ConsoleInProcess, left: int, blanks: int | None = None) -> datetime:
    """Have the day before been opened and closed at this desk; gives when it was closed."""
    moment = datetime.now(UTC) - timedelta(days=1)
    with desk_at(counter, moment) as desk:
        open_day(desk, left, blanks, OpenItems())
        agreed = Agreed(left, left, OpenItems(), OpenItems().fingerprint)
        close_day(desk, Count(left, left, blanks), agreed)
    return moment


# --- Opening ------------------------------------------------------------------------------------


def test_opened_after_looking_and_counting(counter: ConsoleInProcess) -> None:
    """The guided way: the desk is tested, the float confirmed in capitals, all of it on record."""
    li = counter.signed_in()
    assert "今天还没有开班" in plain(li.get("/day"))
    asked = li.get("/day/open")
    assert "本机时钟正常" in plain(asked)
    assert counter.ended(Chore.DESK).found is not None
    assert "没有未了事项" in plain(asked)
    check = plain(li.get("/day/open/check?float=1680.32"))
    assert "人民币壹仟陆佰捌拾元零叁角贰分" in check
    assert "没有发现不能用的" in check
    shown = opened(li, "1680.32")
    assert shown.history[0].status_code == 303
    assert "已经开班" in plain(shown)
    (row,) = acts(counter, Act.DAY_OPENED)
    facts = row.note.facts
    assert (row.note.operator, facts["float_in"], facts["blanks"]) == ("li", 168_032, None)
    assert (facts["failed"], facts["open_items"]) == (0, 0)


def test_opened_once(counter: ConsoleInProcess) -> None:
    """A double click, a reload or a second window opens no second day and changes no count."""
    li = counter.signed_in()
    for yuan in ("200", "300"):
        opened(li, yuan)
    assert len(acts(counter, Act.DAY_OPENED)) == 1
    assert "¥ 200.00" in plain(li.get("/day"))
    for path in ("/day/open", "/day/open/check?float=300"):
        assert li.get(path).url.path == "/day"


def test_another_float_than_was_left_has_a_reason(counter: ConsoleInProcess) -> None:
    """What lay in a closed till and is not there in the morning is explained, or found."""
    yesterday(counter, 20_000)
    li = counter.signed_in()
    assert "上次日结留下 ¥ 200.00" in plain(li.get("/day/open/check?float=150"))
    refused = opened(li, "150")
    assert refused.status_code == 409
    assert "与上次日结留下的不一致" in plain(refused)
    assert acts(counter, Act.DAY_OPENED)[1:] == ()
    opened(li, "150", reason="主管取走 50 元")
    assert acts(counter, Act.DAY_OPENED)[-1].note.reason == "主管取走 50 元"


def test_money_taken_behind_a_closing_is_in_the_next_float(counter: ConsoleInProcess) -> None:
    """It was in no count of that day, so the morning's count expects it."""
    at = yesterday(counter, 20_000)
    loaded(counter, "late-0001", 5_000, at=at + timedelta(seconds=1))
    li = counter.signed_in()
    assert opened(li, "250").status_code == 200
    assert len(acts(counter, Act.DAY_OPENED)) == 2


def test_a_day_that_was_never_closed_is_explained(counter: ConsoleInProcess) -> None:
    """Whoever forgets the closing would else also have no count to answer for in the morning."""
    with desk_at(counter, datetime.now(UTC) - timedelta(days=1)) as desk:
        open_day(desk, 20_000, None, OpenItems())
    li = counter.signed_in()
    assert "开班后没有日结" in plain(li.get("/day/open"))
    refused = opened(li)
    assert refused.status_code == 409
    assert "开班后没有日结，须写明原因" in plain(refused)
    opened(li, reason="昨晚停电")
    facts = acts(counter, Act.DAY_OPENED)[-1].note.facts
    assert facts["never_closed"] == str(beijing_day(datetime.now(UTC)) - timedelta(days=1))


@pytest.mark.parametrize("wrong", ["", "abc", "-5", "1e3", "5.001"])
def test_no_amount_is_no_float(counter: ConsoleInProcess, wrong: str) -> None:
    """A slip of the finger is asked again where it was made, and nothing is on record."""
    li = counter.signed_in()
    assert li.get(f"/day/open/check?float={wrong}").status_code == 422
    assert opened(li, wrong).status_code == 422
    assert acts(counter, Act.DAY_OPENED) == ()


# --- Closing ------------------------------------------------------------------------------------


def test_closed_with_what_the_journal_says(counter: ConsoleInProcess) -> None:
    """Cash against the same sheet as the command line's: cash counts, a transfer does not."""
    li = counter.signed_in()
    opened(li)
    loaded(counter, "cash-0001", 5_000)
    loaded(counter, "bank-0001", 7_000, method=Method.TRANSFER)
    check = plain(li.get("/day/close/check?counted=250&left=100"))
    assert "相符" in check
    shown = closed(li, "250", "100")
    assert shown.history[0].status_code == 303
    assert "今天已经日结" in plain(shown)
    (row,) = acts(counter, Act.DAY_CLOSED)
    said = {name: row.note.facts[name] for name in ("float_in", "counted", "expected", "left")}
    assert said == {"float_in": 20_000, "counted": 25_000, "expected": 25_000, "left": 10_000}
    sheet = counter.desk("journal", "reconcile", "--float-in", "200", "--counted", "250", "--json")
    assert sheet.json["expected"] == 25_000


@pytest.mark.parametrize(("counted", "word"), [("190", "短款"), ("210", "长款")])
def test_over_and_short_are_explained(counter: ConsoleInProcess, counted: str, word: str) -> None:
    """A till that does not agree is signed off only with grounds, in figures and capitals."""
    li = counter.signed_in()
    opened(li)
    check = plain(li.get(f"/day/close/check?counted={counted}&left=0"))
    assert f"{word} ¥ 10.00 人民币壹拾元整" in check
    refused = closed(li, counted)
    assert refused.status_code == 409
    assert "须写明原因" in plain(refused)
    assert acts(counter, Act.DAY_CLOSED) == ()
    shown = plain(closed(li, counted, reason="找零有误"))
    assert f"{word} ¥ 10.00" in shown
    assert "找零有误" in shown


def test_cards_in_custody_are_signed_for_by_two(counter: ConsoleInProcess) -> None:
    """Whoever locks cards up has somebody who counted them too, and not an auditor."""
    with counter.desk.bench() as on:
        _, cards = group(on, 2)
    li = counter.signed_in()
    opened(li)
    assert "在库的卡（2）" in plain(li.get("/day/close/check?counted=200&left=0"))
    alone = closed(li, "200")
    assert "须由两人办理" in plain(alone)
    for second in ("li", "shen"):
        assert closed(li, "200", second=second, second_password=WORD).status_code == 409
    assert closed(li, "200", second="zhang", second_password="wrong").status_code == 409
    assert acts(counter, Act.DAY_CLOSED) == ()
    closed(li, "200", **BY_ZHANG)
    (row,) = acts(counter, Act.DAY_CLOSED)
    assert (row.note.second, row.note.facts["custody"]) == ("zhang", 2)
    assert row.note.facts["cards"] == " ".join(str(each.id) for each in cards)


def test_the_list_that_was_seen_is_signed(counter: ConsoleInProcess) -> None:
    """A card that came in while two people counted is counted too, or the signature is false."""
    li = counter.signed_in()
    opened(li)
    seen = OpenItems().fingerprint
    with counter.desk.bench() as on:
        group(on, 1)
    refused = li.post("/day/close", {"counted": "200", "left": "0", "custody": seen, **BY_ZHANG})
    assert refused.status_code == 409
    assert "请重新核对" in plain(refused)
    assert acts(counter, Act.DAY_CLOSED) == ()


def test_closed_with_what_is_open(counter: ConsoleInProcess) -> None:
    """A card that nobody brought back must not keep a clerk all night: it is named, and noted."""
    li = counter.signed_in()
    opened(li)
    open_load(counter, "open-0001", 3_000)
    check = plain(li.get("/day/close/check?counted=200&left=0"))
    assert "有未了事项也可以日结" in check
    assert "没有结果的流水（1）" in check
    closed(li, "200")
    (row,) = acts(counter, Act.DAY_CLOSED)
    assert (row.note.facts["open_items"], row.note.facts["entries"]) == (1, 1)


def test_closed_once_and_what_comes_behind_is_shown(counter: ConsoleInProcess) -> None:
    """A signed count stays what it was; what is done afterwards stands beside it, not in it."""
    li = counter.signed_in()
    opened(li)
    closed(li, "200")
    again = li.post("/day/close", {"counted": "1", "left": "1", "custody": ""})
    assert again.url.path == "/day"
    assert len(acts(counter, Act.DAY_CLOSED)) == 1
    loaded(counter, "late-0002", 4_000)
    counter.desk.card_of()
    counter.desk.as_("li")
    assert counter.desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed()).status == 0
    said = plain(li.get("/day"))
    assert "日结以后又办理的（1）" in said
    assert "¥ 40.00 人民币肆拾元整" in said
    assert opened(li).url.path == "/day"
    assert len(acts(counter, Act.DAY_OPENED)) == 1


def test_nothing_is_closed_that_was_not_opened(counter: ConsoleInProcess) -> None:
    """Without a float there is nothing to hold the till against."""
    li = counter.signed_in()
    for path in ("/day/close", "/day/close/check?counted=1&left=0"):
        assert li.get(path).url.path == "/day"
    assert li.post("/day/close", {"counted": "1", "left": "0", "custody": ""}).url.path == "/day"
    assert acts(counter, Act.DAY_CLOSED) == ()


def test_no_more_stays_than_was_counted(counter: ConsoleInProcess) -> None:
    """Money that is not there cannot be tomorrow's float."""
    li = counter.signed_in()
    opened(li)
    answer = li.get("/day/close/check?counted=100&left=200")
    assert answer.status_code == 422
    assert "留存不能多于实点" in plain(answer)


# --- Where cards are made, where no money is ------------------------------------------------------


def test_blanks_where_cards_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A blank is worth a card: what is missing is explained like money."""
    with day_console(tmp_path, monkeypatch, capsys, instant=True) as counter:
        li = counter.signed_in()
        assert opened(li).status_code == 422
        assert opened(li, blanks="50").status_code == 200
        asked = li.get("/day/close/check?counted=200&left=0&blanks=49")
        assert "实点 49 ，应有 50" in plain(asked)
        assert closed(li, "200", blanks="49").status_code == 409
        closed(li, "200", blanks="49", reason="废卡一张")
        (row,) = acts(counter, Act.DAY_CLOSED)
        assert (row.note.facts["blanks"], row.note.facts["blanks_expected"]) == (49, 50)


def test_by_telephone_no_money_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An agent has no till, and opens and closes a day all the same."""
    with day_console(tmp_path, monkeypatch, capsys, channel="HOTLINE") as counter:
        he = counter.signed_in(AGENT)
        assert "备用金" not in plain(he.get("/day/open"))
        he.post("/day/open")
        assert "已经开班" in plain(he.get("/day"))
        closed(he, "", "")
        assert len(acts(counter, Act.DAY_CLOSED)) == 1


# --- Who may -------------------------------------------------------------------------------------


def test_an_auditor_looks_and_does_nothing(counter: ConsoleInProcess) -> None:
    """Whoever checks the days of others has none to open."""
    shen = counter.signed_in("shen")
    assert shen.get("/day").status_code == 200
    for path in ("/day/journal", "/day/sheet", "/day/chart", "/day/journal.csv"):
        assert shen.get(path).status_code == 200
    assert shen.get("/day/open").status_code == 403
    assert shen.get("/day/duties").status_code == 403
    assert opened(shen).status_code == 403
    assert shen.post("/day/close", {"counted": "0", "left": "0"}).status_code == 403
    assert acts(counter, Act.DAY_OPENED) == ()


def test_forms_of_elsewhere_do_nothing(counter: ConsoleInProcess) -> None:
    """A form without this sign-in's word comes from a page that is not ours."""
    li = counter.signed_in()
    for path in ("/day/open", "/day/close", "/day/open/test", "/day/duties/run", "/day/clock"):
        assert li.send(path, {"csrf": "x", "float": "200"}).status_code == 403
    assert acts(counter, Act.DAY_OPENED) == ()


# --- The clock -----------------------------------------------------------------------------------


def test_a_clock_that_jumped_is_confirmed_by_two(counter: ConsoleInProcess) -> None:
    """Every other page is refused then; this one is the way out, and a supervisor is with it."""
    li = counter.signed_in()
    assert "确认时钟无误" not in plain(li.get("/day/clock"))
    with counter.desk.bench() as on, on.registry.writing() as tx:
        ahead = (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="microseconds")
        tx.run(update(SETTING).where(SETTING.c.name == "last_used").values(value=ahead))
    refused = li.get("/day")
    assert refused.status_code == 409
    assert 'href="/day/clock"' in refused.text
    asked = li.get("/day/clock")
    assert "本机时钟可疑" in plain(asked)
    assert li.post("/day/clock").status_code == 409
    assert li.post("/day/clock", {"second": "zhang", "second_password": "x"}).status_code == 409
    assert "今天还没有开班" in plain(li.post("/day/clock", BY_ZHANG))
    (row,) = acts(counter, Act.CLOCK_CONFIRM)
    assert (row.note.operator, row.note.second) == ("li", "zhang")


# --- Days on record ------------------------------------------------------------------------------


def test_days_of_other_desks_are_theirs(counter: ConsoleInProcess) -> None:
    """Two desks of an outlet share the registry, and each has its own till."""
    with desk_at(counter, datetime.now(UTC)) as desk:
        open_day(replace(desk, chain="A01-2"), 100, None, OpenItems())
        with desk.registry.reading() as tx:
            today = beijing_day(tx.at)
            assert day_of(tx, "A01-2", today).opening is not None
            assert day_of(tx, "A01-1", today).opening is None


# --- Cards in custody ----------------------------------------------------------------------------


def test_recalled_and_destroyed_by_two(counter: ConsoleInProcess) -> None:
    """R-UNCOLLECTED-6M: due, recalled, destroyed before two; a second click destroys no other."""
    with counter.desk.bench() as on:
        on.now -= timedelta(days=31 * 7)
        _, (card,) = group(on, 1)
        on.now += timedelta(days=31 * 7)
    li = counter.signed_in()
    path = f"/day/custody/{card.id}"
    assert "应当召回" in plain(li.get(path))
    assert "待两人销毁" in plain(li.post(f"{path}/recall"))
    reason = {"reason": "集中销毁"}
    assert li.post(f"{path}/destroy", reason).status_code == 409
    assert li.post(f"{path}/destroy", {**BY_ZHANG, "reason": ""}).status_code == 409
    for _ in range(2):
        assert "已销毁" in plain(li.post(f"{path}/destroy", {**BY_ZHANG, **reason}))
    (row,) = acts(counter, Act.DESTROY)
    assert (row.note.operator, row.note.second) == ("li", "zhang")
    assert li.get("/day/custody/99999").status_code == 404
