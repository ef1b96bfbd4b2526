"""Codes of the transit purse: what sources state has a name, everything else has none."""

import re

import pytest

from card_profiles.tables import REGION
from card_profiles.transit_codes import (
    BEIJING_GATE_LINE,
    BEIJING_RAIL_LINE,
    BEIJING_RAIL_STATION,
    CLEARING_CENTRE,
    city_name,
    line_name,
    line_of_terminal,
    station_name,
)

# Trip record of docs/card_data_format.md of T-Union_Master: a Beijing card leaving Line 8.
TRIP = bytes.fromhex(
    "040000300089000340010800190030000000"
    "0001f400000e0120241229141740100001011000ffffffff000000000000"
)
TERMINAL, LINE, STATION, CITY = (
    TRIP[start:end].hex() for start, end in ((1, 9), (10, 12), (12, 14), (32, 34))
)

# Cities ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("1000", "北京市", "Beijing"),
        ("1121", "天津市", "Tianjin"),
        ("2900", "上海市", "Shanghai"),
        ("3640", "淮南市", "Huainan"),
        ("5800", "广东省", "Guangdong"),
        ("5810", "广州市", "Guangzhou"),
        ("5840", "深圳市", "Shenzhen"),
    ],
)
def test_codes_seen_on_cards_are_named(code: str, zh: str, en: str) -> None:
    """These stand in public dumps, so that a table that misses one is the wrong table."""
    assert city_name(code) == (zh, en)


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("1100", "天津市"),
        ("1480", "衡水市"),
        ("2340", "朝阳市"),
        ("2690", "大庆市"),
        ("2720", "佳木斯市"),
        ("5590", "张家界市"),
        ("6530", "重庆市"),
        ("6900", "重庆市"),
        ("7150", "黔南布依族苗族自治州"),
        ("8730", "吴忠市"),
        ("9020", "阿勒泰地区"),
    ],
)
def test_codes_of_the_standard(code: str, zh: str) -> None:
    """Renamed places, and codes that another public list gives to a neighbour, show a slip."""
    entry = CLEARING_CENTRE.lookup(code)
    assert entry is not None
    assert entry.zh == zh


def test_city_codes_are_four_decimal_digits_in_order() -> None:
    """A card holds them as two bytes of BCD; order makes the file reviewable."""
    codes = CLEARING_CENTRE.codes()
    assert all(re.fullmatch("[1-9][0-9]{3}", code) for code in codes)
    assert list(codes) == sorted(set(codes))
    assert len(codes) == 382


def test_city_names_are_divisions_in_force() -> None:
    """Names follow GB/T 2260, of which only two cities at county level are not in our table."""
    in_force = {entry.zh for entry in REGION if not entry.withdrawn}
    assert {e.zh for e in CLEARING_CENTRE} - in_force == {"福清市", "永安市"}


def test_no_two_places_share_an_english_name() -> None:
    """Taizhou, Suzhou, Fuzhou, Yichun and Yulin each exist twice and are told apart."""
    names = {entry.zh: entry.en for entry in CLEARING_CENTRE}
    assert len(set(names.values())) == len(names)
    assert all(
        re.fullmatch("[A-Z][A-Za-zü' ]+( \\([A-Z][a-z]+\\))?", en or "") for en in names.values()
    )


@pytest.mark.parametrize("code", ["6320", "6330", "6670", "6690", "6870"])
def test_disputed_codes_have_no_name(code: str) -> None:
    """Sources give these to different cities, and a wrong city is worse than a bare code."""
    assert city_name(code) is None


@pytest.mark.parametrize("code", ["", "0000", "FFFF", "9999", "10", "1000FFFF", "１０００"])
def test_unknown_codes_have_no_name(code: str) -> None:
    """Fillers and foreign values occur on cards and must neither match nor raise."""
    assert city_name(code) is None
    assert line_name("1000", code) is None
    assert station_name("1000", "0800", code) is None
    assert line_of_terminal(code, "1000") is None


# Lines and stations ------------------------------------------------------------------------


def test_the_public_trip_record_reads_as_one_ride() -> None:
    """Two sources decode the terminal and the place, and on a real card they must agree."""
    line, gate = line_name(CITY, LINE), line_of_terminal(TERMINAL, CITY)
    station = station_name(CITY, LINE, STATION)
    assert line is not None
    assert gate is not None
    assert station is not None
    assert (line.zh, gate.zh, station.zh) == ("8号线", "8号线", "奥林匹克公园")


@pytest.mark.parametrize(
    ("line", "station", "zh"),
    [
        ("5b00", "2100", "金安桥"),
        ("6200", "1500", "东直门"),
        ("6200", "1700", "三元桥"),
        ("0100", "0300", "苹果园"),
        ("5A00", "17", "潘家园"),
    ],
)
def test_stations(line: str, station: str, zh: str) -> None:
    """The first three also occur in code unrelated to cards, as 0x09005B21 and so on."""
    entry = station_name("1000", line, station)
    assert entry is not None
    assert entry.zh == zh


def test_stations_lie_on_listed_lines_and_lines_have_stations() -> None:
    """A station whose line has no name, or a line without a stop, is a slip in the file."""
    codes = BEIJING_RAIL_STATION.codes()
    assert all(re.fullmatch("[0-9A-F]{2}00[0-9A-F]{2}", code) for code in codes)
    assert {code[:4] for code in codes} == set(BEIJING_RAIL_LINE.codes())
    assert list(codes) == sorted(set(codes))
    assert len(codes) == 567
    assert all(re.fullmatch("[23]?[\u4e00-\u9fff]+", e.zh) for e in BEIJING_RAIL_STATION)


def test_the_two_numberings_of_lines_agree() -> None:
    """A gate writes in decimal what a trip writes in binary, by two independent sources."""
    for gate in BEIJING_GATE_LINE:
        line = line_name("1000", f"{int(gate.code):02X}00")
        assert line is not None, gate
        assert (line.zh, line.en) == (gate.zh, gate.en)


@pytest.mark.parametrize(
    ("city", "line", "station"),
    [
        pytest.param("2900", "0800", "1900", id="another-city"),
        pytest.param("1000", "1200", "1500", id="line-without-stations"),
        pytest.param("1000", "0801", "1900", id="no-such-line"),
        pytest.param("1000", "0800", "FF00", id="no-such-station"),
        pytest.param("1000", "0800", "", id="no-station"),
        pytest.param("1000", "08001", "90", id="shifted"),
    ],
)
def test_unknown_stations_have_no_name(city: str, line: str, station: str) -> None:
    """Other cities number in other ways, so that a name there would be a wrong one."""
    assert station_name(city, line, station) is None


@pytest.mark.parametrize(
    ("terminal", "city"),
    [
        pytest.param("300089000340", "2900", id="another-city"),
        pytest.param("301089000340", "1000", id="not-a-gate"),
        pytest.param("300189000340", "1000", id="disputed-line-18"),
        pytest.param("3000890003", "1000", id="short"),
        pytest.param("0000000000300089", "1000", id="shifted"),
        pytest.param("000000000024", "1000", id="loaded-elsewhere"),
    ],
)
def test_other_terminals_have_no_line(terminal: str, city: str) -> None:
    """Buses and load terminals have ids as well, and none of them is a line's."""
    assert line_of_terminal(terminal, city) is None
