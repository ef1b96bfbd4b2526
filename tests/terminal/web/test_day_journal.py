"""The journal and the sheet of a day at the console: masked, decided by two, given as files."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from console_in_process import ConsoleInProcess
from day_pages import CARD, day_console, journal, load, loaded, open_load, plain, troubles_of
from registry_desk import WORD

from terminal.beijing_time import beijing_day
from terminal.journal import Method, State

BY_TWO = {"second": "zhang", "second_password": WORD, "reason": "清算方电话答复"}
SHOWN = CARD[-4:]


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console over a day's journal: done, by transfer, of another clerk, open."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        loaded(made, "done-0001", 5_000)
        loaded(made, "bank-0001", 7_000, method=Method.TRANSFER)
        loaded(made, "zhang-001", 1_000, operator="zhang")
        open_load(made, "open-0001", 3_000)
        yield made


def keys(text: str) -> list[str]:
    """Give the keys that a table links to."""
    return [part.partition('"')[0] for part in text.split('href="/day/journal/')[1:]]


def state(counter: ConsoleInProcess, key: str) -> State:
    """Say how an entry stands."""
    with journal(counter) as opened:
        return opened.find(key).state


def test_listed_masked_and_chosen(counter: ConsoleInProcess) -> None:
    """By day, by clerk, what is open of all days; never a whole card number."""
    li = counter.signed_in()
    whole = li.get("/day/journal")
    assert keys(whole.text) == ["done-0001", "bank-0001", "zhang-001", "open-0001"]
    assert CARD not in whole.text
    assert SHOWN in whole.text
    assert keys(li.get("/day/journal?operator=zhang").text) == ["zhang-001"]
    assert keys(li.get("/day/journal?unfinished=yes&day=2020-01-01").text) == ["open-0001"]
    assert "没有流水" in plain(li.get("/day/journal?day=2020-01-01"))
    assert li.get("/day/journal?day=yesterday").status_code == 409


def test_what_is_asked_for_is_text(counter: ConsoleInProcess) -> None:
    """An address is written by whoever likes: what stands in it is shown, and never run."""
    li = counter.signed_in()
    said = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for path in ("/day/journal", "/day/sheet"):
        assert "<script>alert" not in li.get(f"{path}?operator={said}").text


def test_all_evidence_of_an_entry(counter: ConsoleInProcess) -> None:
    """Who decides needs every step; the card's number hides inside other data too."""
    li = counter.signed_in()
    shown = li.get("/day/journal/open-0001")
    assert CARD not in shown.text
    for said in (
        "结果未知",
        "balance_before = 0",
        "evidence_reason = prove says nothing",
        "人民币",
    ):
        assert said in plain(shown)
    assert li.get("/day/journal/none-such").status_code == 409


def test_decided_by_two(counter: ConsoleInProcess) -> None:
    """As at the command line: two people, with grounds, once; a second click shows what stands."""
    li = counter.signed_in()
    path = "/day/journal/open-0001/decide"
    assert "须由两人办理" in plain(li.post(path, {"outcome": "done", "reason": "x"}))
    assert li.post(path, {**BY_TWO, "outcome": "maybe"}).status_code == 409
    assert li.post(path, {**BY_TWO, "outcome": "done", "reason": ""}).status_code == 409
    assert state(counter, "open-0001") is State.UNKNOWN
    shown = li.post(path, {**BY_TWO, "outcome": "done"})
    assert shown.history[0].status_code == 303
    assert "agreed_by = zhang" in plain(shown)
    assert state(counter, "open-0001") is State.DONE
    again = li.post(path, {**BY_TWO, "outcome": "undone"})
    assert again.url.path == "/day/journal/open-0001"
    assert state(counter, "open-0001") is State.DONE


def test_a_card_that_can_tell_is_asked_first(counter: ConsoleInProcess) -> None:
    """People decide what no card decides: unasked only one that will never be here again."""
    open_load(counter, "open-0002", 100, asked=False)
    li = counter.signed_in()
    path = "/day/journal/open-0002/decide"
    refused = li.post(path, {**BY_TWO, "outcome": "undone"})
    assert "card_not_asked" in plain(refused)
    li.post(path, {**BY_TWO, "outcome": "undone", "without_card": "yes"})
    assert state(counter, "open-0002") is State.UNDONE


def test_an_auditor_decides_nothing(counter: ConsoleInProcess) -> None:
    """Whoever looks at what others did sees the entry, and no form."""
    shen = counter.signed_in("shen")
    assert "两人认定" not in plain(shen.get("/day/journal/open-0001"))
    refused = shen.post("/day/journal/open-0001/decide", {**BY_TWO, "outcome": "done"})
    assert refused.status_code == 403
    assert state(counter, "open-0001") is State.UNKNOWN


def test_sheet_is_the_command_lines(counter: ConsoleInProcess) -> None:
    """One function makes both: what is open stands beside the totals, not in them."""
    li = counter.signed_in()
    shown = plain(li.get("/day/sheet"))
    line = counter.desk("journal", "reconcile", "--json").json
    assert line["expected"] == 6_000
    assert "现金应有 ¥ 60.00 人民币陆拾元整" in shown
    assert "结果未知，不在合计内（1）" in shown
    assert "10.00" in plain(li.get("/day/sheet?operator=zhang"))


def rows(data: bytes) -> list[list[str]]:
    """Read a CSV file as a spreadsheet does."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_files_for_a_spreadsheet(counter: ConsoleInProcess) -> None:
    """Chinese opens right, amounts add up, nothing in a cell is computed, cards are masked."""
    with journal(counter) as opened:
        bad = load("refund-01", -2_000, Method.CASH, "=cmd()")
        sent = opened.sent(opened.begin(bad), {"balance_before": 2_000})
        opened.done(sent, {"balance_after": 0, "tac_checked": True})
    li = counter.signed_in()
    answer = li.get("/day/journal.csv")
    head, *listed = rows(answer.content)
    assert head[:3] == ["流水号", "时间", "业务"]
    assert CARD not in answer.text
    (refund,) = [each for each in listed if each[0] == "refund-01"]
    assert (refund[4], refund[5], refund[7]) == ("-20.00", "-20.00", "'=cmd()")
    day = beijing_day(datetime.now(UTC))
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="guitai-journal-{day}.csv"'
    )
    assert [each[0] for each in rows(li.get("/day/journal.csv?unfinished=yes").content)[1:]] == [
        "open-0001"
    ]
    sheet = {each[0]: each[-1] for each in rows(li.get("/day/sheet.csv").content)}
    assert sheet["现金应有"] == "40.00"


def test_files_for_paper(counter: ConsoleInProcess) -> None:
    """What is signed and put into a folder: a PDF of the same, in the language of the page."""
    li = counter.signed_in()
    for name in ("journal", "sheet"):
        answer = li.get(f"/day/{name}.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
    assert li.get("/day/sheet.xls").status_code in {404, 422}


def test_days_before(counter: ConsoleInProcess) -> None:
    """What was begun late and settled after midnight counts to its day, its cash to this one's."""
    before = datetime.now(UTC) - timedelta(days=1)
    loaded(counter, "early-001", 900, at=before)
    with journal(counter, before) as opened:
        sent = opened.sent(opened.begin(load("early-002", 400, Method.CASH, "li")))
    with journal(counter) as opened:
        opened.done(sent, {"balance_before": 0, "balance_after": 400, "tac_checked": True})
    li = counter.signed_in()
    shown = plain(li.get(f"/day/sheet?day={beijing_day(before)}"))
    assert "隔日查清，金额计入登记当天（1）" in shown
    assert "现金应有 ¥ 9.00" in shown
    assert "现金应有 ¥ 64.00" in plain(li.get("/day/sheet"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_marks_of_every_page(counter: ConsoleInProcess, language: str) -> None:
    """Labels, captions, scopes, nothing inline: what a screen reader and the policy want."""
    li = counter.signed_in()
    li.send("/language", {"language": language, "next": "/day"})
    paths = [
        "/day", "/day/open", "/day/open/check?float=1", "/day/journal", "/day/journal/open-0001",
        "/day/sheet", "/day/duties", "/day/chart", "/day/clock",
    ]  # fmt: skip
    for path in paths:
        answer = li.get(path)
        assert (path, answer.status_code, troubles_of(answer)) == (path, 200, [])
    li.post("/day/open", {"float": "1"})
    for path in ("/day", "/day/close", "/day/close/check?counted=2&left=1"):
        answer = li.get(path)
        assert (path, answer.status_code, troubles_of(answer)) == (path, 200, [])
