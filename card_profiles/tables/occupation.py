"""Hold the codes of occupation 职业, which an applicant for a card states (Rules Art. 5)."""

from collections.abc import Mapping
from functools import cache

from card_profiles.tables.files import read_rows
from card_profiles.tables.model import CodeEntry, CodeTable, by_code


@cache
def _entries() -> Mapping[str, CodeEntry]:
    return by_code(
        CodeEntry(row["code"], row["zh"], row["en"]) for row in read_rows("occupation.csv")
    )


OCCUPATION = CodeTable("occupation", "GB/T 6565-2015, major and middle classes", _entries)
