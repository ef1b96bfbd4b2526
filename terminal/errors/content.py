"""What is on the card, and what it refuses."""

from __future__ import annotations

from terminal.errors.base import GuitaiError, Retry
from terminal.texts import Text


class ContentError(GuitaiError):
    """Say that it is what is on the card."""

    exit_status = 6


class NotSocialSecurity(ContentError):
    """Say that the card has no social security environment."""

    code = "not_social_security"
    retry = Retry.NEVER
    what = Text("这不是社会保障卡{likely}", "This is not a social security card{likely}")
    why = Text(
        "卡上没有社会保障环境：按名称、按 DDF1、按主文件都选不到（ATR {atr}）",
        "It has no social security environment by name, by DDF1 or in the MF (ATR {atr})",
    )
    remedy = Text(
        "请放入社会保障卡；若确是社保卡，请按损坏卡处理",
        "Insert a social security card; if it is one, treat it as damaged",
    )


class CardBlocked(ContentError):
    """Say that card or application is blocked."""

    code = "card_blocked"
    retry = Retry.NEVER
    what = Text("卡或社保应用已被锁定", "The card or its social security application is blocked")
    why = Text("卡返回状态字 {sw}", "The card answered {sw}")
    remedy = Text(
        "请为持卡人办理补换卡",
        "Have the card replaced for the holder",
    )


class CardRefused(ContentError):
    """Say that the card refused a command."""

    code = "card_refused"
    what = Text("卡拒绝了 {step}：{meaning}", "The card refused {step}: {meaning}")
    why = Text("卡返回状态字 {sw}", "The card answered {sw}")
    remedy = Text(
        "请重插一次；仍如此请将 --trace 记录交给技术人员",
        "Insert it once more; else give a --trace file to IT",
    )


class DataDamaged(ContentError):
    """Say that data on the card cannot be read as what it should be."""

    code = "data_damaged"
    retry = Retry.NEVER
    what = Text("卡上的{item}无法读取", "The card's {item} cannot be read")
    why = Text("{detail}", "{detail}")
    remedy = Text(
        "请勿据此办理业务；请核对证件并按损坏卡处理",
        "Do not act on it; check the identity document and treat the card as damaged",
    )


class FileUnknown(ContentError):
    """Say that the card has no file of a name."""

    code = "file_unknown"
    retry = Retry.NEVER
    what = Text(
        "卡上没有文件“{name}”",
        "The card has no file “{name}”",
    )
    why = Text(
        "该卡的文件有：{files}",
        "Its files are: {files}",
    )
    remedy = Text(
        "请用 guitai card files 查看文件名",
        "See the names with guitai card files",
    )


class ItemUnknown(ContentError):
    """Say that a file has no item of a name or tag."""

    code = "item_unknown"
    retry = Retry.NEVER
    what = Text(
        "文件 {file} 没有数据项“{name}”",
        "The file {file} has no item “{name}”",
    )
    why = Text(
        "该文件的数据项有：{items}",
        "Its items are: {items}",
    )
    remedy = Text(
        "请用 guitai card files 查看数据项",
        "See the items with guitai card files",
    )


class ValueWrong(ContentError):
    """Say that a value does not fit its item."""

    code = "value_wrong"
    retry = Retry.NEVER
    what = Text(
        "{item}的值不合规定，未写入任何内容",
        "The value for {item} does not fit; nothing was written",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "请按规定的形式重新输入",
        "Enter it again in the form that is asked for",
    )


class AccessDenied(ContentError):
    """Say that nothing this counter has opens a file."""

    code = "access_denied"
    retry = Retry.NEVER
    what = Text(
        "本网点无权{step}文件 {file}",
        "This counter may not {step} the file {file}",
    )
    why = Text(
        "该文件要求：{needs}",
        "The file wants: {needs}",
    )
    remedy = Text(
        "请到有相应密钥的网点办理；能凭密码读取的，请持卡人输入服务密码",
        "Go to a counter that has the key, or let the holder enter the PIN where that is enough",
    )


class ReadbackDiffers(ContentError):
    """Say that what was written reads back otherwise."""

    code = "readback_differs"
    retry = Retry.AFTER_RECONCILE
    what = Text(
        "{item}写入后读回的内容不一致",
        "What was written to {item} reads back otherwise",
    )
    why = Text(
        "芯片可能已损坏，或写入途中断电",
        "The chip may be damaged, or lost power while it wrote",
    )
    remedy = Text(
        "请重做一次；仍不一致则按损坏卡处理",
        "Do it once more; if it stays so treat the card as damaged",
    )


class ItemAbsent(ContentError):
    """Say that a record cannot be named on this card, and was not written."""

    code = "item_absent"
    retry = Retry.NEVER
    what = Text(
        "在卡的 {file} 中找不到{item}，没有写入",
        "{item} cannot be found in {file} of this card; it was not written",
    )
    why = Text(
        "卡上没有这一项，或者这张卡不按编号给出记录，同名的第二条起无从指定",
        "The card has none, or knows records by tag only: of several of one tag only the first",
    )
    remedy = Text(
        "请用 guitai card get {file} 查看卡上的内容",
        "See what the card has with guitai card get {file}",
    )


class WriteUnfinished(ContentError):
    """Say that the card left while a file was written."""

    code = "write_unfinished"
    retry = Retry.AFTER_RECONCILE
    card_lost = True
    what = Text(
        "写入 {file} 时卡被取走，共 {of} 项，确认写入 {done} 项",
        "The card left while {file} was written: {done} of {of} items are confirmed",
    )
    why = Text(
        "没有确认的那一项可能已写入，也可能没有；照片一类的大文件可能只写了一部分",
        "The next one may be there or not; of a large file such as a photo a part may be",
    )
    remedy = Text(
        "请放回同一张卡，先用 guitai card get {file} 核对，再补写缺少的",
        "Put the same card back, look with guitai card get {file}, then write what lacks",
    )


class NoBankApplication(ContentError):
    """Say that the card has no bank application that can be read."""

    code = "no_bank_application"
    retry = Retry.NEVER
    what = Text(
        "卡上没有可读的银行应用",
        "The card has no bank application that can be read",
    )
    why = Text(
        "{detail}",
        "{detail}",
    )
    remedy = Text(
        "金融功能请到发卡银行查询；社保功能不受影响",
        "Ask the issuing bank; the social security functions are not concerned",
    )
