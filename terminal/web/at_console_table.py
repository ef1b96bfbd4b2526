"""What the console says where a sentence names a command or an option.

A row is a mention: in each language pieces of sentences (regular expressions) and what stands there
instead (as :func:`re.sub` takes it). Rows are tried in their order, and all that fit are used:
what is long stands before what is short. Words in “ ” are labels of the pages, and a test finds
them there. A Chinese character beside a bracket of a pattern stands in [ ]: half-width brackets
beside Chinese are a mistake everywhere else, and are looked for.

What no page does stands in :mod:`terminal.web.at_console_table_it`.
"""

from __future__ import annotations

from dataclasses import dataclass

Swaps = tuple[tuple[str, str], ...]

_ZH_KEY = r"([^\s，。；：、（）]+)"
_EN_KEY = r"(\S+?)(?=[,;:.]?(?:\s|$))"
"""A key in a sentence, or its ``{key}`` where it is not filled in yet."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold what the console says instead of a mention, in both languages."""

    zh: Swaps
    en: Swaps


CLERKS: tuple[Mention, ...] = (
    # --- Going on with what was begun ------------------------------------------------------------
    Mention(
        (
            (
                (
                    r"腾出磁盘空间，再放上这张卡运行 guitai transit recover"
                    r"（年票：guitai park recover）"
                ),
                "请技术人员腾出磁盘空间，再放上这张卡点“接着办”",
            ),
            (
                r"卡已坏或丢失的见 guitai park move 和 guitai park decide 的 --help",
                "卡已坏或丢失的，请技术人员运行 guitai park move 或 guitai park decide",
            ),
            (r"用 guitai park recover 继续", "放上卡点“接着办”"),
            (r"运行 guitai (?:transit|park) recover ?", "点“接着办”"),
        ),
        (
            (
                (
                    r"free the disk, then run guitai transit recover "
                    r"\(a pass: guitai park recover\) with this card"
                ),
                "have IT free the disk, then lay this card on and press “Go on”",
            ),
            (
                (
                    r"for a card that is dead or lost see --help of guitai park move and"
                    r" guitai park decide"
                ),
                (
                    "for a card that is dead or lost have IT run guitai park move or"
                    " guitai park decide"
                ),
            ),
            (
                (
                    r"go on by guitai park recover, by guitai park move --dead where the old card"
                    r" is dead, by guitai park move --instead where the new one is dead or lost"
                ),
                (
                    "lay the card on and press “Go on”; where the old card is dead have IT run"
                    " guitai park move --dead, where the new one is dead or lost guitai park move"
                    " --instead"
                ),
            ),
            (
                r"settled first by guitai park recover with the card",
                "settled first: lay its card on and press “Go on”",
            ),
            (
                r"Run guitai park recover with the card it was begun on",
                "Put the card it was begun on back and press “Go on”",
            ),
            (
                r"\bRun guitai (?:transit|park) recover with this card",
                "Lay this card on and press “Go on”",
            ),
            (
                r"\brun guitai (?:transit|park) recover with this card",
                "lay this card on and press “Go on”",
            ),
            (r"\brun guitai (?:transit|park) recover", "press “Go on”"),
        ),
    ),
    Mention(
        (
            (
                rf"请运行 guitai service run --key {_ZH_KEY}：没有办完的接着办",
                r"请打开流水号 \1：没有办完的点“接着办”",
            ),
            (
                rf"guitai service run --key {_ZH_KEY}；要用卡的，先放上这张卡",
                r"要用卡的，先放上这张卡，再对流水号 \1 点“接着办”",
            ),
            (r"（guitai service run --key）", "（在“今日”点“接着办”）"),
        ),
        (
            (
                rf"Run guitai service run --key {_EN_KEY}: what is unfinished goes on",
                r"Open \1: what is unfinished goes on by “Go on”",
            ),
            (
                rf"guitai service run --key {_EN_KEY}; lay the card on first where it wants one",
                r"lay the card on where it wants one, then press “Go on” for \1",
            ),
            (r"\(guitai service run --key\)", "(press “Go on” on the page “The day”)"),
        ),
    ),
    # --- The journal -----------------------------------------------------------------------------
    Mention(
        (
            (
                rf"凭 guitai journal show {_ZH_KEY} 与清算方核对，再用 guitai journal decide 认定",
                r"打开“今日”的“流水”中的 \1，与清算方核对，再在那里点“两人认定”",
            ),
            (rf"用 guitai journal show {_ZH_KEY}", r"在“今日”的“流水”中打开 \1"),
            (rf"见 guitai journal show {_ZH_KEY}", r"见“今日”的“流水”中的 \1"),
            (r"用 guitai journal list(?: --card)? ", "在“今日”的“流水”中"),
            (r" guitai journal list", "“今日”的“流水”"),
        ),
        (
            (
                rf"takes guitai journal show {_EN_KEY} to the clearing party, then uses decide",
                (
                    r"takes entry \1 in the “Journal” of “The day” to the clearing party, then"
                    r" decides it there with a second person"
                ),
            ),
            (
                rf"(?:it with |See )?guitai journal show {_EN_KEY}",
                r"entry \1 in the “Journal” of “The day”",
            ),
            (r"(No card was written\. )(?=entry )", r"\1See "),
            (r"guitai journal list shows", "The “Journal” of “The day” shows"),
            (r"guitai journal list(?: --card)?", "the “Journal” of “The day”"),
        ),
    ),
    Mention(
        ((r"，加 --without-card 认定", "，勾选“卡回不来了，不再查卡”再点“两人认定”"),),
        (
            (
                r"decide with --without-card",
                "tick “The card will never come back to be asked” and press “Decide”",
            ),
        ),
    ),
    # --- A second person, grounds, boxes to tick -------------------------------------------------
    Mention(
        (
            (r"用 --second 写明其工号", "由其本人填写“复核人工号”和“复核人密码”"),
            (
                r"确认（--second），并写明理由（--reason）",
                "确认（填写“复核人工号”和“复核人密码”），并写明“理由”",
            ),
            (r"（--(?:reason|bank|card-has no)）", ""),
        ),
        (
            (r"name them by --second", "fill in “Id of who agrees” and “Their password”"),
            (
                r"\(--second\), and state the grounds \(--reason\)",
                "(“Id of who agrees” and “Their password”), and state the “Grounds”",
            ),
            (r" \(--(?:reason|bank|card-has no)\)", ""),
        ),
    ),
    Mention(
        ((r"请加 --no-card 办理", "请勾选“不用读卡器”办理"),),
        ((r"say --no-card", "tick “No reader is to be used”"),),
    ),
    Mention(
        ((r"加 --last-try 重做", "勾选“密码只剩最后 1 次机会也要用”，点“接着办”"),),
        (
            (
                r"Repeat it with --last-try if the holder is sure",
                "If the holder is sure tick “spend even the PIN's last try” and press “Go on”",
            ),
            (
                r"repeat it with --last-try",
                "tick “spend even the PIN's last try” and press “Go on”",
            ),
        ),
    ),
    # --- Services --------------------------------------------------------------------------------
    Mention(
        (
            (r"密码重置：guitai pin reset", "“重置服务密码”"),
            (r"先设置密码：guitai pin set", "先办理“首次设置服务密码”"),
            (r"用 guitai pin change", "办理“修改服务密码”"),
            (r"用 guitai pin reset", "办理“重置服务密码”"),
        ),
        (
            (r": guitai pin reset", ": choose “reset the service PIN”"),
            (r": guitai pin set", ": choose “set the service PIN”"),
            (r"Use guitai pin change", "Choose “change the service PIN”"),
            (r"guitai pin reset", "“reset the service PIN”"),
        ),
    ),
    Mention(
        (
            (
                r"先补交票款：guitai transit pay 票款 --exit，或请持卡人到车站补票",
                "持卡人先到车站补票",
            ),
            (r"退资：guitai transit refund", "“交通账户退资”"),
            (r"用 guitai park move 转移", "办理“转移公园年票”"),
        ),
        (
            (
                r"Settle the fare first: guitai transit pay FARE --exit, or at a station",
                "Have the holder settle the fare at a station first",
            ),
            (r": guitai transit refund", ": choose “refund the transit purse”"),
            (r"guitai park move (?=brings)", "“move a park pass” "),
            (r"over by guitai park move", "over by “move a park pass”"),
        ),
    ),
    # --- The room of cards -----------------------------------------------------------------------
    Mention(
        (
            (r"先用 guitai person register 登记", "先在“卡务”的“登记已有的卡”中登记"),
            (r"销毁时写明已找回（--turned-up）", "在“卡务”的“邮寄”中点“销毁找回的卡”"),
        ),
        (
            (r"\(guitai person register\)", "(“Cards from before” in “Cards”)"),
            (
                r"of one that was found say so \(--turned-up\)",
                "one that was found: “Destroy a card that turned up” in “By post” of “Cards”",
            ),
        ),
    ),
    # --- Other pages -----------------------------------------------------------------------------
    Mention(
        (
            (r"：guitai duties run", "，请在“今日”的“待办”中点“现在办理到期的待办”"),
            (r"用 guitai duties list 查看", "在“今日”的“待办”中查看"),
        ),
        (
            (r": guitai duties run", ": press “Try what is due now” in “Duties” of “The day”"),
            (r"by guitai duties list", "in “Duties” of “The day”"),
        ),
    ),
    Mention(
        (
            (r"运行 guitai sign-in", "签到"),
            (r"运行 guitai operator password，设", "在“签到”页设"),
            (r"^用 guitai operator list 查看", "请核对工号；不清楚的，请问主管"),
            (r"运行 guitai audit verify", "在“审计”页点“检查”"),
            (r"：guitai registry clock --confirm --second 工号", "（点“两人确认时钟”）"),
        ),
        (
            (r"Run guitai sign-in", "Sign in"),
            (r"Run guitai operator password and choose one", "Choose one on the page “Sign in”"),
            (
                r"^Look at guitai operator list",
                "Check the id; where it is not clear ask a supervisor",
            ),
            (r"run guitai audit verify", "press “Verify” on the page “Audit”"),
            (
                r": guitai registry clock --confirm --second ID",
                " (“Two people confirm the clock”)",
            ),
        ),
    ),
    Mention(
        (
            (
                r"请运行 guitai doctor 查看原因；通常执行",
                "请打开“设备状态”查看原因；通常请技术人员执行",
            ),
            (
                r"请运行 guitai doctor，它会给出需要安装的规则",
                "请技术人员看“设备状态”，那里写明需要安装的规则",
            ),
            (
                r"请用 root 再运行一次；仍如此请把 guitai doctor --json 的输出交给技术人员",
                "请再检查一次；仍如此请技术人员用 root 运行 guitai doctor --json",
            ),
            (r"请把 guitai doctor --json 的输出交给", "请把“设备状态”的内容告诉"),
            (r"，再运行一次 guitai doctor", "，再在“设备状态”点“重新检查”"),
            (r"运行 guitai doctor(?! )", "打开“设备状态”查看"),
            (r"请用 guitai readers 查看编号、名称或配置的角色", "请打开“设备状态”查看有哪些读卡器"),
            (r"请用 --reader 指定编号或更长的名称，或", "请只在一个读卡器上放卡，或请技术人员"),
        ),
        (
            (
                r"Run guitai doctor for the cause; usually (.+) is enough",
                r"See “The desk” for the cause; usually it is enough that IT runs \1",
            ),
            (r"Run guitai doctor; it names", "Have IT look at “The desk”: it names"),
            (
                r"Run it again as root; else give the output of guitai doctor --json to IT",
                "Look once more; else have IT run guitai doctor --json as root",
            ),
            (r"give the output of guitai doctor --json to IT", "tell IT what “The desk” says"),
            (r"run guitai doctor once more", "press “Ask again” on “The desk”"),
            (r"run guitai doctor$", "look at “The desk”"),
            (
                r"See numbers, names and configured roles with guitai readers",
                "See on “The desk” which readers there are",
            ),
            (
                r"Give a number or a longer name with --reader, or set a role",
                "Lay a card on one reader only, or have IT set a role",
            ),
        ),
    ),
    Mention(
        (
            (r"请用 --help 查看用法", "请回到“首页”，用页面上的按钮办理"),
            (
                r"开发时请从标准输入给出：guitai apdu -；生产模式下请用密码键盘",
                "请用密码键盘输入密码",
            ),
            (r"将 --trace 记录交给技术人员", "把这一页的内容告诉技术人员"),
        ),
        (
            (
                r"See how it is used with --help",
                "Go back to the “First page” and use the buttons there",
            ),
            (
                (
                    r"In development give it on standard input: guitai apdu -; in production use"
                    r" the PIN pad"
                ),
                "Have it entered at the PIN pad",
            ),
            (r"give a --trace file to IT", "tell IT what this page says"),
        ),
    ),
)
