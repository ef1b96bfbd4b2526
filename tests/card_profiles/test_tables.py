"""The code tables say what their standards say, and are read when needed."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_profiles.tables import (
    ETHNIC_GROUP,
    NATIONALITY,
    OCCUPATION,
    REGION,
    SEX,
    CodeEntry,
    CodeTable,
)
from card_profiles.tables.files import read_rows
from card_profiles.tables.model import by_code
from card_profiles.tables.region import is_collective

ROOT = Path(__file__).resolve().parents[2]
ALL_TABLES = pytest.mark.parametrize(
    "table",
    [SEX, ETHNIC_GROUP, REGION, NATIONALITY, OCCUPATION],
    ids=lambda table: table.name,
)


def in_force(pattern: str) -> list[CodeEntry]:
    """Regions in force whose code matches and which are places, not headings."""
    return [
        entry
        for entry in REGION
        if re.fullmatch(pattern, entry.code)
        and not entry.withdrawn
        and not is_collective(entry.code)
    ]


def names(path: tuple[CodeEntry, ...]) -> list[str]:
    """What a screen would show of a path."""
    return [entry.zh for entry in path]


# Every table -------------------------------------------------------------------------------


@ALL_TABLES
def test_a_table_agrees_with_itself(table: CodeTable) -> None:
    """Iteration, codes, containment and lookup are four views of one thing and must not differ."""
    assert table.codes() == tuple(entry.code for entry in table)
    assert len(set(table.codes())) == len(table)
    assert all(code in table for code in table.codes())
    assert [table.lookup(code) for code in table.codes()] == list(table)


@ALL_TABLES
def test_chinese_names_are_chinese(table: CodeTable) -> None:
    """A gap, a blank or a Latin letter in a name is a slip of whoever edited the table."""
    for entry in table:
        assert re.fullmatch(r"[\u4e00-\u9fff（）、]+", entry.zh), entry


@ALL_TABLES
def test_codes_ascend(table: CodeTable) -> None:
    """Order makes a table readable and its changes reviewable."""
    assert list(table.codes()) == sorted(table.codes())


@ALL_TABLES
@pytest.mark.parametrize("code", ["", "7", "ZZZ", "000000", "FFFFFF", "１１００００"])
def test_an_unlisted_code_is_unknown(table: CodeTable, code: str) -> None:
    """Cards come with fillers and foreign values, and none of them may raise or match."""
    assert code not in table
    assert table.lookup(code) is None


def test_a_code_listed_twice_is_refused() -> None:
    """The later of two entries would silently hide the earlier."""
    with pytest.raises(ValueError, match="code 1 occurs twice"):
        by_code([CodeEntry("1", "男"), CodeEntry("1", "女")])


def test_files_are_read_once_and_not_at_import() -> None:
    """Every command imports the tables, few look anything up, and none should pay twice."""
    program = """
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from card_profiles.tables import NATIONALITY, REGION
print(sum(path.endswith(".csv") for path in opened))
for _ in range(2):
    REGION.lookup("110000"), NATIONALITY.lookup("CHN")
print(sum(path.endswith(".csv") for path in opened))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["0", "2"]


# Sex and ethnic group ----------------------------------------------------------------------


def test_sex_has_the_four_codes_of_the_standard() -> None:
    """Both "unknown" codes occur on cards and mean different things."""
    assert {entry.code: entry.zh for entry in SEX} == {
        "0": "未知的性别",
        "1": "男",
        "2": "女",
        "9": "未说明的性别",
    }


def test_ethnic_groups_are_56_and_three_remainders() -> None:
    """The numbering has no gaps, so that a lost line would shift or drop a people."""
    expected = [f"{number:02}" for number in range(1, 57)] + ["97", "98", "99"]
    assert list(ETHNIC_GROUP.codes()) == expected
    assert len({entry.zh for entry in ETHNIC_GROUP if entry.code < "57"}) == 56


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("01", "汉", "Han"),
        ("02", "蒙古", "Mongol"),
        ("03", "回", "Hui"),
        ("04", "藏", "Tibetan"),
        ("05", "维吾尔", "Uygur"),
        ("06", "苗", "Miao"),
        ("07", "彝", "Yi"),
        ("08", "壮", "Zhuang"),
        ("09", "布依", "Bouyei"),
        ("10", "朝鲜", "Korean"),
        ("11", "满", "Manchu"),
        ("15", "土家", "Tujia"),
        ("30", "土", "Tu"),
        ("43", "乌孜别克", "Uzbek"),
        ("44", "俄罗斯", "Russ"),
        ("48", "裕固", "Yugur"),
        ("56", "基诺", "Jino"),
        ("99", "其他", "other"),
    ],
)
def test_ethnic_group_names(code: str, zh: str, en: str) -> None:
    """Anchors along the list show that names and numbers have not slid apart."""
    assert ETHNIC_GROUP.lookup(code) == CodeEntry(code, zh, en)


# Nationality -------------------------------------------------------------------------------


def test_nationality_has_the_codes_of_iso_3166_1() -> None:
    """ISO 3166-1 has 249 officially assigned codes since South Sudan's in 2011."""
    assert len(NATIONALITY) == 249
    assert all(re.fullmatch("[A-Z]{3}", code) for code in NATIONALITY.codes())
    for field in ("zh", "en"):
        assert len({getattr(entry, field) for entry in NATIONALITY}) == 249


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("CHN", "中国", "China"),
        ("HKG", "中国香港", "Hong Kong"),
        ("MAC", "中国澳门", "Macao"),
        ("TWN", "中国台湾", "Taiwan (Province of China)"),
        ("COD", "刚果（金）", "Congo (Democratic Republic of the)"),
        ("COG", "刚果（布）", "Congo"),
        ("KOR", "韩国", "Korea (Republic of)"),
        ("PRK", "朝鲜", "Korea (Democratic People's Republic of)"),
        ("MKD", "北马其顿", "North Macedonia"),
        ("BES", "博奈尔、圣尤斯特歇斯和萨巴", "Bonaire, Sint Eustatius and Saba"),
    ],
)
def test_nationality_names(code: str, zh: str, en: str) -> None:
    """Neighbours with like names, and an English name with a comma, are what a file gets wrong."""
    assert NATIONALITY.lookup(code) == CodeEntry(code, zh, en)


# Occupation --------------------------------------------------------------------------------


def test_occupation_has_the_classes_of_gb_t_6565() -> None:
    """The standard has 8 major and 75 middle classes; two of its majors have one middle each."""
    majors = [code for code in OCCUPATION.codes() if re.fullmatch("[1-8]0000", code)]
    middles = [code for code in OCCUPATION.codes() if re.fullmatch("[1-8](?!00)[0-9]{2}00", code)]
    assert len(majors) == 8
    assert len(middles) + 2 == 75
    assert all(code[0] + "0000" in majors for code in middles)
    assert len(OCCUPATION) == len(majors) + len(middles) + 3


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("10600", "企事业单位负责人"),
        ("20800", "教学人员"),
        ("30200", "安全和消防人员"),
        ("41400", "健康服务人员"),
        ("50500", "农林牧渔生产辅助人员"),
        ("62900", "建筑施工人员"),
        ("70000", "军人"),
        ("90001", "在读学生"),
    ],
)
def test_occupation_names(code: str, zh: str) -> None:
    """Anchors along the list show that names and numbers have not slid apart."""
    entry = OCCUPATION.lookup(code)
    assert entry is not None
    assert entry.zh == zh


# Regions: shape ----------------------------------------------------------------------------


def test_region_codes_are_six_digits_in_a_listed_province() -> None:
    """A code whose province is missing could never be placed."""
    for code in REGION.codes():
        assert re.fullmatch("[1-8][0-9]{5}", code)
        assert code[:2] + "0000" in REGION


def test_counties_in_force_stand_below_a_heading_in_force() -> None:
    """The standard gives every county-level code a prefecture-level one, if only a heading."""
    for entry in in_force("[0-9]{4}(?!00)[0-9]{2}"):
        parent = REGION.lookup(entry.code[:4] + "00")
        assert parent is not None, entry
        assert not parent.withdrawn, entry


def test_region_states_are_spelt_as_the_loader_reads_them() -> None:
    """A misspelt state would pass for "in force" without a word."""
    assert {row["status"] for row in read_rows("region.csv")} == {"in-force", "withdrawn"}


# Regions: facts ----------------------------------------------------------------------------


def test_34_provinces_in_force() -> None:
    """23 provinces, 5 autonomous regions, 4 municipalities and 2 special regions are known."""
    provinces = in_force("[0-9]{2}0000")
    assert Counter(re.sub(".*(?=省|自治区|市|特别行政区)", "", e.zh) for e in provinces) == {
        "省": 23,
        "自治区": 5,
        "市": 4,
        "特别行政区": 2,
    }


def test_333_prefectures_in_force() -> None:
    """The ministry counts 293 cities, 30 autonomous prefectures, 7 prefectures and 3 leagues."""
    prefectures = in_force("[0-9]{2}(?!00)[0-9]{2}00")
    kinds = Counter(re.sub(".*(?=市|自治州|地区|盟)", "", e.zh) for e in prefectures)
    assert kinds == {"市": 293, "自治州": 30, "地区": 7, "盟": 3}


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        pytest.param("11[0-9]{4}", 16, id="Beijing"),
        pytest.param("12[0-9]{4}", 16, id="Tianjin"),
        pytest.param("31[0-9]{4}", 16, id="Shanghai"),
        pytest.param("50[0-9]{4}", 25 + 8 + 4, id="Chongqing"),
        pytest.param("4190[0-9]{2}", 1, id="Henan-direct"),
        pytest.param("4290[0-9]{2}", 4, id="Hubei-direct"),
        pytest.param("4690[0-9]{2}", 15, id="Hainan-direct"),
        pytest.param("6590[0-9]{2}", 12, id="Xinjiang-direct"),
    ],
)
def test_counties_without_a_prefecture(pattern: str, count: int) -> None:
    """These have no prefecture to fall back on, so every one of them must be listed."""
    assert len([e for e in in_force(pattern) if not e.code.endswith("0000")]) == count


def test_no_other_province_has_direct_counties_listed_in_force() -> None:
    """The counts above are complete only if no fifth province has such counties."""
    assert {e.code[:4] for e in in_force("[0-9]{2}90(?!00)[0-9]{2}")} == {
        "4190",
        "4290",
        "4690",
        "6590",
    }


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("110000", "北京市"),
        ("110100", "市辖区"),
        ("110101", "东城区"),
        ("110111", "房山区"),
        ("110118", "密云区"),
        ("110119", "延庆区"),
        ("120119", "蓟州区"),
        ("130600", "保定市"),
        ("152500", "锡林郭勒盟"),
        ("211400", "葫芦岛市"),
        ("222400", "延边朝鲜族自治州"),
        ("232700", "大兴安岭地区"),
        ("310151", "崇明区"),
        ("320800", "淮安市"),
        ("341700", "池州市"),
        ("371700", "菏泽市"),
        ("419001", "济源市"),
        ("420600", "襄阳市"),
        ("422800", "恩施土家族苗族自治州"),
        ("429004", "仙桃市"),
        ("429021", "神农架林区"),
        ("460300", "三沙市"),
        ("460400", "儋州市"),
        ("469030", "琼中黎族苗族自治县"),
        ("500157", "两江新区"),
        ("500243", "彭水苗族土家族自治县"),
        ("513200", "阿坝藏族羌族自治州"),
        ("530800", "普洱市"),
        ("540200", "日喀则市"),
        ("540500", "山南市"),
        ("540600", "那曲市"),
        ("632800", "海西蒙古族藏族自治州"),
        ("650400", "吐鲁番市"),
        ("650500", "哈密市"),
        ("654000", "伊犁哈萨克自治州"),
        ("659012", "白杨市"),
        ("710000", "台湾省"),
        ("810000", "香港特别行政区"),
        ("820000", "澳门特别行政区"),
    ],
)
def test_regions_in_force(code: str, zh: str) -> None:
    """Renamed, raised and rarely met divisions are where an old list would show."""
    assert REGION.lookup(code) == CodeEntry(code, zh)


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("110103", "崇文区"),
        ("110104", "宣武区"),
        ("110110", "燕山区"),
        ("110200", "县"),
        ("110221", "昌平县"),
        ("110222", "顺义县"),
        ("110223", "通县"),
        ("110224", "大兴县"),
        ("110225", "房山县"),
        ("110226", "平谷县"),
        ("110227", "怀柔县"),
        ("110228", "密云县"),
        ("110229", "延庆县"),
        ("120107", "塘沽区"),
        ("132400", "保定地区"),
        ("310103", "卢湾区"),
        ("310230", "崇明县"),
        ("341400", "巢湖市"),
        ("371200", "莱芜市"),
        ("420400", "沙市市"),
        ("469003", "儋州市"),
        ("500105", "江北区"),
        ("500112", "渝北区"),
        ("500381", "江津市"),
        ("510200", "重庆市"),
        ("530200", "东川市"),
        ("652100", "吐鲁番地区"),
        ("652200", "哈密地区"),
    ],
)
def test_regions_withdrawn(code: str, zh: str) -> None:
    """A birthplace keeps the code it had, so the table keeps the code and says it is gone."""
    assert REGION.lookup(code) == CodeEntry(code, zh, withdrawn=True)


# Regions: paths ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("110000", ["北京市"], id="province"),
        pytest.param("130600", ["河北省", "保定市"], id="prefecture"),
        pytest.param("110108", ["北京市", "海淀区"], id="district-of-a-municipality"),
        pytest.param("110100", ["北京市"], id="heading-is-no-place"),
        pytest.param("419001", ["河南省", "济源市"], id="county-below-province"),
        pytest.param("130102", ["河北省", "石家庄市"], id="falls-back-to-prefecture"),
        pytest.param("110199", ["北京市"], id="falls-back-past-the-heading"),
        pytest.param("139901", ["河北省"], id="falls-back-to-province"),
        pytest.param("810101", ["香港特别行政区"], id="special-region"),
        pytest.param("132423", ["河北省", "保定地区"], id="falls-back-to-withdrawn"),
    ],
)
def test_region_path(code: str, expected: list[str]) -> None:
    """A counter shows a birthplace as far as it is known, never a guess and never nothing."""
    assert names(REGION.region_path(code)) == expected


@pytest.mark.parametrize("code", ["", "11", "1101", "FFFFFF", "990000", "11010A", "11０１０８"])
def test_region_path_of_nonsense_is_empty(code: str) -> None:
    """Fillers are common in this field and must read as "not known"."""
    assert REGION.region_path(code) == ()


@given(st.from_regex("[0-9]{6}", fullmatch=True) | st.sampled_from(REGION.codes()))
def test_region_path_narrows_towards_the_code(code: str) -> None:
    """Whatever the code, each step must contain it, and a listed place must be the last."""
    path = REGION.region_path(code)
    assert all(code.startswith(entry.code.rstrip("0")) for entry in path)
    assert [entry.code for entry in path] == sorted({entry.code for entry in path})
    if code in REGION and not is_collective(code):
        assert path[-1] == REGION.lookup(code)
