"""What forms call things: every service has its place, every choice its word."""

from __future__ import annotations

import pytest

from terminal.rules.decision import Verdict
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered.wishes import OF_SERVICE, WISHES
from terminal.texts import Text
from terminal.web.views import Offer
from terminal.web.words import GROUPS, choices_of, grouped, label_of, said_of


def test_every_service_stands_in_one_group() -> None:
    """One that stood nowhere could never be chosen."""
    listed = [each for _, group in GROUPS for each in group]
    assert sorted(listed) == sorted(Service)


@pytest.mark.parametrize(
    ("service", "name"), [(s, n) for s, names in OF_SERVICE.items() for n in names]
)
def test_a_label_names_no_file_syntax(service: Service, name: str) -> None:
    """``=@`` and codes belong to the command line; a form has a file field and words."""
    label = label_of(service, name)
    for said in (label.zh, label.en):
        assert "@" not in said
        assert not any(f"{each} " in said for each in WISHES[name].among)


@pytest.mark.parametrize("name", [name for name, wish in WISHES.items() if wish.among])
def test_every_choice_has_a_word(name: str) -> None:
    """A clerk reads 现金, not cash."""
    for value, text in choices_of(name):
        assert text.zh != value


def test_choices_are_said_as_they_are_shown() -> None:
    """The last page before it is done says what was chosen in the same words."""
    assert said_of("method", "cash").zh == "现金"
    assert said_of("grounds", "face data").zh == "卡面污损、残缺不能辨认、个人基本信息依法变更"
    assert said_of("services", "S-ENABLE").zh == SERVICES[Service.ENABLE].zh
    assert said_of("address", "东城区 1 号") == Text("东城区 1 号", "东城区 1 号")


def test_groups_without_anything_are_left_out() -> None:
    """Only what can be done is offered, in its group."""
    offers = [
        Offer(each, SERVICES[each], Verdict.ALLOWED if each is Service.STATUS else Verdict.REFUSED)
        for each in Service
    ]
    ((title, found),) = grouped(offers)
    assert title.zh == "查询"
    assert [each.service for each in found] == [Service.STATUS]
