"""Warnings: what a card did otherwise than its standard says, and was tolerated."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.texts import Language, Text

TEXTS: dict[str, Text] = {
    "bad_card_number": Text(
        "卡号的校验位不符（{detail}）；请与卡面核对",
        "The card number's check character is wrong ({detail}); compare it with the card's face",
    ),
    "bad_date": Text("{detail}不是有效日期", "{detail} is no valid date"),
    "long_card_number": Text(
        "卡号多于 9 位，只取前 9 位", "The card number is longer than 9, the first 9 were taken"
    ),
    "ascii_date": Text("{detail}以字符而非 BCD 存放", "{detail} is stored as text, not BCD"),
    "missing_item": Text("卡上没有{detail}", "The card has no {detail}"),
    "odd_atr": Text("复位应答不符合规范：{detail}", "The answer to reset is odd: {detail}"),
    "odd_fci": Text(
        "应用选择的应答不符合规范：{detail}", "The answer to selection is odd: {detail}"
    ),
    "odd_records": Text(
        "整文件读出的记录不完整，改为逐条读取：{detail}",
        "The whole-file answer was broken, records were read singly: {detail}",
    ),
    "odd_value": Text("{detail}不是规定的形式", "{detail} is not in its form"),
    "record_by_record": Text(
        "卡不支持整文件读取，改为逐条读取（{detail}）",
        "The card does not read whole files, records were read singly ({detail})",
    ),
    "selected_otherwise": Text(
        "社保环境不能按名称选择，改用 {detail}",
        "The environment is not selectable by name, {detail} was used",
    ),
    "unknown_algorithm": Text(
        "卡声明的算法 {detail} 不认识，按地区推定",
        "The card names the unknown algorithm {detail}; it was taken from the region",
    ),
    "unknown_code": Text("{detail}不在代码表中", "{detail} is not in the code table"),
    "unknown_version": Text(
        "规范版本“{detail}”不认识，按卡的其他特征推定",
        "The version “{detail}” is unknown; the generation was taken from other signs",
    ),
    "short_version": Text(
        "规范版本写作“{detail}”，少一位", "The version is written “{detail}”, one digit short"
    ),
    "ascii_code": Text("{detail}以字符存放", "{detail} is stored as characters"),
    "text_after_filler": Text(
        "{detail}后面还有残留字符，已略去", "{detail} has something behind its filler, left out"
    ),
    "application_blocked": Text(
        "{detail}应用已锁定，其中的文件没有列出",
        "The application {detail} is blocked; its files are not listed",
    ),
    "no_internal_check": Text(
        "卡不支持内部认证（{detail}），未核对卡的真伪",
        "The card has no internal authentication ({detail}); it did not prove itself",
    ),
    "not_read_back": Text(
        "没有读出 {detail} 核对；卡上原来没有的数据项会被新增",
        "{detail} was not read before or after writing; an item the card lacked would be added",
    ),
    "written_unread": Text(
        "{detail} 已经写入，但卡随即被取走，没有读回核对",
        "{detail} was written, but the card left before it was read back",
    ),
    "weakness_unchecked": Text(
        "新密码在读卡器键盘上输入，没有检查是否容易被猜到",
        "The new PIN was entered at the reader's keypad; whether it is easy to guess is unchecked",
    ),
    "weakness_partly": Text(
        "没有读取持卡人信息的密钥，新密码没有与出生日期和身份证号比对",
        "No key for the holder's data: the new PIN was not compared with birth date and id number",
    ),
    "state_unread": Text(
        "操作已经完成，但卡随即被取走，没有再查询密码状态",
        "It was done, but the card left before it was asked for the PIN's state",
    ),
    "region_from_atr": Text(
        "卡识别码中没有地区，取自复位应答：{detail}",
        "The card id has no region; it was taken from the answer to reset: {detail}",
    ),
    "substitute_algorithm": Text(
        "{detail} 算法未公开，以 SM4 代替，真卡不会认可",
        "{detail} is not published; SM4 stands in for it, a real card will not agree",
    ),
}
"""Every warning code and what it says; docs/errors.md lists them."""


@dataclass(frozen=True, slots=True)
class Note:
    """Hold one warning; ``detail`` in both languages."""

    code: str
    detail: Text

    def message(self, language: Language) -> str:
        """Say it."""
        return TEXTS[self.code].say(language, detail=self.detail.say(language))


@dataclass(slots=True)
class Notes:
    """Collect warnings in their order, each once."""

    collected: list[Note] = field(default_factory=list)

    def add(self, code: str, zh: str = "", en: str | None = None) -> None:
        """Note something; ``en`` is the same as ``zh`` unless given."""
        note = Note(code, Text(zh, zh if en is None else en))
        if note not in self.collected:
            self.collected.append(note)
