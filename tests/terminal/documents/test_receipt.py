"""A paper as the page of a receipt printer: everything on it, in its width."""

from datetime import UTC, datetime

import pytest
from printers import printers

from terminal.devices.receipt_printer import Cut, TextLine, columns_of
from terminal.documents.paper import Paper, row
from terminal.documents.receipt import receipt_page
from terminal.texts import Text

AT = datetime(2026, 3, 4, 7, 6, 7, tzinfo=UTC)
PAPER = Paper(
    Text("业务受理单", "Acceptance slip"),
    "测试区政务服务中心社保网点",
    "SL-1",
    AT,
    (row(Text("姓名", "Name"), "测试·阿甲"), row(Text("备注", "Note"), "很长的备注，" * 8)),
    amount=100,
    notices=(Text("请妥善保管。", "Keep this slip in a safe place, please, and bring it again."),),
    signatures=(Text("签名", "Holder"),),
    copy=True,
    operator="C0001",
)


@pytest.mark.parametrize("width", [32, 42, 48])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_line_fits(width: int, language: str) -> None:
    """A printer breaks what is too long at any character; so nothing is."""
    page = receipt_page(PAPER, width, "zh" if language == "zh" else "en")
    for item in page.items:
        if isinstance(item, TextLine):
            assert columns_of(item.text) * item.size.width <= width
    assert isinstance(page.items[-1], Cut)


def test_on_paper() -> None:
    """What the software printer has on its paper in the end, of 58 mm."""
    both = printers(32)
    both.driver.print(receipt_page(PAPER, both.driver.width))
    assert both.printer.lines == [
        "                        【补打】",
        "           业务受理单",
        "-" * 32,
        "编号：SL-1",
        "网点：测试区政务服务中心社保网点",
        "姓名：测试·阿甲",
        "备注：很长的备注，很长的备注，很",
        "  长的备注，很长的备注，很长的备",
        "  注，很长的备注，很长的备注，很",
        "  长的备注，",
        "金额：￥1.00",
        "金额大写：人民币壹元整",
        "经办人：C0001",
        "打印时间：2026-03-04 15:06:07",
        "-" * 32,
        "请注意：",
        "1. 请妥善保管。",
        "",
        "",
        "签名：" + "_" * 26,
        *[""] * 5,
        "- " * 15 + "-",
    ]


def test_words_stay_whole() -> None:
    """English goes on in the next line between words."""
    said = [item.text for item in receipt_page(PAPER, 32, "en").items if isinstance(item, TextLine)]
    at = said.index("1. Keep this slip in a safe")
    assert said[at + 1 : at + 3] == ["  place, please, and bring it", "  again."]
