"""The room of cards in real Chromium: each of its screens, looked at by axe-core.

Each test goes on where the one before it ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from applying import shown
from browsing import Clerk, chromium, clerk, laid
from city import City, open_city
from handing_over import first, group
from offered import do
from parties import other_parties
from playwright.sync_api import expect
from registry import Bench, citizen_id
from registry_desk import FILES, WORD
from serving_desk import NAME, chip_of, made_of

from emulator.id_cards import card as id_card
from terminal.registry.store import open_registry
from terminal.registry.vault import Vault, load_key
from terminal.rules.vocabulary import Actor, Service


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter at which cards wait to be posted, and with an employer."""
    with open_city(tmp_path_factory.mktemp("cards")) as opened:
        stock(opened)
        yield opened


def stock(city: City) -> None:
    """Have a card wait for the post, and an employer collect two."""
    path = city.folder / FILES["file"]
    vault = Vault(load_key(city.folder / FILES["key_file"]))
    registry = open_registry(path, vault, lambda: datetime.now(UTC))
    on = Bench(registry, other_parties(now=datetime.now(UTC)), path)
    first(on, by_post="yes")
    batch, _ = group(on, 2)
    firm = {"actor": Actor.EMPLOYER, "representative": shown("赵红", 12)}
    do(on, Service.COLLECT_GROUP, None, wishes={"batch": str(batch.id)}, **firm)
    registry.close()


@pytest.fixture(scope="module")
def li(city: City) -> Iterator[Clerk]:
    """Sit a clerk down, and sign them in."""
    with chromium() as browser, clerk(browser, city) as sitting:
        sitting.sign_in()
        yield sitting


def fit(li: Clerk) -> None:
    """See that a screen is fit for everybody."""
    assert li.complaints() == []


def agreed(li: Clerk) -> None:
    """Have the second person fill in their part."""
    li.page.get_by_label("复核人工号").fill("zhang")
    li.page.get_by_label("复核人密码").fill(WORD)
    li.page.get_by_label("依据").fill("当面核实")


def test_found(city: City, li: Clerk) -> None:
    """A card that lies in the reader is taken in with a double click, once; a report is for two."""
    li.press("卡务")
    fit(li)
    li.press("拾获、冒用")
    with laid(city, chip_of(2, name="李四").card):
        li.press("收存拾获的卡")
        li.press("下一步")
        expect(li.page.get_by_text("李四", exact=True)).to_be_visible()
    fit(li)
    li.page.get_by_role("button", name="确认办理").dblclick()
    expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
    fit(li)
    li.page.reload()
    li.press("回到清单")
    expect(li.page.get_by_text("（共 1）")).to_be_visible()
    li.press("上报冒用")
    li.page.get_by_label("情形").select_option(label="转借、冒用")
    li.page.get_by_label("所见情况").fill("他人持卡冒领")
    li.page.get_by_label("列入关注名单").check()
    li.press("下一步")
    expect(li.page.get_by_role("alert")).to_be_visible()
    fit(li)
    li.page.get_by_label("列入关注名单").uncheck()
    li.press("下一步")
    expect(li.page.get_by_text("须两人办理")).to_be_visible()
    fit(li)


def test_posted(li: Clerk) -> None:
    """From the list to the post, and by the back button to where it is done already."""
    li.go("/cards/parcels")
    fit(li)
    li.press("登记寄出")
    li.page.get_by_label("邮件号").fill("EX123456789CN")
    li.page.keyboard.press("Enter")
    li.press("确认办理")
    expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
    li.page.go_back()
    li.press("确认办理")
    expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
    li.press("回到清单")
    expect(li.page.get_by_role("link", name="登记签收")).to_be_visible()


def test_entrusted(li: Clerk) -> None:
    """Two documents and a list of services, by keys and ticks alone."""
    li.go("/cards/agents")
    fit(li)
    li.document()
    li.press("查找")
    expect(li.page.get_by_text("没有登记过授权")).to_be_visible()
    li.press("登记授权委托")
    fit(li)
    number = citizen_id(2)
    li.page.get_by_label("证件号码", exact=True).fill(number)
    li.page.get_by_label("再输入一次号码").fill(number)
    li.page.get_by_label("姓名", exact=True).fill("李四")
    li.page.get_by_label("启用社会保障功能").check()
    li.page.get_by_label("姓名", exact=True).press("Enter")  # and not the ID reader's button
    expect(li.page.get_by_text(re.compile("李四，"))).to_be_visible()
    li.press("确认办理")
    expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
    li.press("回到清单")
    li.document()
    li.press("查找")
    expect(li.page.get_by_role("link", name="撤销")).to_be_visible()
    fit(li)


def test_registered(city: City, li: Clerk) -> None:
    """A card that nobody knows leads to its form; the document is read, what is there is kept."""
    li.go("/")
    with laid(city, chip_of(5).card):
        li.press("登记这张卡")
        li.page.get_by_label("卡面上的合作银行代号").fill("BOB")
        li.press("用阅读器读证件")
        li.id_reader.lay(id_card("citizen", name=NAME, number=citizen_id(5)))
        expect(li.page.get_by_role("button", name="重新读")).to_be_visible()
        li.id_reader.lift()
        li.press("下一步")
        expect(li.page.get_by_text("须两人办理")).to_be_visible()
        agreed(li)
        li.press("确认办理")
        expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
        assert made_of(chip_of(5), 5).number not in li.page.content()


def test_the_lists(li: Clerk) -> None:
    """The other lists, what an employer handed out, and the other language."""
    li.go("/cards/custody")
    fit(li)
    li.press("登记单位发放")
    fit(li)
    li.page.get_by_label("已发放到本人").first.check()
    li.press("下一步")
    expect(li.page.get_by_text("职工20")).to_be_visible()
    for path in ("production", "deaths", "register", "run/nowhere"):
        li.go(f"/cards/{path}")
        fit(li)
    li.press("English")
    li.go("/cards/do/deaths-fetch")
    li.press("Do it")
    expect(li.page.get_by_role("heading", name="Done")).to_be_visible()
    left = [each for each in li.complained if "409" not in each and "404" not in each]  # refusals
    assert left == []
    assert [each for each in li.asked if not each.startswith(li.address)] == []
