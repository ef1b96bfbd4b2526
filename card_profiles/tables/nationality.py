"""Hold the codes of nationality 国籍 (tag 37, three letters of ISO 3166-1)."""

from collections.abc import Mapping
from functools import cache

from card_profiles.tables.files import read_rows
from card_profiles.tables.model import CodeEntry, CodeTable, by_code


@cache
def _entries() -> Mapping[str, CodeEntry]:
    return by_code(
        CodeEntry(row["code"], row["zh"], row["en"]) for row in read_rows("nationality.csv")
    )


NATIONALITY = CodeTable("nationality", "GB/T 2659.1-2022 (ISO 3166-1 alpha-3)", _entries)
