"""A service by its pages: tried again where nothing was begun, its audit kept behind each job."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from console_in_process import Browser, ConsoleInProcess, console_in_process
from registry import citizen_id
from serving_desk import NAME, ServingDesk

from terminal.config import load_config
from terminal.registry import audit
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Service
from terminal.services.auditing import read_ends
from terminal.services.offered.request import Named
from terminal.services.opening import registry_place
from terminal.texts import Text
from terminal.web.crew import JobFailed
from terminal.web.messages import Result, Trouble
from terminal.web.operations import Operation, Stage
from terminal.web.sessions import Reading
from terminal.web.views import PaperRead

TROUBLE = Trouble("no_card", *(Text("没有卡", "no card"),) * 3)


@pytest.fixture
def inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console whose registry knows somebody with a card."""
    desk = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    desk.card_of()
    with console_in_process(desk) as opened:
        yield opened


def guest_of(li: Browser) -> str:
    """Find somebody by their document; gives the guest's id."""
    number = citizen_id(1)
    keyed = {"kind": "citizen_id", "number": number, "again": number, "name": NAME}
    shown = li.post("/person", {f"holder.{name}": value for name, value in keyed.items()})
    assert shown.status_code == 200
    return shown.url.path.removeprefix("/guest/")


def draft_of(li: Browser, service: Service = Service.STATUS) -> str:
    """Open the form of a service for them; gives its key."""
    shown = li.get(f"/serve/{service.value}/{guest_of(li)}")
    return shown.url.path.removeprefix("/draft/")


def test_what_failed_before_it_began_is_begun_again(inside: ConsoleInProcess) -> None:
    """“Try again” tries again: the failure of the first time does not stand in its way."""
    li = inside.signed_in()
    key = draft_of(li)
    assert li.post(f"/draft/{key}", {"paper": "shown"}).url.path == f"/draft/{key}/confirm"
    operations = inside.console.operations
    failed = Operation(key, Service.STATUS, "li", "", Stage.FAILED, trouble=TROUBLE)
    operations._by_key[key] = failed
    shown = li.post(f"/draft/{key}/start")
    assert shown.url.path == f"/run/{key}"
    now = operations.get(key)
    assert now is not None
    assert now.stage is not Stage.FAILED
    assert now.trouble is None


def test_a_form_made_by_hand_is_a_slip(inside: ConsoleInProcess) -> None:
    """What the page never offered is told on it, and is no mistake of ours."""
    li = inside.signed_in()
    key = draft_of(li)
    shown = li.post(f"/draft/{key}", {"actor": "ghost"})
    assert shown.status_code == 422
    assert "request_wrong" in shown.text


def test_how_far_the_audit_went_is_kept_behind_each_job(inside: ConsoleInProcess) -> None:
    """A console runs all day: what it did is outside the database before the evening."""
    li = inside.signed_in()
    guest_of(li)
    config = load_config(str(inside.desk.config))
    kept = {each.chain: each.number for each in read_ends(registry_place(config).anchor_file)}
    with inside.console.registry.reading() as tx:
        (head,) = (each for each in audit.heads(tx) if each.chain in kept)
    assert kept[head.chain] == head.number


def read(named: Named) -> Future[Result]:
    """Give a document that was read."""
    found: Future[Result] = Future()
    found.set_result(PaperRead(named))
    return found


def test_whoever_asks_for_what_was_read_finds_it(inside: ConsoleInProcess) -> None:
    """A page and its part ask at once, and none of them may lead away from it."""
    li = inside.signed_in()
    named = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(1)), NAME)
    li.session.reading = Reading("r", read(named))
    found = {li.get(path).url.path for path in ("/part/reading", "/reading", "/part/reading")}
    assert len(found) == 1
    assert found.pop().startswith("/guest/")


def test_read_again_is_for_the_same_form(inside: ConsoleInProcess) -> None:
    """A document that could not be read the first time goes into the form that wanted it."""
    li = inside.signed_in()
    key = draft_of(li)
    failed: Future[Result] = Future()
    failed.set_exception(JobFailed(TROUBLE))
    li.session.reading = before = Reading("r", failed, key, "acting")
    assert "再读一次" in li.get("/reading").text
    li.post("/reading", {"again": "yes"})
    again = li.session.reading
    assert again not in (None, before)
    assert again is not None
    assert (again.draft, again.part) == (key, "acting")


def test_gone_back_to_a_reading_that_is_over(inside: ConsoleInProcess) -> None:
    """The back button leads to a document that was read: there is nothing wrong."""
    assert inside.signed_in().get("/reading").url.path == "/person"
