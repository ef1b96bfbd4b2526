"""Papers as PDF: what another people's program reads in them, and what no font has."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from printers import text_of

from terminal.documents.fonts import CANDIDATES, FontFile, Fonts
from terminal.documents.paper import Column, Paper, Report, row
from terminal.documents.pdf import Pdf, paper_pdf, report_pdf
from terminal.errors import FontMissing
from terminal.texts import Text

AT = datetime(2026, 3, 4, 7, 6, 7, tzinfo=UTC)
TITLE = Text("社会保障卡业务受理单", "Acceptance slip")
NAME = Text("姓名", "Name")
UNKNOWN = "\U00030000"
"""A character of 2020, which no font of the list has."""


def paper(value: str = "测试", **more: object) -> Paper:
    return Paper(TITLE, "测试网点", "SL-1", AT, (row(NAME, value),), **more)  # type: ignore[arg-type]


def report(count: int, *, cell: str = "测试", wide: bool = False) -> Report:
    columns = (Column(Text("序号", "No."), 1, right=True), Column(NAME, 3))
    rows = tuple((Text(str(each), str(each)), Text(cell, cell)) for each in range(count))
    return Report(Text("清单", "List"), "测试网点", AT, columns, rows, (TITLE,), "C0001", wide)


def squeezed(pdf: Pdf) -> str:
    """Read the text without its blanks."""
    return "".join(text_of(pdf.data).split())


def test_what_is_read_in_it() -> None:
    """Everything on the paper can be read and copied, by a program that is not ours."""
    text = squeezed(
        paper_pdf(
            paper(
                amount=123_456,
                notices=(Text("请妥善保管", "Keep it"),),
                signatures=(Text("持卡人签名", "Holder"),),
                copy=True,
                operator="C0001",
            )
        )
    )
    for said in (
        "补打",
        TITLE.zh,
        "编号SL-1",
        "网点测试网点",
        "姓名测试",
        "金额¥1234.56",
        "金额大写人民币壹仟贰佰叁拾肆元伍角陆分",
        "经办人C0001",
        "打印时间2026-03-0415:06:07",
        "1.请妥善保管",
        "持卡人签名：",
        "第1页，共1页",
    ):
        assert said in text


def test_in_english() -> None:
    """The same paper in the other language; the capitals are Chinese money's own."""
    text = squeezed(paper_pdf(paper(amount=100, signatures=(Text("签名", "Holder"),)), "en"))
    for said in ("Acceptanceslip", "NumberSL-1", "人民币壹元整", "Holder:", "Page1of1"):
        assert said in text
    assert "COPY" not in text


@pytest.mark.parametrize("name", ["测试㐂", "测试𠮷", "测试䶮", "测试·阿甲", "〇〇"])
def test_rare_names(name: str) -> None:
    """Rare characters are drawn, each from a font that has it, and can be searched for."""
    pdf = paper_pdf(paper(name))
    assert pdf.missing == ()
    assert name in squeezed(pdf)


def test_what_no_font_has() -> None:
    """A character that cannot be drawn shows as 〓 and is told, once, so that it is written in."""
    pdf = paper_pdf(paper(f"测{UNKNOWN}试{UNKNOWN}葛\U000e0100"))
    assert pdf.missing == (UNKNOWN, "葛\U000e0100")
    assert "测〓试〓葛" in squeezed(pdf)
    assert UNKNOWN not in repr(pdf)


@pytest.mark.parametrize("value", ["<b>&</b>", "&lt;i/&gt;<para>", "%PDF (x) \\051 )Tj", "{0}%s"])
def test_markup_is_text(value: str) -> None:
    """What a value says about its looks is only text, whoever wrote it there."""
    assert "".join(value.split()) in squeezed(paper_pdf(paper(value)))


def test_no_name_is_turned_round() -> None:
    """A mark that turns the direction of writing would show another name."""
    assert "测试甲" in squeezed(paper_pdf(paper("测\u202e试甲")))


def test_the_same_paper_is_the_same_file() -> None:
    """A file is compared and signed by its bytes: nothing in it comes from a clock but the paper's.

    In another process too, where fonts are opened in another order.
    """
    script = (
        "import sys; sys.path[:0] = ['tests/terminal/documents', 'tests/support']\n"
        "from terminal.documents.fonts import Fonts; list(Fonts().runs('x')); import test_pdf\n"
        "sys.stdout.buffer.write(test_pdf.paper_pdf(test_pdf.paper('𠮷测试')).data)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    paper_pdf(paper("测试"))
    assert done.stdout == paper_pdf(paper("𠮷测试")).data
    assert b"D:20260304150607+08'00'" in done.stdout


def test_a_paper_of_several_pages() -> None:
    """Whatever is told to people is all there, and each page says which it is of how many."""
    notices = tuple(Text(f"第{each}条" + "须知" * 60, "x") for each in range(40))
    pdf = paper_pdf(paper(notices=notices, signatures=(NAME,) * 3))
    pages = text_of(pdf.data).split("\f")[:-1]
    assert len(pages) > 1
    assert all(f"第 {page} 页，共 {len(pages)} 页" in said for page, said in enumerate(pages, 1))
    assert all(f"第{each}条须知" in squeezed(pdf) for each in range(40))


def test_a_signature_that_was_drawn() -> None:
    """It stands over the first line to sign on, and over no other."""
    signers = (Text("持卡人签字", "holder"), Text("经办人签字", "clerk"))
    bare = paper_pdf(paper(signatures=signers))
    stroke = ((0.0, 0.0), (0.5, 0.3), (1.0, 0.1))
    signed = paper_pdf(paper(signatures=signers, signed=(stroke, stroke)))
    assert squeezed(signed) == squeezed(bare)
    assert lines_in(signed) == lines_in(bare) + 4


def lines_in(pdf: Pdf) -> int:
    """Count the lines that are drawn."""
    done = subprocess.run(
        ["pdftocairo", "-svg", "-", "-"], input=pdf.data, capture_output=True, check=True
    )
    return done.stdout.count(b"stroke-width")


@pytest.mark.parametrize("wide", [False, True])
def test_a_list(wide: bool) -> None:
    """A list has its head on each page, every row once and in order, and what stands below it."""
    text = text_of(report_pdf(report(150, wide=wide)).data)
    pages = text.split("\f")[:-1]
    assert len(pages) > 1
    assert all("姓名" in page for page in pages)
    assert f"第 1 页，共 {len(pages)} 页" in pages[0]
    numbers = [int(line.split()[0]) for line in text.splitlines() if line.split()[1:] == ["测试"]]
    assert numbers == list(range(150))
    assert TITLE.zh in pages[-1]


def test_an_empty_list() -> None:
    """A list without rows says so: a blank page looks like a broken one."""
    assert "（没有记录）" in squeezed(report_pdf(report(0)))


def test_a_row_longer_than_a_page() -> None:
    """A cell may be longer than the sheet: it goes on on the next one, and ends."""
    text = squeezed(report_pdf(report(1, cell="甲" * 5000)))
    assert text.count("甲") == 5000


def test_no_font_at_all(tmp_path: Path) -> None:
    """Without a Chinese font no document is drawn with boxes in it: the package is named."""
    (tmp_path / "none.ttf").write_text("none")
    with pytest.raises(FontMissing) as raised:
        Fonts([FontFile(tmp_path / "none.ttf"), FontFile(tmp_path / "gone.ttf")])
    assert "gone.ttf" in raised.value.cause("zh")
    assert "fonts-wqy-zenhei" in raised.value.advice("en")


def test_fonts_of_ones_own() -> None:
    """The list of fonts can be another: then what those lack is missing."""
    common = Fonts(CANDIDATES[:1])
    pdf = paper_pdf(paper("𠮷㐂"), fonts=common)
    assert pdf.missing == ("𠮷",)
    assert "〓㐂" in squeezed(pdf)


def test_pdf_is_loaded_when_it_is_wanted() -> None:
    """A counter that prints no PDF does not wait for reportlab."""
    script = (
        "import sys\n"
        "import terminal.documents.paper, terminal.documents.receipt, terminal.documents.capitals\n"
        "assert not [name for name in sys.modules if name.startswith('reportlab')]"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
