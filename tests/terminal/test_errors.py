"""The catalogue: every error says what, why and what to do, in both languages, on paper too."""

import re
import string

import pytest
import write_docs

import terminal.errors.tree
from terminal.errors import GuitaiError, Retry, catalogue

LEAVES = list(catalogue())
CODES = [leaf.code for leaf in LEAVES]


def test_codes_are_stable_names() -> None:
    """Programs decide by code: each has one of its own, and keeps it."""
    assert len(set(CODES)) == len(CODES) >= 25
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in CODES)


@pytest.mark.parametrize("leaf", LEAVES, ids=CODES)
def test_every_leaf_is_whole(leaf: type[GuitaiError]) -> None:
    """A clerk gets what, why and what to do; both languages need the same facts."""
    assert isinstance(leaf.retry, Retry)
    assert leaf.exit_status >= 2
    for text in (leaf.what, leaf.why, leaf.remedy):
        assert text.zh.strip()
        assert text.en.strip()
        assert not re.search(r"[,;!?]", re.sub(r"\{.*?\}|[\x21-\x7e]{2,}", "", text.zh)), text.zh
        assert facts(text.zh, "_zh") == facts(text.en, "_en")


def facts(template: str, language: str) -> set[str]:
    names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    return {name.removesuffix(language) for name in names}


def test_the_tree_in_the_docstring() -> None:
    """The drawn tree is what a newcomer reads first; it names every leaf and family."""
    drawn = re.findall(r"[├└]── (\w+)", terminal.errors.tree.__doc__ or "")
    families = {leaf.__mro__[1].__name__ for leaf in LEAVES}
    assert set(drawn) == {leaf.__name__ for leaf in LEAVES} | families


def test_the_page_is_what_the_code_says() -> None:
    """docs/errors.md is what a clerk's IT has at hand; run tools/docs after a change."""
    for path, text in write_docs.pages().items():
        assert path.read_text("utf-8") == text, f"run tools/docs: {path.name} is stale"


def test_exit_statuses_tell_families_apart() -> None:
    """A script must be able to tell a missing card from a missing daemon."""
    by_family = {leaf.__mro__[1]: leaf.exit_status for leaf in LEAVES}
    assert len(set(by_family.values())) == len(by_family)
