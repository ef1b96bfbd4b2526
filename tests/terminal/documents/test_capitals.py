"""Amounts in Chinese capitals: the rule's own examples, and every shape an amount can have."""

import itertools

import pytest

from terminal.documents.capitals import MOST_FEN, in_capitals

DIGITS = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (140_950, "人民币壹仟肆佰零玖元伍角"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (168_032, "人民币壹仟陆佰捌拾元零叁角贰分"),
        (10_700_053, "人民币壹拾万柒仟元零伍角叁分"),
        (1_640_902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32_504, "人民币叁佰贰拾伍元零肆分"),
    ],
)
def test_examples_of_the_rule(fen: int, said: str) -> None:
    """What 支付结算办法 annex 1 itself writes; of two forms the first."""
    assert in_capitals(fen) == said


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (10, "人民币壹角"),
        (12, "人民币壹角贰分"),
        (100, "人民币壹元整"),
        (101, "人民币壹元零壹分"),
        (1_000, "人民币壹拾元整"),
        (1_005, "人民币壹拾元零伍分"),
        (123_456, "人民币壹仟贰佰叁拾肆元伍角陆分"),
        (10_000_00, "人民币壹万元整"),
        (10_001_00, "人民币壹万零壹元整"),
        (100_500_00, "人民币壹拾万零伍佰元整"),
        (1_0000_0000_00, "人民币壹亿元整"),
        (1_0000_7000_00, "人民币壹亿零柒仟元整"),
        (1_0001_0001_00, "人民币壹亿零壹万零壹元整"),
        (100_0000_0000_00, "人民币壹佰亿元整"),
        (1_0000_0000_01, "人民币壹亿元零壹分"),
        (
            MOST_FEN,
            "人民币玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
        ),
    ],
)
def test_shapes(fen: int, said: str) -> None:
    """The ends, and zeros in each place."""
    assert in_capitals(fen) == said


def value_of(said: str) -> int:
    """Read capitals back, by another way than they are written."""
    said = said.removeprefix("人民币").removesuffix("整")
    whole, point, rest = said.rpartition("元")
    fen = 0
    for digit, unit in itertools.zip_longest(
        *[iter(rest.replace("零", "") if point else said)] * 2
    ):
        fen += DIGITS[digit] * {"角": 10, "分": 1}[unit]
    yuan = part = digit = 0
    for char in whole:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in UNITS:
            part += digit * UNITS[char]
            digit = 0
        else:
            yuan += (part + digit) * {"万": 10**4, "亿": 10**8}[char]
            part = digit = 0
    return (yuan + part + digit) * 100 + fen


def amounts() -> set[int]:
    """Every pattern of zero and other digits in fourteen places, and every amount to 20 yuan."""
    patterns = itertools.product("05", repeat=14)
    return {int("".join(each)) for each in patterns} | set(range(2_001))


def test_every_pattern_reads_back() -> None:
    """No zero hides or makes a digit: what is written is read back as the amount, exactly."""
    said = {fen: in_capitals(fen) for fen in amounts()}
    assert {fen: value_of(text) for fen, text in said.items()} == {fen: fen for fen in said}
    assert len(set(said.values())) == len(said)


def test_every_pattern_is_well_formed() -> None:
    """Never two 零 in a row, none before a unit or at the end; 整 exactly where there is no fen."""
    for fen in amounts() - {0}:
        text = in_capitals(fen)
        assert "零零" not in text
        assert not any(f"零{unit}" in text for unit in "拾佰仟万亿元角分整")
        assert text.endswith("整") is (fen % 100 == 0)


@pytest.mark.parametrize("fen", [-1, MOST_FEN + 1])
def test_outside(fen: int) -> None:
    """An amount that no paper can have is a mistake of ours; the error does not repeat it."""
    with pytest.raises(ValueError, match="amount") as raised:
        in_capitals(fen)
    assert str(fen) not in str(raised.value)
