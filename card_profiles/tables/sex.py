"""Hold the codes of sex 性别 (tag 0A, GB/T 2261.1-2003)."""

from collections.abc import Mapping

from card_profiles.tables.model import CodeEntry, CodeTable, by_code

# The standard writes 男性 and 女性; the printed card and the counters' screens write 男 and 女.
_ENTRIES = by_code(
    [
        CodeEntry("0", "未知的性别", "unknown"),
        CodeEntry("1", "男", "male"),
        CodeEntry("2", "女", "female"),
        CodeEntry("9", "未说明的性别", "not stated"),
    ]
)


def _entries() -> Mapping[str, CodeEntry]:
    return _ENTRIES


SEX = CodeTable("sex", "GB/T 2261.1-2003", _entries)
