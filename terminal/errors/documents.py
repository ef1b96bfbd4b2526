"""Documents that are drawn: what this machine lacks for them."""

from __future__ import annotations

from terminal.errors.base import Retry
from terminal.errors.setting import SettingError
from terminal.texts import Text


class FontMissing(SettingError):
    """Say that there is no font to draw a document with."""

    code = "font_missing"
    retry = Retry.NEVER
    what = Text(
        "这台电脑上没有可用的中文字体，不能生成文档",
        "This machine has no Chinese font to draw a document with",
    )
    why = Text(
        "这些字体文件都打不开：{tried}",
        "None of these font files can be opened: {tried}",
    )
    remedy = Text(
        "请安装软件包 fonts-wqy-zenhei；有生僻字的再装 fonts-hanazono",
        "Install the package fonts-wqy-zenhei, and fonts-hanazono for rare characters",
    )
