"""What pages say instead of commands: nothing typed is asked of a clerk, and nothing is lost."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from console_in_process import ConsoleInProcess
from day_pages import day_console, plain
from serving_desk import typed

import terminal
from emulator.parties.party import Fault
from terminal.errors import PurseUnsettled, RunNotLeft, SecondPersonNeeded
from terminal.rules.vocabulary import SERVICES
from terminal.texts import LANGUAGES, Language, Text
from terminal.web.at_console import at_console
from terminal.web.at_console_table import CLERKS
from terminal.web.at_console_table_it import FOR_IT
from terminal.web.card_acts import SECTIONS
from terminal.web.card_specs import SPECS
from terminal.web.places import _ENTRIES
from terminal.web.rendering import render

ROOM = Path(terminal.__file__).parent
SYSTEMS = ("systemctl ", "apt ", "usermod ", "udevadm ", "journalctl ", "ldconfig", "modprobe ")
"""Commands of the machine; whoever types them is from IT."""
ITS = {
    "guitai doctor",
    "guitai readers",
    "guitai card files",
    "guitai card get",
    "guitai card set",
    "guitai park show",
    "guitai park move",
    "guitai park decide",
    "guitai operator add",
    "guitai operator recover",
    "guitai operator password",
    "guitai keys check",
    "guitai config check",
    "guitai registry init",
    "guitai journal init",
    "guitai restore",
    "guitai program",
}
"""Commands for which there is no page, and what else stays in a sentence to IT."""
ITS_OPTIONS = {
    *("--json", "--instead", "--dead", "--formerly", "--without-card", "--input"),
    *("--replace", "--only", "--with-key", "--passphrase-file", "--key-version", "--port"),
    # --- of the machine's commands:
    *("--now", "--unit", "--system", "--force", "--append", "--groups", "--remove", "--reload"),
    *("--reinstall", "--kill", "--user", "--config"),
}
GROUP = re.compile(r"(?:--system|--groups|group|放行) guitai")
"""The users' group of that name, which is nothing to type."""
COMMAND = re.compile(r"guitai (?:--config \S+ )?([a-z]+(?: [a-z]+)?|程序)")
OPTION = re.compile(r"--[a-z][a-z-]*")
HARD_KEYS = ("20261128-AAAA-BBBB-CCCC", "K7.a/2", "张三-0001", "3f2a9c1e")


def said(node: ast.expr) -> str | None:
    """Give what an argument says; what a literal computes stands as ``{}``."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(
                str(each.value) if isinstance(each, ast.Constant) else "{}" for each in values
            )
    return None


@cache
def literals() -> tuple[Text, ...]:
    """Give every sentence that is written in the terminal, but for the command line's own."""
    found = []
    for path in sorted(ROOM.rglob("*.py")):
        if path.is_relative_to(ROOM / "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Text")):
                continue
            both = [said(each) for each in (*node.args, *(each.value for each in node.keywords))]
            if len(both) == len(LANGUAGES) and None not in both:
                found.append(Text(both[0] or "", both[1] or ""))
    return tuple(dict.fromkeys(found))


def mentions(sentence: str) -> Iterator[str]:
    """Give the commands and options that a sentence names."""
    sentence = GROUP.sub("", sentence)
    for match in COMMAND.finditer(sentence):
        words = match[1].replace("程序", "program").split()
        # The word after a command is an argument of it where it names no command of a group.
        one, two = f"guitai {words[0]}", f"guitai {' '.join(words)}"
        yield one if one in ITS else two
    yield from OPTION.findall(sentence)


NAMING = tuple(
    each for each in literals() if any(any(mentions(each.say(lang))) for lang in LANGUAGES)
)


def test_the_scan_sees_the_sentences() -> None:
    """A scan that found nothing would prove nothing."""
    assert len(literals()) > 1000
    assert len(NAMING) > 100


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", NAMING, ids=lambda each: each.en[:60])
def test_no_page_asks_a_clerk_to_type(text: Text, language: Language) -> None:
    """Whoever writes a sentence with a command has to say what the console does about it."""
    sentence = at_console(text).say(language)
    left = set(mentions(sentence))
    assert left <= ITS | ITS_OPTIONS
    assert not left or is_to_it(sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_of_the_machine_are_its(language: Language) -> None:
    """The doctor's remedies stand on the page of the desk, which clerks read."""
    asked = [each for each in literals() if any(name in each.say(language) for name in SYSTEMS)]
    assert len(asked) > 20
    for each in asked:
        assert is_to_it(at_console(each).say(language)), each


def is_to_it(sentence: str) -> bool:
    """Say whether a sentence is plainly addressed to IT."""
    return "技术人员" in sentence or re.search(r"\bIT\b", sentence) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_row_is_left_over(language: Language) -> None:
    """A row that fits no sentence any more hides that its sentence was worded anew."""
    rows = [
        row for each in (*CLERKS, *FOR_IT) for row in (each.zh if language == "zh" else each.en)
    ]
    fitting = set()
    for text in literals():
        sentence = text.say(language)
        for number, (pattern, instead) in enumerate(rows):
            sentence, count = re.subn(pattern, instead, sentence)
            if count:
                fitting.add(number)
    assert [row for number, row in enumerate(rows) if number not in fitting] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_quoted_stands_on_a_page(language: Language) -> None:
    """A clerk looks for the button by its very word; a renamed one would be looked for in vain."""
    templates = "".join(
        each.read_text() for each in sorted((ROOM / "web" / "templates").glob("*.html"))
    )
    rooms = (*(each for each, _ in SECTIONS.values()), *(each.title for each in SPECS.values()))
    titles = {each.say(language) for each in (*SERVICES.values(), *_ENTRIES.values(), *rooms)}
    for mention in (*CLERKS, *FOR_IT):
        for _, instead in mention.zh if language == "zh" else mention.en:
            for label in re.findall(r"“([^”]+)”", instead):
                assert label in templates or label in titles


# --- Samples, read aloud --------------------------------------------------------------------------

SAMPLES = (
    # Each: the sentence at the command line, and at the console.
    (
        Text(
            "请放回同一张卡，运行 guitai transit recover 查清；现金先不要收付",
            "Put the same card back and run guitai transit recover; let no cash change hands yet",
        ),
        Text(
            "请放回同一张卡，点“接着办”查清；现金先不要收付",
            "Put the same card back and press “Go on”; let no cash change hands yet",
        ),
    ),
    (
        Text(
            "不要重做，也不要退费；请放回同一张卡运行 guitai park recover，由卡说明结果",
            "Neither repeat nor refund it; put the same card back and run guitai park recover: the"
            " card tells",
        ),
        Text(
            "不要重做，也不要退费；请放回同一张卡点“接着办”，由卡说明结果",
            "Neither repeat nor refund it; put the same card back and press “Go on”: the card"
            " tells",
        ),
    ),
    (
        Text(
            "不要重做；网络恢复后放上这张卡运行 guitai park recover 补报",
            "Do not repeat it; when the network is back run guitai park recover with this card",
        ),
        Text(
            "不要重做；网络恢复后放上这张卡点“接着办”补报",
            "Do not repeat it; when the network is back lay this card on and press “Go on”",
        ),
    ),
    (
        Text(
            "不要重做；请留下卡和单据，腾出磁盘空间，再放上这张卡运行 guitai transit recover"
            "（年票：guitai park recover）",
            "Do not repeat it; keep the card and the receipt, free the disk, then run guitai"
            " transit recover (a pass: guitai park recover) with this card",
        ),
        Text(
            "不要重做；请留下卡和单据，请技术人员腾出磁盘空间，再放上这张卡点“接着办”",
            "Do not repeat it; keep the card and the receipt, have IT free the disk, then lay this"
            " card on and press “Go on”",
        ),
    ),
    (
        Text(
            "请放上这张卡运行 guitai transit recover；卡确实回不来的，加 --without-card 认定",
            "Run guitai transit recover with this card; if it will never come back decide with"
            " --without-card",
        ),
        Text(
            "请放上这张卡点“接着办”；卡确实回不来的，勾选“卡回不来了，不再查卡”再点“两人认定”",
            "Lay this card on and press “Go on”; if it will never come back tick “The card will"
            " never come back to be asked” and press “Decide”",
        ),
    ),
    (
        Text(
            "请放上这张卡运行 guitai park recover，再办新的业务；卡已坏或丢失的见 guitai park move"
            " 和 guitai park decide 的 --help",
            "Run guitai park recover with this card before anything new; for a card that is dead"
            " or lost see --help of guitai park move and guitai park decide",
        ),
        Text(
            "请放上这张卡点“接着办”，再办新的业务；卡已坏或丢失的，请技术人员运行 guitai park move"
            " 或 guitai park decide",
            "Lay this card on and press “Go on” before anything new; for a card that is dead or"
            " lost have IT run guitai park move or guitai park decide",
        ),
    ),
    (
        Text(
            "请办完它：guitai service run --key {key}；要用卡的，先放上这张卡",
            "Finish it: guitai service run --key {key}; lay the card on first where it wants one",
        ),
        Text(
            "请办完它：要用卡的，先放上这张卡，再对流水号 {key} 点“接着办”",
            "Finish it: lay the card on where it wants one, then press “Go on” for {key}",
        ),
    ),
    (
        Text(
            "请先用同一流水号办完它（guitai service run --key），再办别的",
            "Finish it under its key first (guitai service run --key), then go on",
        ),
        Text(
            "请先用同一流水号办完它（在“今日”点“接着办”），再办别的",
            "Finish it under its key first (press “Go on” on the page “The day”), then go on",
        ),
    ),
    (
        Text(
            "不要重做；请用 guitai journal show {key} 查看结果",
            "Do not repeat it; guitai journal show {key} shows how it ended",
        ),
        Text(
            "不要重做；请在“今日”的“流水”中打开 {key} 查看结果",
            "Do not repeat it; entry {key} in the “Journal” of “The day” shows how it ended",
        ),
    ),
    (
        Text(
            "请主管凭 guitai journal show {key} 与清算方核对，再用 guitai journal decide 认定",
            "A supervisor takes guitai journal show {key} to the clearing party, then uses decide",
        ),
        Text(
            "请主管打开“今日”的“流水”中的 {key}，与清算方核对，再在那里点“两人认定”",
            "A supervisor takes entry {key} in the “Journal” of “The day” to the clearing party,"
            " then decides it there with a second person",
        ),
    ),
    (
        Text(
            "请用 guitai journal list 查看流水号",
            "guitai journal list shows the keys there are",
        ),
        Text(
            "请在“今日”的“流水”中查看流水号",
            "The “Journal” of “The day” shows the keys there are",
        ),
    ),
    (
        Text(
            "无需办理；今天办过的请用 guitai journal list --card 核对是否已付款",
            "There is nothing to do; what was done today is in guitai journal list --card",
        ),
        Text(
            "无需办理；今天办过的请在“今日”的“流水”中核对是否已付款",
            "There is nothing to do; what was done today is in the “Journal” of “The day”",
        ),
    ),
    (
        Text(
            "请另一位工作人员到场，用 --second 写明其工号",
            "Have a colleague come and name them by --second",
        ),
        Text(
            "请另一位工作人员到场，由其本人填写“复核人工号”和“复核人密码”",
            "Have a colleague come and fill in “Id of who agrees” and “Their password”",
        ),
    ),
    (
        Text(
            "请复核人在本柜台确认（--second），并写明理由（--reason）",
            "Have one agree at this desk (--second), and state the grounds (--reason)",
        ),
        Text(
            "请复核人在本柜台确认（填写“复核人工号”和“复核人密码”），并写明“理由”",
            "Have one agree at this desk (“Id of who agrees” and “Their password”), and state the"
            " “Grounds”",
        ),
    ),
    (
        Text("没有写明依据（--reason）", "the grounds are not stated (--reason)"),
        Text("没有写明依据", "the grounds are not stated"),
    ),
    (
        Text(
            "读卡器上没有卡；卡读不出来或没有带来的，请加 --no-card 办理",
            "no card lies on the reader; where none can be read, or none was brought, say"
            " --no-card",
        ),
        Text(
            "读卡器上没有卡；卡读不出来或没有带来的，请勾选“不用读卡器”办理",
            "no card lies on the reader; where none can be read, or none was brought, tick “No"
            " reader is to be used”",
        ),
    ),
    (
        Text(
            "确有把握再加 --last-try 重做；否则请凭证件办理密码重置",
            "Repeat it with --last-try if the holder is sure, else have it reset (identity"
            " document)",
        ),
        Text(
            "确有把握再勾选“密码只剩最后 1 次机会也要用”，点“接着办”；否则请凭证件办理密码重置",
            "If the holder is sure tick “spend even the PIN's last try” and press “Go on”, else"
            " have it reset (identity document)",
        ),
    ),
    (
        Text(
            "请凭证件办理密码重置：guitai pin reset",
            "Have it reset with the identity document: guitai pin reset",
        ),
        Text(
            "请凭证件办理“重置服务密码”",
            "Have it reset with the identity document: choose “reset the service PIN”",
        ),
    ),
    (
        Text("请先设置密码：guitai pin set", "Set one first: guitai pin set"),
        Text("请先办理“首次设置服务密码”", "Set one first: choose “set the service PIN”"),
    ),
    (
        Text(
            "知道原密码请用 guitai pin change，忘记了请用 guitai pin reset",
            "Use guitai pin change with the old PIN, guitai pin reset where it is forgotten",
        ),
        Text(
            "知道原密码请办理“修改服务密码”，忘记了请办理“重置服务密码”",
            "Choose “change the service PIN” with the old PIN, “reset the service PIN” where it is"
            " forgotten",
        ),
    ),
    (
        Text("请办理退资：guitai transit refund", "Refund it: guitai transit refund"),
        Text("请办理“交通账户退资”", "Refund it: choose “refund the transit purse”"),
    ),
    (
        Text(
            "请先换领新卡；卡上已有的年票可用 guitai park move 转移",
            "Renew the card first; passes it carries are brought over by guitai park move",
        ),
        Text(
            "请先换领新卡；卡上已有的年票可办理“转移公园年票”",
            "Renew the card first; passes it carries are brought over by “move a park pass”",
        ),
    ),
    (
        Text(
            "{what}（{party}），还没有办过：guitai duties run",
            "{what} ({party}), not tried yet: guitai duties run",
        ),
        Text(
            "{what}（{party}），还没有办过，请在“今日”的“待办”中点“现在办理到期的待办”",
            "{what} ({party}), not tried yet: press “Try what is due now” in “Duties” of “The day”",
        ),
    ),
    (
        Text("请运行 guitai sign-in，再重做", "Run guitai sign-in, then repeat it"),
        Text("请签到，再重做", "Sign in, then repeat it"),
    ),
    (
        Text(
            "请先校准时钟；时钟确实无误的，由两人确认，其中一人是主管：guitai registry clock"
            " --confirm --second 工号",
            "Set the clock right; where it is right, two people confirm it, one of them a"
            " supervisor: guitai registry clock --confirm --second ID",
        ),
        Text(
            "请先校准时钟；时钟确实无误的，由两人确认，其中一人是主管（点“两人确认时钟”）",
            "Set the clock right; where it is right, two people confirm it, one of them a"
            " supervisor (“Two people confirm the clock”)",
        ),
    ),
    (
        Text(
            "什么都没有办。请停止使用登记库，保存一份副本，由审计员运行 guitai audit verify",
            "Nothing was done. Stop using the registry, save a copy, and have the auditor run"
            " guitai audit verify",
        ),
        Text(
            "什么都没有办。请停止使用登记库，保存一份副本，由审计员在“审计”页点“检查”",
            "Nothing was done. Stop using the registry, save a copy, and have the auditor press"
            " “Verify” on the page “Audit”",
        ),
    ),
    (
        Text(
            "请检查读卡器的连线和指示灯，然后运行 guitai doctor",
            "Check the reader's cable and light, then run guitai doctor",
        ),
        Text(
            "请检查读卡器的连线和指示灯，然后打开“设备状态”查看",
            "Check the reader's cable and light, then look at “The desk”",
        ),
    ),
    (
        Text(
            "请重插读卡器后再试；若仍如此，请把 guitai doctor --json 的输出交给技术人员",
            "Plug the reader in again and retry; else give the output of guitai doctor --json to"
            " IT",
        ),
        Text(
            "请重插读卡器后再试；若仍如此，请把“设备状态”的内容告诉技术人员",
            "Plug the reader in again and retry; else tell IT what “The desk” says",
        ),
    ),
    (
        Text(
            "没有卡的请申领；别处发的卡，先用 guitai person register 登记",
            "Who has none applies; one that was issued elsewhere is put on record first (guitai"
            " person register)",
        ),
        Text(
            "没有卡的请申领；别处发的卡，先在“卡务”的“登记已有的卡”中登记",
            "Who has none applies; one that was issued elsewhere is put on record first (“Cards"
            " from before” in “Cards”)",
        ),
    ),
    (
        Text(
            "请挂载磁盘或恢复备份；只有新柜台才运行一次 guitai journal init",
            "Mount the disk or restore the backup; only a new counter runs guitai journal init,"
            " once",
        ),
        Text(
            "请技术人员挂载磁盘或恢复备份；只有新柜台才运行一次 guitai journal init",
            "Have IT mount the disk or restore the backup; only a new counter runs guitai journal"
            " init, once",
        ),
    ),
    (
        Text(
            "请运行 guitai doctor 查看原因；通常执行 systemctl enable --now pcscd.socket 即可",
            "Run guitai doctor for the cause; usually systemctl enable --now pcscd.socket is"
            " enough",
        ),
        Text(
            "请打开“设备状态”查看原因；通常请技术人员执行 systemctl enable --now pcscd.socket 即可",
            "See “The desk” for the cause; usually it is enough that IT runs systemctl enable"
            " --now pcscd.socket",
        ),
    ),
)


@pytest.mark.parametrize(("typed_there", "here"), SAMPLES, ids=lambda each: each.en[:50])
def test_sentences_read_well(typed_there: Text, here: Text) -> None:
    """Rows are pieces: only the whole shows whether a clerk can act on it at once."""
    assert typed_there in literals()
    assert at_console(typed_there) == here


# --- What does not change -------------------------------------------------------------------------


@pytest.mark.parametrize("key", HARD_KEYS)
def test_facts_stay(key: str) -> None:
    """Without its key a sentence sends a clerk nowhere; sentences come filled, keys of any form."""
    tried = 0
    for text in NAMING:
        names = re.findall(r"(?<!{){([a-z_]+)}", text.zh)
        if not names:
            continue
        facts = {each: key if each == "key" else f"{each}-17" for each in names}
        assert at_console(text.filled(**facts)) == at_console(text).filled(**facts)
        tried += 1
    assert tried > 20


def test_facts_of_an_error_stay() -> None:
    """What the catalogue fills in, sentences in sentences too, is still all there."""
    left = RunNotLeft(key=HARD_KEYS[0], detail=Text("已收款", "it was paid"))
    remedy = at_console(Text(left.advice("zh"), left.advice("en")))
    assert remedy.zh == f"请办完它：要用卡的，先放上这张卡，再对流水号 {HARD_KEYS[0]} 点“接着办”"
    assert remedy.en.endswith(f"then press “Go on” for {HARD_KEYS[0]}")


def test_a_sentence_without_a_mention_is_itself() -> None:
    """Most of what a page says is such, and is not even kept: it may be about a holder."""
    for text in (
        Text("张三，东城区 1 号", "Zhang San, Dongcheng 1"),
        Text("请放回原来的卡", "Put the card from before back"),
        Text("polkit 规则放行 guitai 组", "The polkit rule lets the group guitai in"),
        PurseUnsettled.what,
    ):
        assert at_console(text) is text


def test_a_sentence_with_a_mention_is_worked_out_once() -> None:
    """Pages are drawn anew with every change at the desk."""
    assert at_console(SecondPersonNeeded.remedy) is at_console(SecondPersonNeeded.remedy)


def test_said_twice_is_said_once() -> None:
    """A sentence may come to a page inside another one that was said before."""
    for text in literals():
        once = at_console(text)
        assert at_console(once) == once


# --- On pages -------------------------------------------------------------------------------------


def test_templates_say_it() -> None:
    """Every sentence of a page goes through one place."""
    for language, word in (("zh", "复核人工号"), ("en", "Id of who agrees")):
        page = render("notices.html", language, _frame(SecondPersonNeeded.remedy))  # type: ignore[arg-type]  # one of both
        assert word in page
        assert "--second" not in page


def _frame(*notices: Text) -> dict[str, object]:
    return {"page": None, "outlet": "", "path": "/", "next": "/", "notices": notices}


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console of a desk."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        yield made


def test_a_trouble_page_speaks_of_pages(counter: ConsoleInProcess) -> None:
    """What went wrong is told where there is no command line, in the language of the page."""
    li = counter.signed_in()
    found = li.get("/day/journal/FFFF0000")
    assert found.status_code >= 400
    assert "请在“今日”的“流水”中查看流水号" in plain(found)
    li.send("/language", {"language": "en", "next": "/"})
    found = li.get("/day/journal/FFFF0000")
    assert "The “Journal” of “The day” shows the keys there are" in plain(found)
    assert "guitai " not in plain(found)


def test_a_second_person_is_asked_for_by_the_fields(counter: ConsoleInProcess) -> None:
    """Beside the fields that are to be filled in no option helps."""
    desk = counter.desk.as_("li")
    desk.card_of()
    desk.others.set("bank", Fault.DOWN)
    assert desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed()).status == 0
    (duty,) = desk("duties", "list", "--json").json["duties"]
    li = counter.signed_in()
    fields = {"outcome": "已电话停用", "reason": "电话确认", "second": ""}
    told = plain(li.post(f"/day/duties/{duty['number']}/decide", fields))
    assert "由其本人填写“复核人工号”和“复核人密码”" in told
