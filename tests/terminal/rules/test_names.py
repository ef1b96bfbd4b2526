"""Names: rare and long ones are read whole, compared with patience, and never passed in silence."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import LayoutError
from terminal.rules.names import (
    LONGEST,
    MATCHES,
    NameMatch,
    assigned,
    compare,
    contains_private_use,
    from_gb18030,
    normalised,
    valid_name,
)

UYGHUR = "测试古丽·样例买买提·某某艾则孜江"  # 16 characters, made up
CELL = UYGHUR[:15]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_parts_are_joined_before_they_are_decoded() -> None:
    """The 30 bytes of tag 09 may end in the middle of a character; decoded alone it is lost."""
    name = "A" + "测试" * 8
    data = name.encode("gb18030")
    assert from_gb18030([data[:30], data[30:].ljust(20, b"\0")]) == name
    with pytest.raises(LayoutError):
        from_gb18030([data[:30]])


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ([], ""),
        ([b""], ""),
        ([bytes(30), bytes(20)], ""),
        ([b"\xff" * 30], ""),
        (["测试".encode("gb18030").ljust(30, b" ")], "测试"),
        ([b"JOHN ".ljust(30, b"\0"), b"SAMPLE".ljust(20, b"\0")], "JOHN SAMPLE"),
        ([bytes.fromhex("B2E2FE9F")], "测䶮"),
        ([bytes.fromhex("B2E2FE59")], "测\u9fb4"),
        ([bytes.fromhex("B2E295329031")], "测\U00020087"),
        ([bytes.fromhex("B2E2FE51")], "测\U00020087"),
    ],
)
def test_from_the_card(parts: list[bytes], name: str) -> None:
    """Filler is no part of a name; an old code of a rare character is that character."""
    assert from_gb18030(parts) == name


def test_every_code_of_row_fe() -> None:
    """The table is one long line of rare characters: Python's codec of 2000 holds it in place."""
    trails = [*range(0x50, 0x7F), *range(0x80, 0xA1)]
    for place, trail in enumerate(trails):
        old = chr(0xE815 + place)
        decoded = bytes([0xFE, trail]).decode("gb18030")
        now = assigned(old)
        assert len(now) == 1
        assert unicodedata.category(now) in {"Lo", "So"}  # So: radicals
        assert decoded in {old, now}


@pytest.mark.parametrize(
    ("two_bytes", "four_bytes"),
    [
        # The 24 that GB 18030-2005 still had in private use, each with the four-byte code that
        # its present character has there; the last six are in Extension B.
        ("A6D9", "84318236"), ("A6DA", "84318238"), ("A6DB", "84318237"), ("A6DC", "84318239"),
        ("A6DD", "84318330"), ("A6DE", "84318331"), ("A6DF", "84318332"), ("A6EC", "84318333"),
        ("A6ED", "84318334"), ("A6F3", "84318335"), ("FE59", "82359037"), ("FE61", "82359038"),
        ("FE66", "82359039"), ("FE67", "82359130"), ("FE6D", "82359131"), ("FE7E", "82359132"),
        ("FE90", "82359133"), ("FEA0", "82359134"), ("FE51", "95329031"), ("FE52", "95329033"),
        ("FE53", "95329730"), ("FE6C", "9536B937"), ("FE76", "9630BA35"), ("FE91", "9635B630"),
    ],
)  # fmt: skip
def test_the_24_of_the_standard(two_bytes: str, four_bytes: str) -> None:
    """Two offices that write one character in its two codes mean one person."""
    old, now = (from_gb18030([bytes.fromhex(each)]) for each in (two_bytes, four_bytes))
    assert old == now
    assert not contains_private_use(old)


@pytest.mark.parametrize("character", ["\ue000", "\uf8ff", "\ue865", "\ue814", "\U000f0000"])
def test_private_use_that_nobody_knows(character: str) -> None:
    """What is in no public table is not guessed at; it is said, and a person looks."""
    name = f"测{character}"
    assert assigned(name) == name
    assert contains_private_use(name)
    assert valid_name(name) is None


@pytest.mark.parametrize("dot", "·•‧．・･․∙⋅●⸱⸳﹒.\u0387")
def test_dots_are_alike(dot: str) -> None:
    """Every office has its own dot between the parts of a name."""
    match = compare("测试·样例", f"测试{dot}样例")
    assert match is (NameMatch.SAME if dot == "·" else NameMatch.SAME_NORMALISED)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("SAMPLE JOHN", "ＳＡＭＰＬＥ　ＪＯＨＮ"),
        ("SAMPLE JOHN", " sample   john "),
        ("测试", "测　试"),
        ("测试", " 测 试 "),
        ("测试 · 样例", "测试·样例"),
        ("RENÉ", "Rene\u0301"),
        ("O'SAMPLE", "O’SAMPLE"),
        ("ANNE-MARIE", "ANNE‐MARIE"),
        ("STRASSE", "Straße"),
        ("测\u9fb4", "测\ue81e"),
        ("测䶮", "测\ue863"),
        ("葛测", "葛\U000e0100测"),
        ("测试", "测\u200b试"),
    ],
)
def test_written_otherwise(name: str, other: str) -> None:
    """Width, spaces, case, accents and old codes are how it is written, not who it is."""
    assert compare(name, other) is NameMatch.SAME_NORMALISED
    assert compare(other, name) is NameMatch.SAME_NORMALISED


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("测试", "测样"),
        ("测试", "测试样"),
        ("测试", ""),
        ("", ""),
        ("\0", "·"),
        ("SAMPLE JOHN", "SAMPLEJOHN"),
        ("测䶮", "测龙"),
        ("?", "测"),
        ("？？", "测试"),
        ("测试·样例", "测试"),
    ],
)
def test_somebody_else(name: str, other: str) -> None:
    """Patience with writing ends where another person could be meant."""
    assert compare(name, other) is NameMatch.DIFFERENT


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("测\ue000", "测䶮"),
        ("测\ue000", "测\ue001"),
        ("测\ue000", "测\ue000"),
        ("测?", "测䶮"),
        ("测？", "测？"),
        ("测□试", "测䶮试"),
        ("测〓", "测䶮"),
        ("测\ufffd", "测䶮"),
        ("\uf900测", "\u8c48测"),
        ("⼀测", "一测"),
    ],
)
def test_a_rare_character_goes_to_a_second_person(name: str, other: str) -> None:
    """Neither refused nor let through: a code that means nothing here may mean anything."""
    for match in (compare(name, other), compare(other, name)):
        assert match is NameMatch.RARE
        assert match.needs_second_person


def test_han_characters_stay_what_they_are() -> None:
    """NFKC would turn compatibility ideographs, which stand in names, into other characters."""
    for first, last in ((0xF900, 0xFAFF), (0x2F800, 0x2FA1F), (0x4E00, 0x9FFF), (0x2F00, 0x2FD5)):
        han = "".join(map(chr, range(first, last + 1)))
        assert normalised(han) == han
    assert normalised("e\u0301\uf900e\u0301") == "é\uf900é"


@given(st.text(st.characters() | st.sampled_from("·.．・ 测ﾞｶ\ue81eŉ\u0345\u200b"), max_size=30))
def test_the_normal_form_is_final(text: str) -> None:
    """A blind index of the form must not depend on how often it was made."""
    form = normalised(text)
    assert normalised(form) == form
    same = {NameMatch.SAME, NameMatch.RARE, NameMatch.DIFFERENT}
    assert compare(text, text) in (same if form else {NameMatch.DIFFERENT})


@given(st.text(max_size=6), st.text(max_size=6))
def test_comparing_has_no_direction(name: str, other: str) -> None:
    """Which office's name stands first must not decide."""
    assert compare(name, other) is compare(other, name)


# --- The reader's cell ----------------------------------------------------------------------


def test_a_full_cell_is_a_prefix() -> None:
    """The reader cuts at 15: that is neither the same name nor another one."""
    for cell in (CELL, CELL + "  ", CELL.replace("·", "•")):
        match = compare(UYGHUR, cell, other_is_reader_cell=True)
        assert match is NameMatch.PREFIX
        assert match.needs_second_person
    assert compare(UYGHUR, CELL) is NameMatch.DIFFERENT


def test_a_full_cell_never_passes_in_silence() -> None:
    """Behind 15 characters the document may go on, so even an equal name is looked at."""
    assert compare(CELL, CELL, other_is_reader_cell=True) is NameMatch.PREFIX


def test_a_cell_that_is_not_full_is_the_whole_name() -> None:
    """With room left nothing was cut: what is missing then is a difference."""
    assert compare(UYGHUR, UYGHUR[:14], other_is_reader_cell=True) is NameMatch.DIFFERENT
    assert compare("测试", "测试" + " " * 13, other_is_reader_cell=True) is NameMatch.SAME
    assert compare("测试", "", other_is_reader_cell=True) is NameMatch.DIFFERENT


def test_a_full_cell_of_somebody_else() -> None:
    """Fifteen other characters are another person, and so is a name shorter than its cell."""
    other = "别" + CELL[1:]
    assert compare(UYGHUR, other, other_is_reader_cell=True) is NameMatch.DIFFERENT
    assert compare(UYGHUR[:14], CELL, other_is_reader_cell=True) is NameMatch.DIFFERENT


def test_a_rare_character_takes_two_units() -> None:
    """The cell counts UTF-16 units: of eight characters outside the BMP it holds seven."""
    name = "\U00020087" * 4 + "测试样例某某某某"
    cell = name[:11]
    assert (units(cell), len(cell)) == (15, 11)
    assert compare(name, cell, other_is_reader_cell=True) is NameMatch.PREFIX
    assert compare(name, name[:10], other_is_reader_cell=True) is NameMatch.DIFFERENT


@pytest.mark.parametrize("half", ["", "\ud840", " "])
def test_a_rare_character_on_the_border(half: str) -> None:
    """A pair does not fit into the last unit: the cell has 14, or half a character at its end."""
    name = UYGHUR[:14] + "\U00020087某"
    assert compare(name, UYGHUR[:14] + half, other_is_reader_cell=True) is NameMatch.PREFIX


def test_a_space_on_the_border() -> None:
    """Padding and a name's own space look alike at the end of a cell."""
    name = "SAMPLE JONATHA NIEL"
    assert name[14] == " "
    assert compare(name, "SAMPLE JONATHA", other_is_reader_cell=True) is NameMatch.PREFIX


def test_an_old_code_in_a_cell() -> None:
    """The bank's old code has one unit, the document's character two: the cell is full."""
    name = "\ue816" * 2 + UYGHUR
    cell = "\U00020087" * 2 + UYGHUR[:11]
    assert units(cell) == 15
    assert compare(name, cell, other_is_reader_cell=True) is NameMatch.PREFIX


@given(st.text("测试样例·\U00020087\ue816A ", min_size=1, max_size=30))
def test_no_name_is_refused_for_what_a_cell_cannot_hold(name: str) -> None:
    """Whatever the name, its own cell never makes it another one's."""
    cut = name.encode("utf-16-le")[:30].decode("utf-16-le", "ignore").rstrip()
    if normalised(cut):
        assert compare(name, cut, other_is_reader_cell=True) is not NameMatch.DIFFERENT


def test_matches_have_words() -> None:
    """What a clerk sees beside two names says what to do now."""
    assert set(MATCHES) == set(NameMatch)
    for match in NameMatch:
        assert ("另一人" in MATCHES[match].zh) is match.needs_second_person


# --- On record -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "测",
        "测试",
        UYGHUR,
        "测䶮",
        "测\U00030000",  # Extension G
        "测\U00031350",  # Extension H: newer than Python's tables
        "测\ue000",
        "〇测",
        "SAMPLE, JOHN",
        "O’SAMPLE-DOE",
        "RENÉ",
        "แม่",
        "SAMPLE JOHN II",
        "X" * LONGEST,
    ],
)
def test_names_that_are_kept(name: str) -> None:
    """A name is what people are called; no length, script or rare character is a mistake."""
    assert valid_name(name) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "空的"),
        (" \u3000", "空的"),
        ("测" * (LONGEST + 1), f"{LONGEST} 个字"),
        (" 测试", "空格"),
        ("测试\u3000", "空格"),
        ("测\0试", "代码"),
        ("测\n试", "代码"),
        ("测\u202e试", "代码"),
        ("测\u200b试", "代码"),
        ("测\ud840", "代码"),
        ("测\uffff", "代码"),
        ("测试1", "数字"),
        ("测试２", "数字"),
        ("测试③", "数字"),
        ("测?", "问号"),
        ("测？", "问号"),
        ("测□", "问号"),
        ("··", "没有文字"),
        ("-", "没有文字"),
    ],
)
def test_texts_that_are_no_names(text: str, said: str) -> None:
    """What would steer a screen, or was lost in another system, does not become a record."""
    reason = valid_name(text)
    assert reason is not None
    assert said in reason.zh
    assert text not in reason.zh or not text


@given(st.text(max_size=70))
def test_no_name_brings_it_down(text: str) -> None:
    """Every text is either a name or told why it is none."""
    reason = valid_name(text)
    assert reason is None or (reason.zh and reason.en)
