"""Hold the codes of the transit purse: cities, and the railways of Beijing.

Cities are clearing centres 清算中心 of GB/T 13497-1992, in files 15 and 17 and in every trip.
That standard's table B1 lists them as of 1992; what came later is taken from the list of
SocialSisterYi/T-Union_Master. Codes on which the two or nfcim/nfsee differ are left out.

Lines and stations of a trip are T-Union_Master's, too; the line in a terminal id is nfsee's. Both
were read off cards by their authors, not published by an operator: whoever shows a name shows
the code beside it. Reference transit-purse.md §2.1, §2.3, §2.4, §2.6, §2.8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from card_profiles.tables.files import read_rows
from card_profiles.tables.model import CodeEntry, CodeTable, by_code

BEIJING = "1000"

# --- Cities --------------------------------------------------------------------------------


@cache
def _centres() -> Mapping[str, CodeEntry]:
    return by_code(
        CodeEntry(row["code"], row["zh"], row["en"]) for row in read_rows("clearing_centre.csv")
    )


CLEARING_CENTRE = CodeTable("clearing centre", "GB/T 13497-1992", _centres)
"""Provinces (5800 广东省) and cities (5810 广州市): one numbering.

Two cities have two codes: Tianjin 1100 and Chongqing 6530 by the standard, 1121 and 6900 by the
later list. Cards of Tianjin hold 1121 (reference §2.1).
"""


def city_name(code: str) -> tuple[str, str] | None:
    """Name the city or province of a code of four digits, in Chinese and in Roman letters."""
    entry = CLEARING_CENTRE.lookup(code)
    if entry is None or entry.en is None:
        return None
    return entry.zh, entry.en


# --- Lines of a trip -----------------------------------------------------------------------

# The first byte is the line, the second 00. From 58 on it is the number by which the operators
# know a line without one (98 = 62: Capital Airport), which is also what terminal ids hold.
_RAIL_LINES = by_code(
    [
        CodeEntry("0100", "1号线", "Line 1"),
        CodeEntry("0200", "2号线", "Line 2"),
        CodeEntry("0300", "3号线", "Line 3"),
        CodeEntry("0400", "4号线", "Line 4"),
        CodeEntry("0500", "5号线", "Line 5"),
        CodeEntry("0600", "6号线", "Line 6"),
        CodeEntry("0700", "7号线", "Line 7"),
        CodeEntry("0800", "8号线", "Line 8"),
        CodeEntry("0900", "9号线", "Line 9"),
        CodeEntry("0A00", "10号线", "Line 10"),
        CodeEntry("0B00", "11号线", "Line 11"),
        CodeEntry("0C00", "12号线", "Line 12"),
        CodeEntry("0D00", "13号线", "Line 13"),
        CodeEntry("0E00", "14号线", "Line 14"),
        CodeEntry("0F00", "15号线", "Line 15"),
        CodeEntry("1000", "16号线", "Line 16"),
        CodeEntry("1100", "17号线", "Line 17"),
        CodeEntry("1300", "19号线", "Line 19"),
        CodeEntry("4F00", "亦庄T1线", "Yizhuang T1 Line"),
        CodeEntry("5200", "通密线", "Tongmi Line"),
        CodeEntry("5300", "S2线", "Line S2"),
        CodeEntry("5400", "怀密线", "Huaimi Line"),
        CodeEntry("5500", "城市副中心线", "Sub-Central Line"),
        CodeEntry("5800", "大兴机场线", "Daxing Airport Express"),
        CodeEntry("5900", "西郊线", "Xijiao Line"),
        CodeEntry("5A00", "10号线", "Line 10"),  # its second phase
        CodeEntry("5B00", "S1线", "Line S1"),
        CodeEntry("5C00", "燕房线", "Yanfang Line"),
        CodeEntry("5D00", "大兴线", "Daxing Line"),
        CodeEntry("5E00", "昌平线", "Changping Line"),
        CodeEntry("5F00", "房山线", "Fangshan Line"),
        CodeEntry("6000", "亦庄线", "Yizhuang Line"),
        CodeEntry("6100", "八通线", "Batong Line"),
        CodeEntry("6200", "首都机场线", "Capital Airport Express"),
    ]
)


def _rail_lines() -> Mapping[str, CodeEntry]:
    return _RAIL_LINES


BEIJING_RAIL_LINE = CodeTable(
    "Beijing rail line", "SocialSisterYi/T-Union_Master, data/line_stations.yml", _rail_lines
)
"""Metro, trams and suburban trains by bytes 10 and 11 of a trip (file 1E).

Lines to which the source gives no station, 18 among them, are left out: those are forecasts.
"""


def line_name(city: str, line: str) -> CodeEntry | None:
    """Find the line of a trip by its city and the four digits of bytes 10 and 11."""
    return BEIJING_RAIL_LINE.lookup(line.upper()) if city == BEIJING else None


# --- Stations of a trip --------------------------------------------------------------------


@cache
def _rail_stations() -> Mapping[str, CodeEntry]:
    return by_code(
        CodeEntry(row["line"] + row["station"], row["zh"]) for row in read_rows("beijing_rail.csv")
    )


BEIJING_RAIL_STATION = CodeTable(
    "Beijing rail station", "SocialSisterYi/T-Union_Master, data/line_stations.yml", _rail_stations
)
"""Stations by six digits: bytes 10 to 12 of a trip. An interchange has a code on each line."""


def station_name(city: str, line: str, station: str) -> CodeEntry | None:
    """Find the station of a trip by its city, bytes 10 and 11, and bytes 12 and 13.

    The source knows a station by byte 12; what byte 13 says is not known (00 in the one public
    record, 8号线 奥林匹克公园: ``0800 1900``), so it does not count here.
    """
    if city != BEIJING or re.fullmatch("[0-9A-Fa-f]{2}([0-9A-Fa-f]{2})?", station) is None:
        return None
    if len(line) != 4:
        return None
    return BEIJING_RAIL_STATION.lookup((line + station[:2]).upper())


# --- Lines in a terminal id ----------------------------------------------------------------

_GATE_LINES = by_code(
    [
        CodeEntry("01", "1号线", "Line 1"),
        CodeEntry("02", "2号线", "Line 2"),
        CodeEntry("04", "4号线", "Line 4"),
        CodeEntry("05", "5号线", "Line 5"),
        CodeEntry("06", "6号线", "Line 6"),
        CodeEntry("07", "7号线", "Line 7"),
        CodeEntry("08", "8号线", "Line 8"),
        CodeEntry("09", "9号线", "Line 9"),
        CodeEntry("10", "10号线", "Line 10"),
        CodeEntry("13", "13号线", "Line 13"),
        CodeEntry("14", "14号线", "Line 14"),
        CodeEntry("15", "15号线", "Line 15"),
        CodeEntry("16", "16号线", "Line 16"),
        CodeEntry("88", "大兴机场线", "Daxing Airport Express"),
        CodeEntry("93", "大兴线", "Daxing Line"),
        CodeEntry("94", "昌平线", "Changping Line"),
        CodeEntry("95", "房山线", "Fangshan Line"),
        CodeEntry("96", "亦庄线", "Yizhuang Line"),
        CodeEntry("97", "八通线", "Batong Line"),
        CodeEntry("98", "首都机场线", "Capital Airport Express"),
    ]
)


def _gate_lines() -> Mapping[str, CodeEntry]:
    return _GATE_LINES


BEIJING_GATE_LINE = CodeTable("Beijing gate line", "nfcim/nfsee, assets/read.js", _gate_lines)
"""Metro lines by the digits after 300 in the terminal id of an exit gate.

The source also gives 18 to the Xijiao line, which the numbering of trips gives to Line 18 (and
89 to Xijiao): left out.
"""


def line_of_terminal(terminal: str, city: str) -> CodeEntry | None:
    """Find the metro line whose gate wrote a purchase, by the terminal id of 12 digits.

    Beijing only: 300, the line in two digits, seven more. A trip holds the same id after two zero
    bytes, and those 16 digits do as well. The source says this of the old card; the one public
    T-Union record of Beijing agrees, its terminal 300089000340 standing with a trip on line 0800.
    """
    found = re.fullmatch("(?:0000)?300([0-9]{2})[0-9A-Fa-f]{7}", terminal)
    if city != BEIJING or found is None:
        return None
    return BEIJING_GATE_LINE.lookup(found[1])
