"""The auditor in process: searched, verified, handed out, each on record; for nobody else."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from console_in_process import Browser, ConsoleInProcess, console_in_process
from serving_desk import ServingDesk, noted
from sqlalchemy import text

from terminal.registry import audit
from terminal.registry.audit import Note
from terminal.web.chores import WORKER, Chore
from terminal.web.csv_files import csv_of
from terminal.web.messages import By, Verify
from terminal.web.pages.audit import PAGE

CHAIN = "A01-1"


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk at which something was done."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    with made.bench() as on, on.registry.writing() as tx:
        audit.note(tx, CHAIN, Note("li", "look", "S-STATUS", person_id=7, reason="call 1_7"))
        audit.note(
            tx,
            CHAIN,
            Note("li", "done", "S-LOSS-TEMP", "wu", 7, 9, "=1+1", {"run": 3, "x": "<b>"}),
        )
    return made


@pytest.fixture
def counter(desk: ServingDesk) -> Iterator[ConsoleInProcess]:
    with console_in_process(desk) as opened:
        yield opened


@pytest.fixture
def shen(counter: ConsoleInProcess) -> Browser:
    return counter.signed_in("shen")


def rows(page: str) -> list[str]:
    """Give the rows that a page lists."""
    return re.findall(rf">({CHAIN}#\d+)</a>", page)


def test_search(desk: ServingDesk, shen: Browser) -> None:
    """By who, what, whom, when and why; all that is filled in has to hold."""
    everything = rows(shen.get("/audit?search=1").text)
    assert len(everything) > 3
    (lost,) = rows(shen.get("/audit?search=1&service=S-LOSS-TEMP").text)
    for question in (
        "operator=wu&action=done",
        "card=9",
        "person=7&operator=WU",
        f"reason={quote('=1+')}",
    ):
        assert rows(shen.get(f"/audit?search=1&{question}").text) == [lost]
    # The search by the person and the operator is about the person, too.
    assert len(rows(shen.get("/audit?search=1&person=7").text)) == 3
    assert rows(shen.get("/audit?search=1&reason=1%257").text) == []
    assert rows(shen.get("/audit?search=1&reason=1_7").text) != []
    assert "没有符合的记录" in shen.get("/audit?search=1&to=2020-01-01").text
    assert len(noted(desk, action="audit_search")) == 10


def test_nothing_asked_is_nothing_on_record(desk: ServingDesk, shen: Browser) -> None:
    """Opening the page looks at nobody; only a search is one."""
    assert rows(shen.get("/audit").text) == []
    assert noted(desk, action="audit_search") == ()


@pytest.mark.parametrize("wrong", ["person=x", "card=0", "from=2026-02-30", f"person={2**63}"])
def test_what_cannot_be_looked_for(shen: Browser, wrong: str) -> None:
    """A slip is told on the page, with what was filled in kept."""
    answer = shen.get(f"/audit?search=1&reason=kept&{wrong}")
    assert answer.status_code == 422
    assert 'value="kept"' in answer.text


def test_pages_have_all_and_nothing_twice(desk: ServingDesk, shen: Browser) -> None:
    """Rows are added while one reads, by the reading itself: the pages still fit together."""
    with desk.bench() as on, on.registry.writing() as tx:
        for number in range(PAGE + 10):
            audit.note(tx, CHAIN, Note("li", "look", "S-STATUS", reason=f"many {number}"))
    first = shen.get("/audit?search=1&reason=many")
    (older,) = re.findall(r'href="(/audit\?[^"]+after_at[^"]+)"', first.text)
    second = shen.get(older.replace("&amp;", "&"))
    assert len(rows(first.text)) == PAGE
    assert len(rows(second.text)) == 10
    assert not set(rows(first.text)) & set(rows(second.text))
    assert "after_at" not in second.text


def test_one_entry(shen: Browser) -> None:
    """All facts of a row, as text."""
    (link,) = re.findall(r'href="(/audit/entry[^"]+)"', shen.get("/audit?search=1&card=9").text)
    page = shen.get(link.replace("&amp;", "&")).text
    assert "wu" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    for nobody in ("?chain=A01-1&number=99999", "?chain=A01-1", "?chain=x&number=1", ""):
        assert shen.get(f"/audit/entry{nobody}").status_code == 404


def test_the_table_is_no_formula(desk: ServingDesk, shen: Browser) -> None:
    """What others typed must not compute in the auditor's spreadsheet; the export is on record."""
    answer = shen.get("/audit/found.csv?person=7")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(table) == 3
    assert "'=1+1" in table[1]
    (entry,) = noted(desk, action="audit_export")
    assert (entry.note.operator, entry.note.person_id) == ("shen", 7)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", " =1", "＝1"])
def test_cells_begin_no_formula(cell: str) -> None:
    """Every beginning that a spreadsheet computes is made text."""
    data = csv_of(["h"], [[cell, None, -5, "x"]]).decode("utf-8-sig")
    ((_,), row) = csv.reader(io.StringIO(data, newline=""))
    assert row == [f"'{cell}", "", "-5", "x"]


def test_a_chain_as_the_command_line_gives_it(desk: ServingDesk, shen: Browser) -> None:
    """Inspectors need SHA-256 and nothing of ours, whoever hands the lines to them."""
    answer = shen.get(f"/audit/chain.jsonl?chain={CHAIN}&since=2")
    lines = answer.text.splitlines()
    shown = [json.loads(each) for each in lines]
    assert [each["number"] for each in shown] == list(range(2, len(lines) + 2))
    body, digest = re.fullmatch(r'(.*),"digest":"([0-9a-f]{64})"}', lines[-1]).groups()  # type: ignore[union-attr]  # it fits
    assert hashlib.sha256(f"{body}}}".encode()).hexdigest() == digest
    (entry,) = noted(desk, action="audit_export")
    assert dict(entry.note.facts) == {"chain": CHAIN, "since": 2}
    assert shown[-1]["action"] == "audit_export"


def verified(counter: ConsoleInProcess, shen: Browser, chain: str = "") -> str:
    """Verify, wait for the end, and give what the page says."""
    assert shen.post("/audit/verify", {"chain": chain}).history[0].status_code == 303
    counter.console.crew.at(WORKER).order(Verify(By("shen"))).result()
    return shen.get("/part/audit").text


def test_verified(counter: ConsoleInProcess, desk: ServingDesk, shen: Browser) -> None:
    """A whole audit is said to be, an altered row is pointed at, and both with their time."""
    assert "还没有检查过" in shen.get("/audit").text
    whole = verified(counter, shen)
    assert "审计记录完好" in whole
    assert "检查时间：" in whole
    with desk.bench() as on, on.registry.engine.begin() as connection:
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'"))
        for (name,) in triggers.all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit SET reason = 'x' WHERE number = 2"))
    told = verified(counter, shen, CHAIN)
    assert "第 2 条与摘要不符" in told
    assert "请立即报告" in told


def test_a_check_that_cannot_be_made(counter: ConsoleInProcess, desk: ServingDesk) -> None:
    """Without its anchors there is no check, and the page says so in the catalogue's words."""
    shen = counter.signed_in("shen")
    (desk.folder / "anchors").rename(desk.folder / "elsewhere")
    shen.post("/audit/verify")
    with pytest.raises(Exception, match="anchors"):
        counter.console.crew.at(WORKER).order(Verify(By("shen"))).result()
    assert counter.console.chores.get(Chore.AUDIT).trouble is not None
    assert "anchors_missing" in shen.get("/part/audit").text


def test_for_auditors_alone(counter: ConsoleInProcess, desk: ServingDesk) -> None:
    """Whoever works here must not read what is kept of their work, nor hand it out."""
    li = counter.signed_in("li")
    assert ">审计</a>" not in li.get("/").text
    for path in ("/audit", "/audit?search=1", "/audit/entry?chain=A01-1&number=1"):
        assert li.get(path).status_code == 403
    for path in ("/audit/found.csv", "/audit/chain.jsonl", "/part/audit"):
        assert li.get(path).status_code == 403
    assert li.post("/audit/verify").status_code == 403
    assert noted(desk, action="audit_search") == noted(desk, action="audit_export") == ()


def test_an_auditor_does_nothing(shen: Browser) -> None:
    """Who looks at what others did has no card, no person and no service before them."""
    assert shen.get("/").url.path == "/audit"
    for path in ("/person", "/serve/S-STATUS/x", "/run/x", "/part/cards", "/hotline"):
        assert shen.get(path).status_code == 403
    page = shen.get("/audit").text
    assert "按证件办理" not in page
    assert "设备状态" in page


def test_forms_are_of_the_sign_in(shen: Browser) -> None:
    """Another site must not have the audit checked."""
    assert shen.send("/audit/verify", {"csrf": "x"}).status_code == 403
