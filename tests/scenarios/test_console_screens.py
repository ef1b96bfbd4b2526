"""Every screen of a service, from the sign-in to the slip, looked at by axe-core.

A document is read by the ID reader on its line, a PIN is entered at the pad; what is written on
cards and documents is text, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Clerk, HeldCard, chromium, clerk, laid
from city import City, open_city
from playwright.sync_api import expect
from registry import citizen_id
from registry_desk import WORD
from serving_desk import NAME, chip_of

from emulator.id_cards import card as id_card
from emulator.pin_pad_entry import parse_keys

CREDIT_FOR_LOAD = 0x52
RUDE = "<b>甲</b>&\"'"
"""A name as nobody has one; a document may hold it."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter for the module."""
    with open_city(tmp_path_factory.mktemp("screens")) as opened:
        yield opened


@pytest.fixture(scope="module")
def li(city: City) -> Iterator[Clerk]:
    """Sit a clerk down."""
    with chromium() as browser, clerk(browser, city) as sitting:
        yield sitting


def fit(li: Clerk) -> None:
    """See that a screen is fit for everybody."""
    assert li.complaints() == []


def test_signing_in(li: Clerk) -> None:
    """The first screen, a wrong password on it, and the desk behind it."""
    li.go("/")
    expect(li.page).to_have_title("签到 · Guitai")
    fit(li)
    li.page.get_by_label("工号").fill("li")
    li.page.get_by_label("密码", exact=True).fill("not the password")
    li.press("签到")
    expect(li.page.get_by_role("alert")).to_contain_text("工号或密码")
    fit(li)
    li.sign_in()
    expect(li.page.get_by_role("heading", name="请放上社会保障卡")).to_be_visible()
    fit(li)


def test_a_service_by_card(city: City, li: Clerk) -> None:
    """Each step of a load has a screen of its own; the one in the middle too."""
    card = HeldCard(chip_of(1).card, CREDIT_FOR_LOAD)
    with laid(city, card):
        expect(li.page.get_by_role("heading", name="现在可以办理")).to_be_visible()
        li.page.get_by_text("其他业务为什么不能办").click()
        expect(li.page.get_by_text("一人一卡").first).to_be_visible()
        fit(li)
        li.press("交通账户充值")
        fit(li)
        li.page.get_by_label("金额（元）").fill("x")
        li.press("下一步")
        expect(li.page.get_by_role("alert")).to_be_visible()
        fit(li)
        li.page.get_by_label("金额（元）").fill("50.05")
        li.press("下一步")
        expect(li.page.get_by_text("人民币伍拾元零伍分")).to_be_visible()
        fit(li)
        li.press("确认办理")
        expect(li.page.get_by_role("heading", name="正在办理")).to_be_visible()
        fit(li)
        card.go.set()
        expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
        fit(li)
        li.press("打印受理单")
        expect(li.page.get_by_text("已打印")).to_be_visible()
        assert any("人民币伍拾元零伍分" in each for each in li.printer.lines)
        assert not any("补打" in each for each in li.printer.lines)
        fit(li)
        li.printer.fail("paper-out")
        li.press("打印受理单")
        expect(li.page.get_by_role("alert")).to_contain_text("纸")
        li.printer.clear()
        li.press("打印受理单")
        expect(li.page.get_by_text("已打印")).to_be_visible()
        assert any("补打" in each for each in li.printer.lines)
        with li.page.expect_download() as downloading:
            li.press("受理单 PDF")
        assert downloading.value.path().read_bytes().startswith(b"%PDF-")


def test_a_pin_shows_as_stars(city: City, li: Clerk) -> None:
    """What is typed at the pad is seen by its length alone, while it is typed."""
    li.go("/")
    with laid(city, chip_of(1).card):
        li.press("修改服务密码")
        li.document()
        li.press("下一步")
        li.typed[:] = ["1234"]
        li.hold_entry = True
        li.press("确认办理")
        expect(li.page.get_by_text("●●●●")).to_be_visible()
        assert "1234" not in li.page.inner_text("main")
        fit(li)
        li.pad.press(*parse_keys("56 ENTER"))
        li.hold_entry = False
        li.typed[:] = ["864202", "864202"]
        expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()


def test_a_document_that_is_read(li: Clerk) -> None:
    """The reader waits, the document is laid on, and its holder is there, masked."""
    li.go("/person")
    fit(li)
    li.press("用阅读器读证件")
    expect(li.page.get_by_role("heading", name="请把证件放到阅读器上")).to_be_visible()
    fit(li)
    li.id_reader.lay(id_card("citizen", name=NAME, number=citizen_id(1)))
    expect(li.page.get_by_role("heading", name="王**")).to_be_visible()
    assert citizen_id(1) not in li.page.content()
    fit(li)
    li.id_reader.lift()


def test_what_looks_like_a_page_is_text(li: Clerk) -> None:
    """A name that would be a tag is shown as it is written, and does nothing."""
    li.go("/person")
    li.press("用阅读器读证件")
    li.id_reader.lay(id_card("citizen", name=RUDE, number=citizen_id(7)))
    expect(li.page.get_by_text("登记库中没有此人").first).to_be_visible()
    li.id_reader.lift()
    li.press("申领社会保障卡")
    li.page.get_by_label("合作银行代号").fill("BOB")
    li.page.get_by_label("手机号码").fill("13800000000")
    li.press("下一步")
    expect(li.page.get_by_text(RUDE)).to_be_visible()
    assert li.page.locator("dd b").count() == 0
    fit(li)


def test_english_and_nowhere(li: Clerk) -> None:
    """The other language, and a page that is none."""
    li.go("/run/nowhere-00000")
    expect(li.page.get_by_role("alert")).to_be_visible()
    fit(li)
    li.press("English")
    expect(li.page.get_by_role("button", name="Sign out")).to_be_visible()
    fit(li)
    assert li.page.get_by_text("签退").count() == 0
    li.press("中文")


def test_by_keys_alone(li: Clerk) -> None:
    """Tab and Enter lead from the first page to the form of a document."""
    li.go("/")
    expect(li.page.get_by_role("heading", name="请放上社会保障卡")).to_be_visible()
    li.page.keyboard.press("Tab")
    assert li.page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        li.page.keyboard.press("Tab")
        if li.page.evaluate("document.activeElement.getAttribute('href')") == "/person":
            break
    li.page.keyboard.press("Enter")
    expect(li.page).to_have_title("按证件办理 · Guitai")


def test_locked(li: Clerk) -> None:
    """Locked by a key, nothing is shown; the password leads back to the same page."""
    li.go("/person")
    li.page.keyboard.press("Alt+l")
    expect(li.page).to_have_title("签到 · Guitai")
    li.page.get_by_label("工号").fill("li")
    li.page.get_by_label("密码", exact=True).fill(WORD)
    li.press("签到")
    expect(li.page).to_have_title("按证件办理 · Guitai")
    assert li.asked
    assert [each for each in li.asked if not each.startswith(li.address)] == []
