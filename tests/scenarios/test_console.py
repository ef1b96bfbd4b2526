"""A clerk at the console: real Chromium, a card on the real daemon, keys at a PIN pad."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Clerk, chromium, clerk
from city import City, open_city
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter for the module's day."""
    with open_city(tmp_path_factory.mktemp("console")) as opened:
        yield opened


@pytest.fixture(scope="module")
def li(city: City) -> Iterator[Clerk]:
    """Sit a clerk down, and sign them in."""
    with chromium() as browser, clerk(browser, city) as sitting:
        sitting.sign_in()
        yield sitting


def test_card_first_then_money_then_the_pin(city: City, li: Clerk) -> None:
    """The main path: whose card it is, money on it once, a PIN that only the pad sees."""
    expect(li.page.get_by_role("heading", name="请放上社会保障卡")).to_be_visible()
    with city.desk.emulating("--image", str(city.folder / "old.json")):
        expect(li.page.get_by_role("heading", name="王**")).to_be_visible()
        assert "王建国" not in li.page.content()
        li.press("交通账户充值")
        li.page.get_by_label("金额").fill("50")
        li.press("下一步")
        expect(li.page.get_by_text("人民币伍拾元整")).to_be_visible()
        li.press("确认办理")
        expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
        assert "50.00 元" in li.page.inner_text("dl")
        li.press("下一位")
        li.typed[:] = ["123456", "864202", "864202"]
        li.press("修改服务密码")
        li.document()
        li.press("下一步")
        li.press("确认办理")
        expect(li.page.get_by_text("已修改")).to_be_visible()
    assert li.complained == []
    assert [each for each in li.asked if not each.startswith(li.address)] == []
