"""A call at 96066: real Chromium, a console process, the other parties as programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import Clerk, chromium, clerk
from city import City, open_city
from playwright.sync_api import expect
from registry import citizen_id

CALL = "96066-20260302-0017"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a city for the module's day."""
    with open_city(tmp_path_factory.mktemp("hotline")) as opened:
        yield opened


@pytest.fixture(scope="module")
def he(city: City) -> Iterator[Clerk]:
    """Sit an operator of the hotline down, and sign them in."""
    with chromium() as browser, clerk(browser, city, "agent") as sitting:
        sitting.sign_in("he")
        yield sitting


def answer(he: Clerk, mobile: str) -> None:
    """Key in what the caller says, and have it compared."""
    he.document()
    he.page.get_by_label("登记手机号码的最后 4 位").fill(mobile)
    he.press("核对")


def test_a_lost_card_by_telephone(city: City, he: Clerk) -> None:
    """Checked at the second try, stopped at once and at the bank too, asked after, a word left."""
    page = he.page
    page.get_by_label("来电编号").fill(CALL)
    he.press("接听")
    expect(page.get_by_label("来电人自己的证件")).to_have_count(0)
    answer(he, "9999")
    expect(page.get_by_role("heading", name="与登记不一致")).to_be_visible()
    assert page.get_by_role("button", name="临时挂失").count() == 0
    answer(he, "0000")
    expect(page.get_by_role("heading", name="来电人身份与登记一致")).to_be_visible()
    assert "王建国" not in page.content()
    assert citizen_id(1) not in page.content()
    he.press("临时挂失")
    expect(page.get_by_role("heading", name="办理前请读给来电人听")).to_be_visible()
    he.press("来电人同意，确认办理")
    expect(page.get_by_text("临时挂失已经办好")).to_be_visible()
    expect(page.get_by_role("button", name="临时挂失")).to_have_count(0)
    he.press("查询办卡进度")
    expect(page.get_by_text("办卡进度如下。")).to_be_visible()
    he.press("查询应用状态")
    expect(page.get_by_text("社会保障卡现在的状态如下。")).to_be_visible()
    page.get_by_label("提出意见和建议").fill("电话等得太久")
    he.press("记录意见")
    expect(page.get_by_text("您的意见已经记下")).to_be_visible()
    page.reload()
    expect(page.get_by_text("临时挂失已经办好")).to_have_count(1)
    he.press("结束来电")
    expect(page.get_by_label("来电编号")).to_have_value("")
    accounts = city.ledger("bank")["accounts"].values()
    assert "stopped" in str(list(accounts))
    assert he.complained == []
    assert [each for each in he.asked if not each.startswith(he.address)] == []
