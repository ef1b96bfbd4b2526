"""A whole day at the console in real Chromium, from the opening to the closing and behind it.

Each test goes on where the one before it ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browsing import Clerk, chromium, clerk, laid
from city import City, open_city
from playwright.sync_api import expect
from registry_desk import WORD
from serving_desk import chip_of


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter at which a found card is kept."""
    with open_city(tmp_path_factory.mktemp("day")) as opened:
        with laid(opened, chip_of(2, name="李四").card):
            opened.clerk("found", "hand-in")
        yield opened


@pytest.fixture(scope="module")
def li(city: City) -> Iterator[Clerk]:
    """Sit a clerk down, and sign them in."""
    with chromium() as browser, clerk(browser, city) as sitting:
        sitting.sign_in()
        yield sitting


def fit(li: Clerk) -> None:
    """See that a screen is fit for everybody."""
    assert li.complaints() == []


def load(city: City, li: Clerk, yuan: str) -> None:
    """Top a card up with cash."""
    with laid(city, chip_of(1).card):
        li.go("/")
        li.press("交通账户充值")
        li.page.get_by_label("金额（元）").fill(yuan)
        li.press("下一步")
        li.press("确认办理")
        expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()


def test_opened(li: Clerk) -> None:
    """The morning: the desk tests itself, what lies here is listed, the float counted."""
    li.press("今日")
    expect(li.page.get_by_role("heading", name="今天还没有开班")).to_be_visible()
    fit(li)
    li.press("开班")
    expect(li.page.get_by_text("检查时间：")).to_be_visible()
    expect(li.page.get_by_text("在库的卡（1）")).to_be_visible()
    fit(li)
    li.page.get_by_label("备用金").fill("200")
    li.press("下一步")
    expect(li.page.get_by_text("人民币贰佰元整")).to_be_visible()
    fit(li)
    li.press("开班")
    expect(li.page.get_by_role("heading", name="已经开班")).to_be_visible()


def test_looked_through(city: City, li: Clerk) -> None:
    """The day: money taken is in the till, the journal, the files and the chart."""
    load(city, li, "50")
    li.press("今日")
    expect(li.page.get_by_text("人民币贰佰伍拾元整")).to_be_visible()
    fit(li)
    li.go("/day/journal")
    li.page.locator("tbody a").click()
    expect(li.page.get_by_text("tac_checked = true")).to_be_visible()
    fit(li)
    li.press("回到流水")
    fit(li)
    with li.page.expect_download() as downloading:
        li.press("导出 CSV")
    assert "充值" in downloading.value.path().read_text("utf-8-sig")
    with li.page.expect_download() as downloading:
        li.press("导出 PDF")
    assert downloading.value.path().read_bytes().startswith(b"%PDF-")
    li.go("/day/sheet")
    fit(li)
    li.go("/day/duties")
    fit(li)
    li.press("现在办理到期的待办")
    expect(li.page.get_by_role("heading", name="办理结果")).to_be_visible()
    fit(li)
    li.go("/day/chart")
    expect(li.page.get_by_text("共办理 1 件")).to_be_visible()
    fit(li)


def test_closed(city: City, li: Clerk) -> None:
    """The evening: a short till explained, two sign for the card, a late load stands apart."""
    li.go("/day")
    li.press("日结")
    fit(li)
    li.page.get_by_label("实点现金").fill("240")
    li.page.get_by_label("其中留存").fill("100")
    li.press("下一步")
    expect(li.page.get_by_text("短款", exact=True)).to_be_visible()
    expect(li.page.get_by_text("人民币壹拾元整")).to_be_visible()
    fit(li)
    li.page.get_by_label("复核人工号").fill("zhang")
    li.page.get_by_label("复核人密码").fill("not theirs")
    li.page.get_by_label("情况说明").fill("找零有误")
    li.press("签字并日结")
    expect(li.page.get_by_role("alert")).to_be_visible()
    fit(li)
    li.page.get_by_label("复核人密码").fill(WORD)
    li.press("签字并日结")
    expect(li.page.get_by_role("heading", name="今天已经日结")).to_be_visible()
    fit(li)
    load(city, li, "20")
    li.press("今日")
    expect(li.page.get_by_role("heading", name=re.compile("日结以后又办理的"))).to_be_visible()
    expect(li.page.get_by_text("人民币贰拾元整")).to_be_visible()
    fit(li)
    li.page.get_by_role("main").get_by_role("button", name="签退").click()
    expect(li.page).to_have_title("签到 · Guitai")
    assert [each for each in li.complained if "409" not in each] == []  # the wrong password
    assert [each for each in li.asked if not each.startswith(li.address)] == []
