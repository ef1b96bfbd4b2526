"""R-SHARE: what is known of a person comes from the city's platform, what happens goes to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from registry import ask, bench

from emulator.parties.party import Fault
from terminal.errors import RuleRefused
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import delivery
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of


def test_r_share_whether_matters_are_closed_is_the_platforms_to_say(tmp_path: Path) -> None:
    """A clerk's word that everything is settled is none: the offices are asked, each time."""
    counter = bench(tmp_path)
    person = counter.person()
    counter.card(person)
    desk, request = counter.desk(Channel.DISTRICT), ask(Service.CANCEL_SOCIAL, person)
    number = person.document.number.reveal()
    counter.others.city.data_sharing.add_person(number, "王建国", closed=False)
    with pytest.raises(RuleRefused) as refused:
        carry_out(work_of(Service.CANCEL_SOCIAL), desk, request, "key-00000001")
    assert "尚未办结" in str(refused.value.facts["reasons"])
    assert "matters_closed" in counter.others.calls("data_sharing")


def test_r_share_what_happens_to_a_card_goes_to_the_city(tmp_path: Path) -> None:
    """The city's system hears of a loss at once; where it is down, as soon as it can."""
    counter = bench(tmp_path)
    person = counter.person()
    counter.card(person)
    counter.others.set("card_management", Fault.DOWN)
    desk, request = counter.desk(Channel.HOTLINE), ask(Service.LOSS_TEMP, person)
    answer = carry_out(work_of(Service.LOSS_TEMP), desk, request, "key-00000001")
    assert any("市社保卡管理系统" in each.zh for each in answer.owed)
    counter.others.set("card_management", Fault.UP)
    counter.later(hours=2)
    delivery.run_due(desk)
    assert counter.others.calls("card_management") == ["report"]
