"""Every service of the rules once through at the console: real Chromium, cards on the real daemon.

Those by telephone are in test_console_hotline.py. Each test is somebody's life with their cards, or
a part of it; a service is begun where a clerk would begin it, at the card or at the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from browsing import Clerk, chromium, clerk, laid
from city import BESIDE, COUNTER, YEAR, City, open_city
from playwright.sync_api import expect
from registry import citizen_id
from registry_desk import FILES, WORD
from serving_desk import chip_of, made_of

from terminal.registry import cards, persons, seats
from terminal.registry.persons import NewPerson
from terminal.registry.store import open_registry
from terminal.registry.vault import Vault, load_key
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.states import Financial
from terminal.rules.vocabulary import SERVICES, Generation, Service

PIN = "318527"
PAYOUT = "6217000011112222"
SEEN: set[Service] = set()
"""What was done."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter that makes cards on the spot, too."""
    with open_city(tmp_path_factory.mktemp("services")) as opened:
        seat = opened.folder / "clerk.toml"
        said = seat.read_text("utf-8").replace("[outlet]", "[outlet]\ninstant = true")
        seat.write_text(said.replace(f'old = "{COUNTER}"', f'old = "{BESIDE}"'), "utf-8")
        yield opened


@pytest.fixture(scope="module")
def li(city: City) -> Iterator[Clerk]:
    """Sit a clerk down, and sign them in."""
    with chromium() as browser, clerk(browser, city) as sitting:
        sitting.sign_in()
        yield sitting
        assert [each for each in sitting.asked if not each.startswith(sitting.address)] == []


def empty(li: Clerk) -> None:
    """See that what lay on the reader before is gone."""
    li.go("/")
    expect(li.page.get_by_role("heading", name="请放上社会保障卡")).to_be_visible()


@dataclass
class Someone:
    """Hold somebody who comes to the counter."""

    sequence: int
    name: str
    li: Clerk
    city: City
    chip: Any = None

    @property
    def number(self) -> str:
        """Give their number."""
        return citizen_id(self.sequence)

    # --- Where they stand ----------------------------------------------------------------------

    def comes(self, by: str = "") -> None:
        """Have their document keyed in; ``by`` is who comes for them."""
        self.li.go("/person")
        self.li.document(self.sequence, self.name)
        self.li.press("查找")
        self.li.page.wait_for_url("**/guest/*")
        if by:
            self.li.page.get_by_role("link", name=by, exact=True).click()

    @contextmanager
    def lays(self, chip: Any = None) -> Iterator[None]:
        """Have their card lie on the reader, and be shown."""
        empty(self.li)
        with laid(self.city, chip or self.chip):
            expect(self.li.page.get_by_role("heading", name="现在可以办理")).to_be_visible()
            yield

    # --- What is done --------------------------------------------------------------------------

    def begin(self, service: Service, *, document: bool = False) -> None:
        """Press what is offered; a card that lies there may want its holder's document too."""
        offer = self.li.page.locator(f'a.offer[href^="/serve/{service.value}/"]')
        expect(offer).to_contain_text(SERVICES[service].zh)
        offer.click()
        if document:
            self.li.document(self.sequence, self.name)

    def done(self, service: Service, *, two: bool = False) -> dict[str, str]:
        """Check and do what is filled in; gives the slip."""
        page = self.li.page
        self.li.press("下一步")
        expect(page.get_by_text("流水号")).to_be_visible()
        assert "Text(" not in page.inner_text("main")
        if two:
            page.get_by_label("复核人工号").fill("zhang")
            page.get_by_label("复核人密码").fill(WORD)
            page.get_by_label("理由").fill("现场核实")
        self.li.press("确认办理")
        return self.slip(service)

    def slip(self, service: Service) -> dict[str, str]:
        """Wait until it is done, and give what the slip says."""
        page = self.li.page
        expect(page.get_by_role("heading", name="已办理")).to_be_visible()
        SEEN.add(service)
        labels = page.locator("dl.slip dt").all_inner_texts()
        return dict(zip(labels, page.locator("dl.slip dd").all_inner_texts(), strict=True))

    def at_card(
        self, service: Service, *, document: bool = True, two: bool = False, **said: str
    ) -> dict[str, str]:
        """Do a service with the card that lies there, from the first page on."""
        self.li.go("/")
        self.begin(service, document=document)
        self.say(**said)
        return self.done(service, two=two)

    def at_document(
        self, service: Service, by: str = "", *, two: bool = False, **said: str
    ) -> dict[str, str]:
        """Do a service by the document alone; ``by`` shows their own, and all their papers."""
        self.comes(by)
        self.begin(service)
        if by:
            self.agent()
        self.say(**said)
        return self.done(service, two=two)

    def agent(self, document: str = "办理人的证件") -> None:
        """Have who comes for them show their document and papers."""
        page = self.li.page
        acting = page.get_by_role("group", name=document)
        acting.get_by_label("证件号码", exact=True).fill(citizen_id(99))
        acting.get_by_label("再输入一次号码").fill(citizen_id(99))
        acting.get_by_label("姓名", exact=True).fill("何代办")
        for each in page.locator('[name="paper"]:visible').all():
            each.check()

    def say(self, **said: str) -> None:
        """Fill in what is wanted, by the names of the wishes."""
        for name, value in said.items():
            field_ = self.li.page.locator(f'[name="wish.{name}"]')
            kind = field_.first.evaluate("each => each.tagName + each.type")
            match kind:
                case "SELECTselect-one":
                    field_.select_option(value)
                case "INPUTcheckbox":
                    self.li.page.locator(f'[name="wish.{name}"][value="{value}"]').check()
                case _:
                    field_.fill(value)


def known(
    city: City, li: Clerk, sequence: int, name: str, pin: str | None = PIN, **facts: Any
) -> Someone:
    """Put somebody with an enabled card on record, past the console."""
    chip = chip_of(sequence, name=name, pin=pin)
    vault = Vault(load_key(city.folder / FILES["key_file"]))
    registry = open_registry(city.folder / FILES["file"], vault, lambda: datetime.now(UTC))
    with registry.writing() as tx:
        document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(sequence))
        new = NewPerson(PersonKind.CITIZEN, name, document, mobile="13800000000")
        person = persons.add(tx, new)
        said = {"bank": "BOB", "region": "110000", "financial": Financial.ON} | facts
        card = cards.register(tx, person.id, Generation.THIRD, made_of(chip, sequence), **said)
        seats.take(tx, person.id, card_id=card.id)
    registry.close()
    return Someone(sequence, name, li, city, chip)


def made(city: City, someone: Someone, application: str, number: int) -> Any:
    """Have a card made elsewhere for an application."""
    city.clerk("production", "verify")
    chip = chip_of(someone.sequence, number, name=someone.name, pin=None)
    facts = made_of(chip, someone.sequence, number)
    said = ("--number", facts.number, "--chip", facts.chip, "--json")
    ran = city.at("issuer", "production", "made", application, *said)
    assert ran.json["action"] == "made"
    return chip


def signed(li: Clerk) -> None:
    """Write a name by hand, at the second try, and see it at the check; back again to go on."""
    field = li.page.get_by_role("img", name="手写签名")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    for tried in range(2):
        li.page.mouse.move(box["x"] + 20, box["y"] + 20)
        li.page.mouse.down()
        li.page.mouse.move(box["x"] + 80, box["y"] + 60, steps=5)
        li.page.mouse.move(box["x"] + 140, box["y"] + 20 + tried, steps=5)
        li.page.mouse.up()
        if not tried:
            li.press("重新签")
    li.press("下一步")
    drawn = li.page.locator("svg.signed path").get_attribute("d")
    assert drawn is not None
    assert (drawn.count("M"), drawn.endswith("L138 19")) == (1, True)  # its frame is 2 wide
    assert li.complaints() == []
    li.page.go_back()
    assert li.page.locator('[name="wish.signature"]').input_value() == drawn


def test_a_first_card(city: City, li: Clerk, tmp_path: Path) -> None:
    """Applied for, made on the spot, collected, enabled: each step is what the next one finds."""
    zhao = Someone(11, "赵新", li, city)
    zhao.comes()
    zhao.begin(Service.APPLY)
    zhao.say(bank="BOB", mobile="13911112222", occupation="20800", address="北京市东城区")
    zhao.say(valid_until="2036-01-31", instant="yes")
    photo = tmp_path / "photo.png"
    li.page.locator("h1").first.screenshot(path=photo)
    li.page.locator('[name="wish.photo"]').set_input_files(photo)
    li.page.get_by_label("个人照片").check()
    signed(li)
    application = zhao.done(Service.APPLY)["申请编号"]
    with li.page.expect_download() as downloading:
        li.press("受理单 PDF")
    assert downloading.value.path().read_bytes().startswith(b"%PDF-")
    assert application in str(zhao.at_document(Service.PROGRESS))
    li.sign_in("wu")
    assert zhao.at_document(Service.INSTANT)["进度"] == "制卡中"
    li.sign_in()
    zhao.chip = made(city, zhao, application, 1)
    empty(li)
    with laid(city, zhao.chip):
        zhao.comes()
        zhao.begin(Service.COLLECT)
        li.typed[:] = [PIN, PIN]
        assert zhao.done(Service.COLLECT)["服务密码"] == "已由本人设置"
    with zhao.lays():
        assert zhao.at_card(Service.ENABLE)["社会保障功能"] == "已启用"
        assert zhao.at_card(Service.FIN_ACTIVATE)["金融功能"] == "已激活"
        assert "已启用" in str(zhao.at_card(Service.STATUS, document=False))


def test_pins(city: City, li: Clerk) -> None:
    """Set for the first time, changed, set anew: at the pad only."""
    qian = known(city, li, 12, "钱安", pin=None)
    with qian.lays():
        li.typed[:] = [PIN, PIN]
        qian.at_card(Service.PIN_SET)
        li.typed[:] = [PIN, "864202", "864202"]
        qian.at_card(Service.PIN_CHANGE)
        li.typed[:] = ["975313", "975313"]
        qian.at_card(Service.PIN_RESET)
        li.typed[:] = ["975313"]
        qian.at_card(Service.DATA_MINOR, mobile="13922223333")


def test_money_and_passes(city: City, li: Clerk) -> None:
    """On the chip, off it again, and a pass that goes along to the next card."""
    sun = known(city, li, 13, "孙乐")
    with sun.lays():
        load = sun.at_card(Service.TRANSIT_LOAD, document=False, fen="30", method="cash")
        assert load["交通余额"] == "30.00 元"
        refund = sun.at_card(Service.TRANSIT_REFUND, method="cash")
        assert "30.00 元" in str(refund)
        sun.at_card(Service.PARK_BUY, document=False, year=str(YEAR), method="cash")
        renewed = sun.at_card(Service.RENEW, grounds="face", payout=PAYOUT)
    new = made(city, sun, renewed["申请编号"], 2)
    empty(li)
    with laid(city, new), laid(city, sun.chip, 1):
        moved = sun.at_document(Service.PARK_MOVE)
    assert moved["转入的公园年票"] == f"{YEAR} 年"
    empty(li)
    with laid(city, new), laid(city, sun.chip, 1):
        sun.comes()
        sun.begin(Service.COLLECT)
        li.typed[:] = [PIN, PIN]
        sun.done(Service.COLLECT)


def test_another_bank(city: City, li: Clerk) -> None:
    """The card is handed in here, the next one is the other bank's to hand out."""
    li_ming = known(city, li, 14, "黎明")
    with li_ming.lays():
        changed = li_ming.at_card(Service.BANK_CHANGE, bank="ICBC", payout=PAYOUT)
    assert "ICBC" in str(changed)


def test_another_name(city: City, li: Clerk) -> None:
    """The offices changed it first; the counter only follows."""
    wu = known(city, li, 15, "吴旧")
    city.script("data_sharing", "add_person", number=wu.number, name="吴旧")
    city.script(
        "data_sharing",
        "change_person",
        number=wu.number,
        changed_on="2026-11-20",
        by=["social", "medical"],
        name="吴新",
    )
    with wu.lays():
        wu.name = "吴新"
        changed = wu.at_card(Service.DATA_BASIC, payout=PAYOUT, valid_until="2046-01-31")
    assert "申请编号" in changed


def test_losses(city: City, li: Clerk) -> None:
    """By the document alone; found again, lost for good, replaced."""
    zhou = known(city, li, 16, "周失")
    zhou.at_document(Service.LOSS_TEMP, "代理人")
    zhou.at_document(Service.LOSS_SOCIAL)
    zhou.comes()
    with zhou.lays():
        zhou.at_card(Service.UNLOSS)
    zhou.at_document(Service.LOSS_FULL)
    assert "申请编号" in zhou.at_document(Service.REPLACE)


def test_what_is_the_banks(city: City, li: Clerk) -> None:
    """Five matters go to the bank by its own number."""
    zheng = known(city, li, 17, "郑行")
    for service in (Service.FIN_PIN, Service.FIN_MOBILE, Service.FIN_LOSS, Service.FIN_UNLOSS):
        assert zheng.at_document(service)["银行业务编号"]
    assert zheng.at_document(Service.FIN_CANCEL)["银行业务编号"]


def test_cancelled(city: City, li: Clerk) -> None:
    """One function by its holder, all of a deceased's by kin."""
    wang = known(city, li, 18, "王离")
    assert "注销" in str(wang.at_document(Service.CANCEL_SOCIAL))
    feng = known(city, li, 19, "冯故")
    city.script("data_sharing", "add_person", number=feng.number, name="冯故", closed=True)
    city.script("data_sharing", "report_death", number=feng.number, deceased_on="2026-11-01")
    with feng.lays():
        li.press("亲属")
        feng.begin(Service.CANCEL_ALL)
        feng.agent()
        feng.say(payout=PAYOUT, deceased_on="2026-11-01")
        assert "注销" in str(feng.done(Service.CANCEL_ALL))


def test_a_visit(city: City, li: Clerk) -> None:
    """Two go to who cannot come."""
    chen = known(city, li, 20, "陈家")
    wanted = {"address": "朝阳区建国路", "services": "S-PIN-RESET"}
    visit = chen.at_document(Service.VISIT, two=True, **wanted)
    assert "重置服务密码" in str(visit)


def test_an_employer(city: City, li: Clerk, tmp_path: Path) -> None:
    """Its person applies for many, and collects what was made."""
    rows = (
        ("居民身份证", citizen_id(31), "褚一", "13900000001", "20800", "北京市", "长期", "是"),
        ("居民身份证", citizen_id(32), "卫二", "13900000002", "20800", "北京市", "长期", "是"),
        ("居民身份证", citizen_id(33), "蒋三", "13900000003", "20800", "北京市", "长期", "否"),
    )
    heads = "证件类型,证件号码,姓名,手机号码,职业代码,常住地址,证件有效期截止日,本人已确认"
    text = "\r\n".join([heads, *(",".join(each) for each in rows)])
    listed = tmp_path / "persons.csv"
    listed.write_bytes(text.encode("gb18030"))
    firm = Someone(0, "", li, city)
    li.go("/person")
    li.press("单位业务")
    firm.begin(Service.GROUP)
    firm.agent("经办人的证件")
    firm.say(bank="BOB", employer="某某科技有限公司", licence="91110105MA01ABCDEF")
    firm.say(contact="13700000000")
    li.page.locator('[name="wish.rows"]').set_input_files(listed)
    slip = firm.done(Service.GROUP)
    assert (slip["已受理"], slip["未受理"]) == ("2 人", "1 人")
    listed_ = city.clerk("production", "list")["applications"]
    theirs = [each for each in listed_ if each["batch"] == int(slip["批次编号"])]
    for sequence, each in enumerate(theirs, 31):
        made(city, Someone(sequence, rows[sequence - 31][2], li, city), str(each["application"]), 1)
    li.go("/guest/employer")
    firm.begin(Service.COLLECT_GROUP)
    firm.agent("经办人的证件")
    firm.say(batch=slip["批次编号"])
    assert firm.done(Service.COLLECT_GROUP)["交给单位"] == "2 张"


def test_nothing_was_left_out(li: Clerk) -> None:
    """Every service was done above, but for the one that only telephones and the web take."""
    assert set(Service) - SEEN == {Service.FEEDBACK}
    assert li.complained == []
