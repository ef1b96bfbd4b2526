"""The console is broken, piece by piece: plugs pulled, the card service killed, lines lost.

Each time the page says so, nothing is lost or done twice, and the next try works without a restart.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import PATIENCE, Clerk, HeldCard, chromium, clerk, console
from card_bench import purse
from city import City, open_city
from playwright.sync_api import Browser, Locator, Page, expect
from registry import citizen_id
from registry_desk import WORD
from serving_desk import NAME, chip_of

from emulator.daemon import PrivateDaemon
from emulator.id_cards import card as id_card
from emulator.vpcd import VirtualSlot
from terminal.services.operators import POLICY

CREDIT_FOR_LOAD = 0x52
HUNG_SECONDS = 2.0
MASKED = "王**"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter at which a card that hangs is given up soon."""
    with open_city(tmp_path_factory.mktemp("broken")) as opened:
        seat = opened.folder / "clerk.toml"
        more = f"\n[readers]\ndeadline_seconds = {HUNG_SECONDS}\n"
        seat.write_text(seat.read_text("utf-8") + more, "utf-8")
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def seat(city: City, browser: Browser) -> Iterator[Clerk]:
    """Open the one console that all of this happens to."""
    with clerk(browser, city) as sitting:
        yield sitting


@pytest.fixture
def li(seat: Clerk) -> Clerk:
    """Have the clerk signed in: ten times a minute is the most that a desk takes."""
    seat.go("/")
    if "/sign-in" in seat.page.url:
        seat.sign_in()
    return seat


@pytest.fixture
def daemon(city: City) -> Iterator[PrivateDaemon]:
    """Give the card service; it runs again for the next test."""
    assert city.desk.daemon is not None
    yield city.desk.daemon
    if not city.desk.daemon.pid:
        city.desk.daemon.restart()


@pytest.fixture
def reader(daemon: PrivateDaemon) -> Iterator[list[VirtualSlot]]:
    """Take out whatever card was laid on."""
    laid: list[VirtualSlot] = []
    yield laid
    for each in laid:
        each.stop()


def lay(li: Clerk, reader: list[VirtualSlot], card: Any) -> None:
    """Lay a card on, and open the first page."""
    daemon = li.city.desk.daemon
    assert daemon is not None
    li.go("/")
    expect(heading(li.page, "请放上社会保障卡")).to_be_visible()  # what lay there before is gone
    reader.append(VirtualSlot(card, lambda: daemon.connect(0)).start())


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name)


def to_confirm(li: Clerk) -> str:
    """Fill a load in, up to the last word; gives its key."""
    li.press("交通账户充值")
    li.page.get_by_label("金额（元）").fill("50")
    li.press("下一步")
    expect(li.page.get_by_role("button", name="确认办理")).to_be_visible()
    return li.page.url.split("/")[-2]


def done(li: Clerk) -> None:
    expect(heading(li.page, "已办理")).to_be_visible()


def told(li: Clerk, code: str) -> None:
    """See that an error is told: what, why, and what to do now."""
    box = li.page.get_by_role("alert").first
    expect(box).to_contain_text(code)
    expect(box).to_contain_text("原因：")
    expect(box).to_contain_text("办法：")


def test_the_pin_pad_is_pulled_in_the_middle_of_a_pin(li: Clerk, reader: list[VirtualSlot]) -> None:
    """No card was asked anything; plugged in again it is done anew from the same page."""
    lay(li, reader, chip_of(1).card)
    li.press("修改服务密码")
    li.document()
    li.press("下一步")
    li.typed[:] = ["1234"]
    li.hold_entry = True
    li.press("确认办理")
    expect(li.page.get_by_text("●●●●")).to_be_visible()
    li.plugs["pad"].unplug()
    told(li, "pin_pad_gone")
    expect(li.page.get_by_text("●")).to_have_count(0)
    li.plugs["pad"].plug()
    li.hold_entry = False
    li.typed[:] = ["123456", "864202", "864202"]
    li.press("另起一笔再办")
    li.press("确认办理")
    done(li)


def test_the_id_reader_is_pulled_while_a_document_is_awaited(li: Clerk) -> None:
    """The page does not wait for a reader that is gone, and goes on where it was."""
    li.go("/person")
    li.press("用阅读器读证件")
    expect(heading(li.page, "请把证件放到阅读器上")).to_be_visible()
    li.plugs["id-reader"].unplug()
    told(li, "id_reader_gone")
    li.press("再读一次")
    told(li, "id_reader_missing")
    li.plugs["id-reader"].plug()
    li.press("再读一次")
    li.id_reader.lay(id_card("citizen", name=NAME, number=citizen_id(1)))
    expect(heading(li.page, MASKED)).to_be_visible()
    li.id_reader.lift()


def test_the_printer_is_pulled_before_and_in_the_middle(
    li: Clerk, reader: list[VirtualSlot]
) -> None:
    """What may be on the paper is said; the service stays done, and is printed in the end."""
    lay(li, reader, chip_of(1).card)
    li.press("查询应用状态")
    li.press("下一步")
    li.press("确认办理")
    done(li)
    plug = li.plugs["printer"]
    plug.unplug()
    li.press("打印受理单")
    told(li, "receipt_printer_missing")
    plug.plug()
    begun = threading.Event()
    li.printer._on_mark = lambda _: begun.set()
    li.printer.fail("slow")
    pulling = threading.Thread(target=lambda: begun.wait(PATIENCE / 1000) and plug.unplug())
    pulling.start()
    li.press("打印受理单")
    pulling.join()
    told(li, "receipt_printer_gone")
    expect(li.page.get_by_role("alert").first).to_contain_text("可能已打印了一部分")
    li.printer.clear()
    plug.plug()
    li.press("打印受理单")
    expect(li.page.get_by_text("已打印", exact=True)).to_be_visible()
    done(li)


def test_the_card_service_is_killed_between_services(
    li: Clerk, reader: list[VirtualSlot], daemon: PrivateDaemon
) -> None:
    """The page says that it is away, and finds the card by itself when it is back."""
    lay(li, reader, chip_of(1).card)
    expect(heading(li.page, MASKED)).to_be_visible()
    daemon.kill()
    told(li, "service_lost")
    daemon.restart()
    expect(heading(li.page, MASKED)).to_be_visible()
    expect(li.page.get_by_role("alert")).to_have_count(0)


def test_the_card_service_is_killed_in_the_middle_of_a_load(
    li: Clerk, reader: list[VirtualSlot], daemon: PrivateDaemon
) -> None:
    """Nobody knows what became of the money, and it is said; the card tells, once and for all."""
    chip = chip_of(1)
    card = HeldCard(chip.card, CREDIT_FOR_LOAD)
    lay(li, reader, card)
    to_confirm(li)
    li.press("确认办理")
    assert card.held.wait(PATIENCE / 1000)
    daemon.kill()
    told(li, "purse_unsettled")
    card.go.set()
    daemon.restart()
    li.go("/")
    expect(heading(li.page, "有没有办完的业务")).to_be_visible()
    li.press("现在处理")
    li.press("接着办")
    done(li)
    assert purse(chip) == 5_000


def test_a_card_that_never_answers(li: Clerk, reader: list[VirtualSlot]) -> None:
    """In the middle of a load it costs its worker and no more: the next card works."""
    chip = chip_of(1)
    card = HeldCard(chip.card, CREDIT_FOR_LOAD)
    lay(li, reader, card)
    key = to_confirm(li)
    li.press("确认办理")
    told(li, "purse_unsettled")
    card.go.set()
    reader.pop().stop()
    lay(li, reader, chip_of(2, name="李四").card)
    expect(heading(li.page, "李*")).to_be_visible()
    reader.pop().stop()
    lay(li, reader, chip.card)
    expect(heading(li.page, "有没有办完的业务")).to_be_visible()
    li.go(f"/run/{key}")
    li.press("接着办")
    done(li)
    assert purse(chip) == 5_000


def test_a_desk_that_nobody_uses_goes_dark(li: Clerk) -> None:
    """Every window of it, without a click; who works in one has not left the others."""
    li.page.clock.install()
    li.go("/person")
    li.document()
    li.press("查找")
    expect(heading(li.page, MASKED)).to_be_visible()
    path = li.page.url
    beside = li.context.new_page()
    beside.goto(path)
    idle = int(POLICY.idle.total_seconds() * 1000)
    li.page.clock.fast_forward(idle - 60_000)
    beside.keyboard.press("Shift")
    li.page.clock.fast_forward(59_000)
    expect(heading(li.page, MASKED)).to_be_visible()
    li.page.clock.fast_forward(idle)
    for page in (li.page, beside):
        expect(page).to_have_title("签到 · Guitai")
    beside.close()
    li.page.get_by_label("工号").fill("li")
    li.page.get_by_label("密码", exact=True).fill(WORD)
    li.press("签到")
    expect(heading(li.page, MASKED)).to_be_visible()
    assert li.page.url == path


def test_a_second_clerk_takes_the_desk_in_the_middle_of_a_form(
    li: Clerk, reader: list[VirtualSlot]
) -> None:
    """The first one's screen goes dark by itself, and what stood there is nothing to the second."""
    lay(li, reader, chip_of(1).card)
    key = to_confirm(li)
    expect(li.page.get_by_text(NAME)).to_be_visible()
    with contextlib.closing(li.context.browser.new_context(locale="zh-CN")) as other:
        page = other.new_page()
        zhang = dataclasses.replace(li, context=other, page=page)
        zhang.sign_in("zhang")
        expect(li.page).to_have_title("签到 · Guitai")
        zhang.go(f"/draft/{key}/confirm")
        told(zhang, "draft_gone")
        assert NAME not in page.content()


def test_the_line_is_lost(li: Clerk, reader: list[VirtualSlot]) -> None:
    """In the middle of a load, or an answer alone: the page shows by itself how it ended."""
    chip = chip_of(1)
    for lost in (offline, without_an_answer):
        card = HeldCard(chip.card, CREDIT_FOR_LOAD)
        lay(li, reader, card)
        to_confirm(li)
        li.press("确认办理")
        assert card.held.wait(PATIENCE / 1000)
        with lost(li):
            card.go.set()
            expect(li.page.get_by_text("与工作台的连接断开")).to_be_visible()
            expect(heading(li.page, "正在办理")).to_be_visible()
        done(li)
        expect(li.page.get_by_text("与工作台的连接断开")).to_be_hidden()
        reader.pop().stop()
    assert purse(chip) == 10_000


@contextlib.contextmanager
def offline(li: Clerk) -> Iterator[None]:
    li.context.set_offline(True)
    yield
    li.context.set_offline(False)


@contextlib.contextmanager
def without_an_answer(li: Clerk) -> Iterator[None]:
    """Lose what a part of a page is answered with, while the line itself stands."""
    li.page.route("**/part/**", lambda route: route.abort())
    yield
    li.page.unroute("**/part/**")


def test_every_button_clicked_twice(li: Clerk, reader: list[VirtualSlot]) -> None:
    """From the form to the slip, and back from the end: one load, one slip, no error."""
    chip = chip_of(1)
    lay(li, reader, chip.card)
    li.page.get_by_role("link", name="交通账户充值").dblclick()
    li.page.get_by_label("金额（元）").fill("50")
    li.page.get_by_role("button", name="下一步").dblclick()
    li.page.get_by_role("button", name="确认办理").dblclick()
    done(li)
    before = len(li.printer.lines)
    li.page.get_by_role("button", name="打印受理单").dblclick()
    expect(li.page.get_by_text("已打印", exact=True)).to_be_visible()
    assert "补打" not in "".join(li.printer.lines[before:])
    key = li.page.url.rpartition("/")[2]
    li.go(f"/draft/{key}/confirm")
    li.page.get_by_role("button", name="确认办理").dblclick()
    done(li)
    li.page.go_back()
    li.page.go_forward()
    done(li)
    assert purse(chip) == 5_000


def test_the_console_is_started_anew(city: City, li: Clerk) -> None:
    """A page that was open leads to the sign-in by itself: it does not wait for a line for ever.

    The last of the module: its console is gone behind it.
    """
    li.go("/person")
    li.process.kill()
    li.process.wait(PATIENCE / 1000)
    expect(li.page.get_by_text("与工作台的连接断开")).to_be_visible()
    with console(city, "clerk", port=int(li.address.rpartition(":")[2].strip("/"))):
        expect(li.page).to_have_title("签到 · Guitai", timeout=PATIENCE)
        assert "next=%2Fperson" in li.page.url
