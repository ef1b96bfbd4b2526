"""Hold the codes of administrative divisions 行政区划 (tag 0C and others, GB/T 2260).

A code is six digits: two for the province, two for the prefecture, two for the county. The table
holds provinces and prefectures, and of the county level what stands directly below a province or
a municipality; ``RegionTable.region_path`` answers for every other county by its prefecture.
Divisions in force are those of the end of 2025. Withdrawn ones go back to the end of 1981, the
state that the standard's revision of 1982 codes: a birthplace is coded as it was called then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from card_profiles.tables.files import read_rows
from card_profiles.tables.model import CodeEntry, CodeTable, by_code

# 直辖市: the level below them is the county, so their prefecture digits only sort districts,
# counties and (Chongqing, until 2006) cities.
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


@dataclass(frozen=True, slots=True)
class RegionTable(CodeTable):
    """Look administrative divisions up, and place a code whose county is not listed."""

    def region_path(self, code: str) -> tuple[CodeEntry, ...]:
        """Return the divisions that a code lies in, from the province down to the nearest known.

        Collective codes such as 110100 市辖区 are no places and are left out, so that the names
        joined read as an address: 130102 gives 河北省, 石家庄市; 419001 gives 河南省, 济源市.
        Empty if the code is not six digits or its province is unknown.
        """
        if len(code) != 6 or not (code.isascii() and code.isdecimal()):
            return ()
        province = self.lookup(code[:2] + "0000")
        if province is None:
            return ()
        below = dict.fromkeys([code[:4] + "00", code])  # the same code twice if a prefecture's
        found = (self.lookup(each) for each in below if each != province.code)
        return (province, *(e for e in found if e is not None and not is_collective(e.code)))


def is_collective(code: str) -> bool:
    """Tell whether a code is a heading over county-level codes rather than a place.

    Headings are the prefecture-level codes of a municipality (110100 市辖区, 500200 县) and those
    with the prefecture digits 90 (419000 省直辖县级行政区划). GB/T 2260-2007.
    """
    if code[4:] != "00" or code[2:4] == "00":
        return False
    return code[:2] in _MUNICIPALITIES or code[2:4] == "90"


@cache
def _entries() -> Mapping[str, CodeEntry]:
    return by_code(
        CodeEntry(row["code"], row["name"], withdrawn=row["status"] == "withdrawn")
        for row in read_rows("region.csv")
    )


REGION = RegionTable("region", "GB/T 2260-2007", _entries)
