"""The desk is locked, by hand or by the clock: only who left it finds again what was on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from console_in_process import Browser, ConsoleInProcess, console_in_process
from registry import citizen_id
from registry_desk import WORD
from serving_desk import NAME, ServingDesk

from terminal.services.operators import POLICY
from terminal.web import hub
from terminal.web.devices import ID_READER
from terminal.web.pages.events import LOCKED, lines
from terminal.web.sessions import Reading

ADDRESS = "石景山区杨庄东路 8 号"


class Clock:
    """A clock that tests set; the registry's own."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def seconds(self) -> float:
        return self.ahead.total_seconds()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inside(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    clock: Clock,
) -> Iterator[ConsoleInProcess]:
    """Open a console whose registry knows somebody with a card."""
    desk = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    desk.card_of()
    with console_in_process(desk, clock=clock, monotonic=clock.seconds) as opened:
        yield opened


def keyed(name: str = NAME) -> dict[str, str]:
    number = citizen_id(1)
    said = {"kind": "citizen_id", "number": number, "again": number, "name": name}
    return {f"holder.{each}": value for each, value in said.items()}


def form_of(li: Browser) -> str:
    """Fill in a form for somebody; gives its address."""
    guest = li.post("/person", keyed()).url.path.rpartition("/")[2]
    form = li.get(f"/serve/S-DATA-MINOR/{guest}").url.path
    assert li.post(form, {"no_card": "yes", "wish.address": ADDRESS}).status_code == 200
    return form


def told(inside: ConsoleInProcess, li: Browser, happens: Callable[[], object]) -> list[str]:
    """Listen as a page does while something happens, until nothing more is told."""
    stream = lines(inside.console, li.session)

    async def listen() -> list[str]:
        heard = [await anext(stream)]
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)  # it listens from here on
        await asyncio.to_thread(happens)
        return [*heard, await waiting, *[each async for each in stream]]

    return asyncio.run(asyncio.wait_for(listen(), 20))


def test_who_locked_finds_the_same_page(inside: ConsoleInProcess) -> None:
    """A clerk who was away for a minute does not ask the citizen for everything again."""
    li = inside.signed_in()
    form = form_of(li)
    assert li.post("/lock", {"next": form}).url.query == f"next={form}".encode()
    assert li.get(form).url.path == "/sign-in"
    li.sign_in()
    shown = li.get(form)
    assert shown.url.path == form
    assert ADDRESS in shown.text
    (guest,) = li.session.guests
    assert li.get(f"/guest/{guest}").status_code == 200


def test_two_windows_lock_at_once(inside: ConsoleInProcess) -> None:
    """The time is over in both; the one that comes second leads back to its page as well."""
    li = inside.signed_in()
    form, csrf = form_of(li), li.session.csrf
    for _ in range(2):
        shown = li.send("/lock", {"csrf": csrf, "next": form})
        assert (shown.status_code, shown.url.query) == (200, f"next={form}".encode())


def test_nobody_else_finds_it(inside: ConsoleInProcess) -> None:
    """Whom the last one served is nothing to the next one, nor is it the last one's tomorrow."""
    li = inside.signed_in()
    form = form_of(li)
    li.post("/lock", {"next": form})
    li.sign_in("zhang")
    assert ADDRESS not in li.get(form).text
    assert "draft_gone" in li.get(form).text
    li.post("/lock")
    li.sign_in("li")
    assert "draft_gone" in li.get(form).text


def test_a_sign_in_elsewhere_keeps_it_too(inside: ConsoleInProcess) -> None:
    """The same clerk at another window of the browser is still the same clerk."""
    li = inside.signed_in()
    form = form_of(li)
    again = inside.signed_in("li")
    assert ADDRESS in again.get(form).text
    assert li.get(form).url.path == "/sign-in"


def test_who_signs_out_leaves_nothing(inside: ConsoleInProcess) -> None:
    """To sign out is to go: what is kept for who comes back would lie there all night."""
    li = inside.signed_in()
    form = form_of(li)
    li.post("/sign-out")
    li.sign_in()
    assert "draft_gone" in li.get(form).text


def test_the_clock_locks_too(inside: ConsoleInProcess, clock: Clock) -> None:
    """Who forgot to lock finds the same page as who did, and nobody else does."""
    li = inside.signed_in()
    form = form_of(li)
    clock.ahead = POLICY.idle + timedelta(seconds=1)
    assert li.get(form).url.path == "/sign-in"
    li.sign_in()
    assert ADDRESS in li.get(form).text


def test_pages_that_look_by_themselves_are_no_use_of_the_desk(
    inside: ConsoleInProcess, clock: Clock
) -> None:
    """A card that is laid on and taken away all day keeps nobody signed in."""
    li = inside.signed_in()
    for _ in range(4):
        clock.ahead += POLICY.idle / 3
        status = li.get("/part/cards").status_code
    assert status == 401
    li.sign_in()
    for _ in range(4):
        clock.ahead += POLICY.idle / 3
        assert li.get("/").url.path == "/"


def test_an_open_page_is_told_that_it_is_locked(inside: ConsoleInProcess) -> None:
    """Whatever it shows goes away, also in a window that nobody touches."""
    li = inside.signed_in()
    session = li.session
    heard = told(inside, li, lambda: inside.console.lock(session))
    assert heard[-1] == f"data: {LOCKED}\n\n"
    assert "cards" not in "".join(heard)


def test_an_open_page_is_told_that_somebody_else_sits_here(inside: ConsoleInProcess) -> None:
    """A second clerk at another browser takes the desk: the first one's screen is dark."""
    li = inside.signed_in()
    heard = told(inside, li, lambda: inside.signed_in("zhang"))
    assert heard[-1] == f"data: {LOCKED}\n\n"


def test_an_open_page_is_locked_by_the_clock(
    inside: ConsoleInProcess, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a browser's own timer does not run the line itself says it."""
    monkeypatch.setattr(hub, "ALIVE_SECONDS", 0.01)
    li = inside.signed_in()
    session = li.session
    heard = told(inside, li, lambda: setattr(clock, "ahead", POLICY.idle))
    assert heard[-1] == f"data: {LOCKED}\n\n"
    assert inside.console.sessions.get(session.id) is None


def test_a_form_that_comes_too_late_leads_to_the_sign_in(inside: ConsoleInProcess) -> None:
    """A button pressed behind the lock shows what happened, and the way back to its page."""
    li = inside.signed_in()
    form, csrf = form_of(li), li.session.csrf
    inside.console.lock(li.session)
    shown = li.send(f"{form}/start", {"csrf": csrf})
    assert shown.status_code == 401
    assert "请先签到" in shown.text
    assert f'name="next" value="{form}/start"' in shown.text
    li.send("/sign-in", {"operator": "li", "password": WORD, "next": f"{form}/start"})
    assert li.get(f"{form}/start").url.path == form


def test_the_document_reader_is_free_for_the_next_clerk(inside: ConsoleInProcess) -> None:
    """What the last one waited for would swallow the next one's document, and show it to nobody."""
    li = inside.signed_in()
    given_up = []
    worker = inside.console.crew.at(ID_READER)
    worker.give_up = lambda: given_up.append(True)  # type: ignore[method-assign]  # seen, not done
    li.session.reading = Reading("r", Future())
    li.post("/lock")
    li.sign_in()
    assert given_up == []
    inside.signed_in("zhang")
    assert given_up == [True]
