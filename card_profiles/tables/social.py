"""Hold the short code lists of DF01: class of household and marital status.

Both as far as the card's file structure V2.0 is public. It groups the classes of household by
their first digit and does not say what the second one distinguishes: all codes of a group share
its name here.
"""

from collections.abc import Mapping

from card_profiles.tables.model import CodeEntry, CodeTable, by_code

_STANDARD = "social security card, file structure and data items V2.0"

_HOUSEHOLD_GROUPS = (
    (("10", "11", "12"), "城镇", "urban"),
    (("20", "21", "22"), "农村", "rural"),
    (("30", "31", "32", "33", "34"), "港澳台侨", "Hong Kong, Macau, Taiwan, overseas"),
    (("40", "41", "42"), "外国人", "foreigner"),
    (("50", "51", "52"), "居民", "resident"),
)
_HOUSEHOLD_CLASSES = by_code(
    CodeEntry(code, zh, en) for codes, zh, en in _HOUSEHOLD_GROUPS for code in codes
)
_MARITAL_STATUSES = by_code(
    [
        CodeEntry("1", "未婚", "single"),
        CodeEntry("2", "已婚", "married"),
        CodeEntry("3", "丧偶", "widowed"),
        CodeEntry("4", "离婚", "divorced"),
        CodeEntry("9", "未说明", "not stated"),
    ]
)


def _household_classes() -> Mapping[str, CodeEntry]:
    return _HOUSEHOLD_CLASSES


def _marital_statuses() -> Mapping[str, CodeEntry]:
    return _MARITAL_STATUSES


HOUSEHOLD_CLASS = CodeTable("household class", _STANDARD, _household_classes)
"""户口性质 (DF01 EF05, tag 20)."""

MARITAL_STATUS = CodeTable("marital status", _STANDARD, _marital_statuses)
"""婚姻状况 (DF01 EF08, tag 2B)."""
