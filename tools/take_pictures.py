"""Take pictures of the console's main screens, as a clerk comes to them."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/support"))

from browsing import Clerk, chromium, clerk, laid
from city import City, open_city
from PIL import Image
from playwright.sync_api import expect
from serving_desk import chip_of

from emulator.pin_pad_entry import parse_keys

_COLOURS = 128
SIZE = {"width": 1280, "height": 900}


class Album:
    """Take pictures of a clerk's page into a folder."""

    def __init__(self, folder: Path, sitting: Clerk) -> None:
        self._folder = folder
        self.sitting = sitting

    def take(self, name: str, *, shows: str) -> None:
        """Take one, once the page shows a text."""
        page = self.sitting.page
        expect(page.get_by_text(shows).first).to_be_visible()
        page.evaluate("document.fonts.ready")
        page.mouse.move(0, 0)
        shot = Image.open(BytesIO(page.screenshot()))
        shot.quantize(_COLOURS).save(self._folder / f"{name}.png", optimize=True)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        at = opened.enter_context(tempfile.TemporaryDirectory(prefix="guitai-pictures-"))
        city = opened.enter_context(open_city(Path(at)))
        browser = opened.enter_context(chromium())
        with clerk(browser, city, viewport=SIZE) as li:
            at_the_counter(city, Album(folder, li))
        with clerk(browser, city, "agent", viewport=SIZE) as he:
            on_the_telephone(Album(folder, he))


def at_the_counter(city: City, album: Album) -> None:
    li = album.sitting
    li.go("/")
    album.take("sign-in", shows="签到")
    li.sign_in()
    open_the_day(li)
    li.go("/")
    with laid(city, chip_of(1).card):
        album.take("card", shows="现在可以办理")
        li.press("交通账户充值")
        li.page.get_by_label("金额（元）").fill("50")
        album.take("form", shows="收付方式")
        li.press("下一步")
        album.take("check", shows="人民币伍拾元整")
        li.press("确认办理")
        album.take("done", shows="已办理")
        li.press("下一位")
        li.press("修改服务密码")
        li.document()
        li.press("下一步")
        li.typed[:] = ["1234"]
        li.hold_entry = True
        li.press("确认办理")
        album.take("pin", shows="●●●●")
        li.hold_entry = False
        li.typed[:] = ["864202", "864202"]
        li.pad.press(*parse_keys("56 ENTER"))
        expect(li.page.get_by_role("heading", name="已办理")).to_be_visible()
    li.go("/person")
    li.document(2, "李四")
    li.press("查找")
    album.take("person", shows="现在可以办理")
    for name, path, shows in (
        ("cards", "/cards", "拾获"),
        ("day", "/day", "今日"),
        ("journal", "/day/journal", "流水"),
        ("chart", "/day/chart", "共办理"),
    ):
        li.go(path)
        album.take(name, shows=shows)
    li.go("/desk")
    expect(li.page.get_by_text("检查时间：")).to_be_visible()
    # Ports and sockets of a counter that is made up have names that mean nothing.
    li.page.get_by_text("登记库", exact=True).first.evaluate("e => e.scrollIntoView()")
    album.take("desk", shows="密码键盘")
    li.sign_in("shen")
    album.take("audit", shows="审计")


def open_the_day(li: Clerk) -> None:
    li.go("/day/open")
    expect(li.page.get_by_text("检查时间：")).to_be_visible()
    li.page.get_by_label("备用金").fill("200")
    li.press("下一步")
    li.press("开班")
    expect(li.page.get_by_role("heading", name="已经开班")).to_be_visible()


def on_the_telephone(album: Album) -> None:
    he = album.sitting
    he.sign_in("he")
    he.page.get_by_label("来电编号").fill("96066-20260302-0017")
    he.press("接听")
    he.document()
    he.page.get_by_label("登记手机号码的最后 4 位").fill("0000")
    he.press("核对")
    album.take("hotline", shows="来电人身份与登记一致")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
