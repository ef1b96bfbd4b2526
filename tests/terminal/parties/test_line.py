"""The line to another party: what is asked, what is believed, and what a clerk is told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from hypothesis import given
from hypothesis import strategies as st

from emulator.key_host import Fault as LineFault
from emulator.key_host import serve
from emulator.parties.city import City
from emulator.parties.party import Fault
from terminal.config import Config, Party
from terminal.config import Parties as Settings
from terminal.errors import (
    ConfigWrong,
    FileTrouble,
    PartyAnswerWrong,
    PartyContradicts,
    PartyError,
    PartyRefused,
    PartyUnreachable,
)
from terminal.parties.bank import Applicant, BankCore, StopReason
from terminal.parties.data_sharing import Identity
from terminal.parties.lines import Parties, parties_from, parties_over

NUMBER, NAME, ACCOUNT = "000000197001010000", "测试一", "6200000000000000018"
RECEIPT = {"key": "k", "reference": "R1", "at": "2026-03-02T09:00:00+08:00"}


def bank(answer: str | Callable[[str], str], telephone: str = "") -> BankCore:
    ask = answer if callable(answer) else lambda _text: answer
    return parties_over({"bank": ask}, {"bank": telephone}).bank


def configured(url: str, **more: Any) -> Parties:
    party = Party(url=url, **more)
    return parties_from(Config(parties=Settings(bank=party, data_sharing=party), source="x.toml"))


def test_what_goes_over_the_line() -> None:
    """The agreed form, to the letter: others write their side against it."""
    texts: list[str] = []

    def ask(text: str) -> str:
        texts.append(text)
        return json.dumps({"result": RECEIPT})

    bank(ask).stop_financial("k", account_number=ACCOUNT, why=StopReason.FORMAL_LOSS)
    assert texts[0].isascii()
    assert json.loads(texts[0]) == {
        "party": "bank",
        "call": "stop_financial",
        "arguments": {"key": "k", "account_number": ACCOUNT, "why": "formal_loss"},
    }


def refused(code: object = "refused", **more: object) -> str:
    return json.dumps(
        {"refused": {"code": code, "reason": {"zh": "户名不符", "en": "another name"}, **more}}
    )


def test_refusals() -> None:
    """The party's own words reach the clerk, and which of the two kinds it is."""
    with pytest.raises(PartyRefused) as caught:
        bank(refused()).activate("k", ACCOUNT)
    assert caught.value.cause("zh") == "对方说明：户名不符"
    with pytest.raises(PartyContradicts) as other:
        bank(refused("contradiction")).activate("k", ACCOUNT)
    assert other.value.cause("en") == "another name"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "{}",
        refused("maybe"),
        refused(more=1),
        json.dumps({"result": RECEIPT, "refused": None}),
        json.dumps({"result": RECEIPT, "more": 1}),
        json.dumps({"result": None}),
        json.dumps({"result": {**RECEIPT, "name": NAME}}),
        json.dumps({"result": {**RECEIPT, "at": NAME}}),
        json.dumps({"result": {**RECEIPT, NAME: 1}}),
        "[" * 100_000,
    ],
)
def test_answers_that_are_none(answer: str) -> None:
    """Nothing is taken for done that is not said to be, and nothing of it is quoted."""
    with pytest.raises(PartyAnswerWrong) as caught:
        bank(answer, "010-1").activate("k", ACCOUNT)
    said = [
        words(language)
        for words in (caught.value.message, caught.value.cause, caught.value.advice)
        for language in ("zh", "en")
    ]
    assert not any(NAME in each or ACCOUNT in each for each in [*said, str(caught.value)])
    assert "parties.bank.url" in said[4]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*RECEIPT, "code", "reason", "zh", "en"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["result", "refused", "else"]))
def test_any_answer_is_one_of_the_family(document: object, name: str) -> None:
    """Whatever comes, the service that asked has one family of errors to see to."""
    parties = parties_over(dict.fromkeys(("bank", "card_management"), lambda _: text))
    text = json.dumps({name: document})
    for ask in (
        lambda: parties.bank.activate("k", ACCOUNT),
        lambda: parties.bank.financial_state(ACCOUNT),
        lambda: parties.card_management.death_reminders(date(2026, 1, 1)),
        lambda: parties.card_management.standing("id_card", NUMBER),
    ):
        try:
            answer: object = ask()
        except PartyError as error:
            answer = error
        assert answer in ((),) or isinstance(answer, PartyError)


def test_an_answer_to_another_question() -> None:
    """Crossed answers are found by what they repeat, in a value that was asked with, too."""
    with pytest.raises(PartyContradicts) as caught:
        bank(json.dumps({"result": {**RECEIPT, "key": "other"}})).activate("k", ACCOUNT)
    assert "key" in caught.value.cause("zh")

    opened = {
        "key": "k",
        "number": NUMBER,
        "account_number": ACCOUNT,
        "account_class": "II",
        "restricted": True,
        "risk": {"zh": "限额", "en": "limited"},
    }
    core = bank(json.dumps({"result": opened}))
    applicant = Applicant(NAME, "id_card", NUMBER, None, "13900000000", "bank-1")
    risk = core.check_and_open("k", applicant).risk
    assert risk is not None
    assert risk.zh == "限额"
    with pytest.raises(PartyContradicts):
        core.check_and_open("k", replace(applicant, number="another"))


def test_wrong_arguments_are_our_own_mistake() -> None:
    """They are found before anything is asked, and not taken for the other side's fault."""
    asked: list[str] = []
    core: Any = bank(lambda text: asked.append(text) or "")
    for arguments in (("k",), ("k", 5), ("k", ACCOUNT, 1), (None, ACCOUNT)):
        with pytest.raises(TypeError):
            core.activate(*arguments)
    with pytest.raises(TypeError):
        core.payout("k", ACCOUNT, 12.5, NAME)
    with pytest.raises(TypeError):
        core.stop_financial("k", ACCOUNT, "formal_loss")
    assert asked == []
    assert not hasattr(core, "steal")


def test_a_wrong_address() -> None:
    """404 is another service's answer."""

    def ask(_text: str) -> str:
        raise LookupError

    with pytest.raises(PartyAnswerWrong) as caught:
        bank(ask).activate("k", ACCOUNT)
    assert "404" in caught.value.cause("en")


def test_values_do_not_show_whose_they_are() -> None:
    """What is logged or shown of a value by accident has nothing personal in it."""
    values = (
        Identity(NAME, "id_card", NUMBER),
        Applicant(NAME, "id_card", NUMBER, None, "13900000000", "bank-1"),
    )
    assert not any(each in repr(values) for each in (NAME, NUMBER, "13900000000"))


# --- Over HTTP -----------------------------------------------------------------------------


@pytest.fixture
def city() -> Iterator[City]:
    there = City(open_register=True)
    yield there
    for each in there:
        each.hurry.set()


def test_over_https(tmp_path: Path, city: City) -> None:
    """The configured way: a certificate that is checked, rare names that come over whole."""
    authority = Authority(tmp_path, "ours")
    tls = authority.server(authority.identity("localhost"))
    with serve(city.answer, tls=tls) as url:
        parties = configured(url, ca_file=str(authority.file))
        city.data_sharing.add_person(NUMBER, "买买提·𠂇䶮")
        verified = parties.data_sharing.verify(Identity("买买提•𠂇䶮", "id_card", NUMBER))
        assert verified.identity == "agrees"
        parties.bank.activate("k", ACCOUNT)
        stranger = Authority(tmp_path, "theirs")
        with pytest.raises(PartyUnreachable):
            configured(url, ca_file=str(stranger.file)).bank.activate("k", ACCOUNT)
    assert city.bank.accounts[ACCOUNT]["state"] == "active"


def test_late_lost_and_none(city: City) -> None:
    """Over a real line: what was done meanwhile is found under its key, once."""
    with serve(city.answer) as url:
        parties = configured(url, timeout_seconds=0.3)
        for number, fault in enumerate((Fault.SLOW, Fault.LOST_ANSWER, Fault.DOWN)):
            city.bank.fail_once(fault)
            with pytest.raises(PartyUnreachable):
                parties.bank.payout(f"k{number}", ACCOUNT, 100, NAME)
            city.bank.hurry.set()
            parties.bank.payout(f"k{number}", ACCOUNT, 100, NAME)
    assert [each["key"] for each in city.bank.payouts] == ["k0", "k1", "k2"]


@pytest.mark.parametrize("fault", [each for each in LineFault if each is not LineFault.NONE])
def test_every_fault_of_a_line(city: City, fault: LineFault) -> None:
    """Whatever the line does it is one of two words, and never a hang."""
    with serve(city.answer, fault=fault) as url:
        parties = configured(url, timeout_seconds=0.3)
        with pytest.raises((PartyUnreachable, PartyAnswerWrong)):
            parties.bank.financial_state(ACCOUNT)


def test_wrong_settings(tmp_path: Path) -> None:
    """An address that is none, a certificate that is not there: at the start, with its name."""
    with pytest.raises(ConfigWrong) as caught:
        configured("http://example.org/")
    assert "parties.bank.url" in caught.value.cause("zh")
    with pytest.raises(FileTrouble):
        configured("https://example.org/", ca_file=str(tmp_path / "none"))
