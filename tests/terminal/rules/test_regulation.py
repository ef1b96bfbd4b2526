"""The catalogue of the regulation: nothing of the digest is missing, and each rule is kept."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from page_regulation import all_tests, by_rule, prefix

from terminal.rules.regulation import REGULATION, Entry, Kept, Mark
from terminal.rules.terms import RULE_TERMS
from terminal.rules.vocabulary import Service
from terminal.services.offered.works import MODULES

IDS = """
S-APPLY S-GROUP S-COLLECT S-COLLECT-GROUP S-PIN-SET S-ENABLE S-FIN-ACTIVATE S-LOSS-TEMP
S-LOSS-SOCIAL S-LOSS-FULL S-UNLOSS S-REPLACE S-RENEW S-BANK-CHANGE S-CANCEL-SOCIAL S-CANCEL-ALL
S-PIN-CHANGE S-PIN-RESET S-STATUS S-PROGRESS S-FEEDBACK S-DATA-MINOR S-DATA-BASIC
S-TRANSIT-LOAD S-TRANSIT-REFUND S-PARK-BUY S-PARK-MOVE S-FIN-* S-INSTANT S-VISIT
R-ELIGIBLE R-ONE R-VERIFY R-FIN-CHECK R-NEW-OFF R-NOTIFY R-PENDING R-TEMP-15 R-DISTRICT-SOCIAL
R-UNLOSS-NOT-REPLACED R-RENEW-GROUNDS R-RENEW-MONEY R-RENEW-PARK R-OLD-UNTIL-NEW R-OLD-DESTROY
R-BANK-6M R-SUBSIDY-NOTE R-FIN-6M R-UNCOLLECTED-6M R-DEAD-10WD R-GROUP-30 R-MAKE-30 R-MAKE-4WD
R-MAKE-NOW R-FREE R-AGENT R-GUARDIAN R-OLD-GEN R-TWO-PINS R-RISK R-SECRET R-OWN-USE R-SHARE
R-ECARD R-ONE-CARD
"""
"""Every id of the digest, in its order."""
OURS = {"R-PENDING", "R-GUARDIAN", "S-PIN-SET"}
"""What no article says, as far as the digest goes."""
FINANCIAL = {f"S-FIN-{each}" for each in ("LOSS", "UNLOSS", "PIN", "CANCEL", "MOBILE")}
TESTS = by_rule((each.id for each in REGULATION), all_tests())
KEPT_ONES = [each for each in REGULATION if each.kept is not Kept.DECLARED]


def test_every_rule_of_the_digest_and_no_other() -> None:
    """A rule that is left out here is one that nobody misses until it is broken."""
    assert [each.id for each in REGULATION] == IDS.split()


def test_every_service_has_its_row() -> None:
    """What the program offers and what the regulation knows are the same."""
    services = {each.value for each in Service} - FINANCIAL | {"S-FIN-*"}
    assert {each.id for each in REGULATION if each.id.startswith("S-")} == services


@pytest.mark.parametrize("entry", KEPT_ONES, ids=lambda each: each.id)
def test_every_rule_is_kept_somewhere(entry: Entry) -> None:
    """A catalogue that names modules which are not there is a wish list."""
    assert entry.modules
    for module in entry.modules:
        assert importlib.util.find_spec(f"terminal.{module}") is not None, module


@pytest.mark.parametrize("entry", KEPT_ONES, ids=lambda each: each.id)
def test_every_rule_has_a_test_of_its_name(entry: Entry) -> None:
    """Whoever asks how a rule is kept is shown a test that fails where it is not."""
    assert TESTS.get(entry.id), f"no test is called {prefix(entry.id)}…"


@pytest.mark.parametrize("entry", REGULATION, ids=lambda each: each.id)
def test_an_entry_is_whole(entry: Entry) -> None:
    """Law, words, and a reason where a rule is declared only."""
    assert entry.says.zh.strip()
    assert entry.says.en.strip()
    assert not re.search("[\u4e00-\u9fff][,;!?]|[,;!?][\u4e00-\u9fff]", entry.says.zh)
    wanted = r"(?:Rules|Measures) [0-9]+(?:, [0-9]+)*"
    assert re.fullmatch(f"{wanted}(?:; {wanted})?", entry.articles) or entry.id == "R-GUARDIAN"
    assert (entry.because is not None) is (entry.kept is Kept.DECLARED)
    assert bool(entry.modules) is (entry.kept is not Kept.DECLARED)
    if entry.id in OURS:
        assert Mark.OWN in entry.marks


def test_a_services_module_is_the_one_that_carries_it_out() -> None:
    """The page must not send a reader to another module than the one that runs."""
    by_id = {each.id: each for each in REGULATION}
    for service, module in MODULES.items():
        entry = by_id["S-FIN-*" if service.value in FINANCIAL else service.value]
        assert f"services.offered.{module}" in entry.modules


def test_rules_with_a_term_are_in_the_catalogue() -> None:
    """The articles of a term and of its rule are one law."""
    by_id = {each.id: each for each in REGULATION}
    for term in RULE_TERMS:
        article = term.article.removeprefix("Rules Art. ").partition("(")[0]
        assert article in re.findall("[0-9]+", by_id[term.rule].articles)
        assert "rules.terms" in by_id[term.rule].modules


def test_a_test_belongs_to_the_longest_name() -> None:
    """R-ONE must not live on the tests of R-ONE-CARD, nor S-COLLECT on those of S-COLLECT-GROUP."""
    here = Path(__file__)
    names = ["R-ONE", "R-ONE-CARD", "S-FIN-*", "S-FIN-ACTIVATE", "S-COLLECT"]
    tests = ["test_r_one", "test_r_one_card_too", "test_s_fin_pin", "test_s_fin_activate"]
    found = by_rule(names, [(here, each) for each in [*tests, "test_s_collection", "test_x"]])
    assert {name: len(paths) for name, paths in found.items()} == dict.fromkeys(names[:-1], 1)
