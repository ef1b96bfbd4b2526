"""Status words: all of the reference's lists have a meaning, in both languages."""

import pytest

from apdu.status import SW, Family, meaning, tries_left

# Reference social-security-card.md §3, "Status list for the emulator".
CARD = """
61xx 63Cx 6581 6700 6901 6981 6982 6983 6984 6985 6986 6988 6A80 6A81 6A82 6A83
6A84 6A85 6A86 6A88 6B00 6Cxx 6D00 6E00 6F00 9302 9303 9401 9402 9403 9406
"""
# Reference transit-purse.md §3.3.
PURSE = """
9000 61xx 6Cxx 6283 6284 63Cx 6400 6581 6700 6901 6981 6982 6983 6900 6984 6986
6985 6987 6988 6A80 6A81 6A82 6A83 6A84 6A86 6A88 6B00 6D00 6E00 6F00 9302 9303
9301 9401 9402 9403 9406 9407 9408
"""


@pytest.mark.parametrize(
    ("family", "words"), [(Family.SOCIAL_SECURITY, CARD), (Family.PURSE, PURSE)]
)
def test_every_listed_word_has_a_meaning(family: Family, words: str) -> None:
    """A clerk's error must never say a bare number that the standard explains."""
    for word in words.split():
        found = meaning(int(word.replace("x", "3"), 16), family)
        assert found is not None, word
        assert found.zh
        assert found.en


def test_families_differ() -> None:
    """The same word means one thing to the purse and another to ISO."""
    purse, iso = meaning(0x6284, Family.PURSE), meaning(0x6284)
    assert purse is not None
    assert iso is not None
    assert purse.en != iso.en
    assert meaning(0x9303) is None


def test_exact_words_win_over_patterns() -> None:
    """63C0 is a pattern; 6300 is not one of its words."""
    exact, pattern = meaning(0x6300), meaning(0x63C2)
    assert exact is not None
    assert pattern is not None
    assert exact.en != pattern.en


@pytest.mark.parametrize(("sw", "left"), [(0x63C6, 6), (0x63C0, 0), (0x63CF, 15), (0x6983, None)])
def test_tries_left(sw: int, left: int | None) -> None:
    """A clerk must see how many tries are left before the next one is spent."""
    assert tries_left(sw) == left


def test_named_words_have_a_meaning() -> None:
    """Whatever code decides on can also be said to a person."""
    for word in SW:
        family = Family.PURSE if word >> 8 in {0x93, 0x94} else Family.SOCIAL_SECURITY
        assert meaning(word, family) is not None, f"{word:04X}"
