"""What goes wrong at the console: never a double operation, never a lost one, and a way back to it.

The card is in this process, so that it can wait at a command, or leave behind it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from browsing import Clerk, HeldCard, chromium, clerk, laid
from card_bench import purse
from city import City, open_city
from playwright.sync_api import Browser, expect
from serving_desk import chip_of

CREDIT_FOR_LOAD = 0x52


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter for the module."""
    with open_city(tmp_path_factory.mktemp("faults")) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for the module."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def seat(city: City, browser: Browser) -> Iterator[Clerk]:
    """Open a console for the module."""
    with clerk(browser, city) as sitting:
        yield sitting


@pytest.fixture
def li(seat: Clerk) -> Clerk:
    """Sign a clerk in."""
    seat.sign_in()
    return seat


def to_confirm(li: Clerk, yuan: str = "50") -> str:
    """Fill a load in, up to the last word; gives its key."""
    li.press("交通账户充值")
    li.page.get_by_label("金额（元）").fill(yuan)
    li.press("下一步")
    expect(li.page.get_by_role("button", name="确认办理")).to_be_visible()
    return li.page.url.split("/")[-2]


@contextmanager
def held_load(city: City, li: Clerk) -> Iterator[tuple[HeldCard, str]]:
    """Have a load wait at the card, in the middle of being written."""
    card = HeldCard(chip_of(1).card, CREDIT_FOR_LOAD)
    with laid(city, card):
        key = to_confirm(li)
        li.press("确认办理")
        expect(li.page.get_by_role("heading", name="正在办理")).to_be_visible()
        assert card.held.wait(20), li.page.inner_text("main")
        try:
            yield card, key
        finally:
            card.go.set()


def done(li: Clerk) -> None:
    """See that it is done."""
    expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
    assert "50.00 元" in li.page.inner_text("dl.slip")


def test_a_torn_card_is_settled_when_it_is_laid_on_again(city: City, li: Clerk) -> None:
    """The money is on the card and nobody knows: the card says so when it is seen next."""
    chip = chip_of(1)
    with laid(city, HeldCard(chip.card, CREDIT_FOR_LOAD, leaves=True)):
        to_confirm(li)
        li.press("确认办理")
        expect(li.page.get_by_role("heading", name="这项业务没有办完")).to_be_visible()
    li.go("/")
    with laid(city, chip.card):
        expect(li.page.get_by_role("heading", name="有没有办完的业务")).to_be_visible()
        li.press("现在处理")
        li.press("接着办")
        done(li)
    assert purse(chip) == 5_000


def test_clicks_reloads_and_windows_in_the_middle(city: City, li: Clerk) -> None:
    """Sent twice, reloaded, gone back, opened beside: one operation, and every page finds it."""
    with held_load(city, li) as (card, key):
        li.page.reload()
        expect(li.page.get_by_role("heading", name="正在办理")).to_be_visible()
        li.page.go_back()
        li.press("确认办理")
        expect(li.page.get_by_role("heading", name="正在办理")).to_be_visible()
        beside = li.context.new_page()
        beside.goto(li.address)
        beside.get_by_role("link", name="回到这项业务").click()
        expect(beside.get_by_role("heading", name="正在办理")).to_be_visible()
        card.go.set()
        expect(beside.get_by_role("heading", name="已办理")).to_be_visible()
        beside.close()
        done(li)
        li.go(f"/run/{key}")
        done(li)
        assert purse(card) == 5_000


def test_another_service_waits_for_the_reader(city: City, li: Clerk) -> None:
    """A second window begins something else at the same reader: it is told what goes on there."""
    with held_load(city, li) as (card, _):
        beside = li.context.new_page()
        beside.goto(li.address)
        beside.get_by_role("link", name="查询应用状态").click()
        beside.get_by_role("button", name="下一步").click()
        expect(beside.get_by_role("heading", name="正在办理另一项业务")).to_be_visible()
        card.go.set()
        done(li)
        beside.get_by_role("button", name="下一步").click()
        beside.get_by_role("button", name="确认办理").click()
        expect(beside.get_by_role("heading", name="已办理")).to_be_visible()
        beside.close()


def test_a_second_clerk_takes_over(city: City, li: Clerk) -> None:
    """What the first one began goes on under their name, and the second one sees how it ends."""
    with held_load(city, li) as (card, key):
        other = li.context.browser.new_context(locale="zh-CN")
        page = other.new_page()
        zhang = Clerk(city, li.address, other, page, li.pad, li.id_reader, li.printer, li.process)
        zhang.sign_in("zhang")
        page.get_by_role("link", name="回到这项业务").click()
        expect(page.get_by_role("heading", name="正在办理")).to_be_visible()
        li.page.reload()
        expect(li.page.get_by_role("heading", name="签到")).to_be_visible()
        card.go.set()
        expect(page.get_by_role("heading", name="已办理")).to_be_visible()
        assert key in page.url
        other.close()
        assert purse(card) == 5_000


def test_rubbish_and_strangers_are_refused(city: City, li: Clerk) -> None:
    """Another name, another site, no word of the session's own: nothing is shown, nothing done."""
    address = li.address
    ours = {"origin": address.rstrip("/")}
    with httpx.Client() as web:
        assert web.get(address, headers={"host": "evil.example"}).status_code == 421
        assert web.post(f"{address}sign-in", data={}).status_code == 403
        evil = {"origin": "http://evil.example"}
        assert web.post(f"{address}sign-in", headers=evil, data={}).status_code == 403
        assert web.post(f"{address}desk", headers=ours, data={"csrf": "x"}).status_code == 401
        assert web.get(f"{address}part/cards").status_code == 401
        assert web.get(address).headers["location"] == "/sign-in?next=/"
        for cookie in li.context.cookies():
            web.cookies.set(cookie["name"], cookie["value"], "127.0.0.1")
        assert web.get(f"{address}part/cards").status_code == 200
        assert web.post(f"{address}lock", headers=ours, data={"csrf": "x"}).status_code == 403
        assert web.get(f"{address}run/%2e%2e").status_code in {404, 409}
        page = web.get(address)
    (named,) = [each for each in li.context.cookies() if each["name"].startswith("guitai_")]
    assert (named["httpOnly"], named["sameSite"]) == (True, "Strict")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert page.headers["cache-control"] == "no-store"


def test_the_console_dies_in_the_middle(city: City, li: Clerk, browser: Browser) -> None:
    """Its worker ends what was begun; the next console shows what came of it.

    The last of the module: its console is gone behind it.
    """
    with held_load(city, li) as (card, key):
        li.process.send_signal(signal.SIGKILL)
        li.process.wait(20)
        card.go.set()
        with clerk(browser, city) as again:
            again.sign_in()
            again.go(f"/run/{key}")
            for _ in range(100):
                if again.page.get_by_role("heading", name="已办理").count():
                    break
                again.page.wait_for_timeout(100)
                again.page.reload()
            done(again)
        assert purse(card) == 5_000
