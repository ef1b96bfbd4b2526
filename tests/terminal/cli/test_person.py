"""``guitai person``: somebody found by document or card; a card from before put on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from card_bench import chip_id
from registry import citizen_id
from registry_desk import WORD
from serving_desk import AGENT, ServingDesk, chip_of, code, made_of, typed

from card_profiles.profiles import GEN2
from emulator.card import SoftwareCard
from emulator.facts import made_up_facts
from emulator.parties.party import Fault
from terminal.registry import applications, audit_search, cards, pending, persons
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.audit_search import Wanted
from terminal.registry.pending import What

FIND = ("person", "find", "--for", "S-STATUS")
REGISTER = ("person", "register", "--id")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def looks(desk: ServingDesk) -> list[tuple[str, str, dict[str, Any]]]:
    """Give the looks on record: for which service, why, and what else."""
    with desk.bench() as on, on.registry.reading() as tx:
        found = audit_search.search(tx, Wanted(action="look"))
        return [(each.note.service, each.note.reason, dict(each.note.facts)) for each in found]


class TestFind:
    def test_by_document(self, desk: ServingDesk) -> None:
        """Masked, with what concerns the person; the look is on record with its reason."""
        desk.card_of()
        ran = desk(*FIND, "--id", "--reason", "来电咨询", typed=typed())
        assert ran.out.splitlines()[:3] == [
            "王**  中国内地居民",
            "  居民身份证 **************0017",
            "卡 1：*****0012，第三代卡，持卡人持有",
        ]
        assert looks(desk) == [("S-STATUS", "来电咨询", {})]

    def test_by_card(self, desk: ServingDesk) -> None:
        """The card on the desk says whose it is."""
        made, card = desk.card_of()
        desk.lay(made)
        found = desk(*FIND, "--json").json
        assert found["person"]["name"] == "王**"
        assert [each["number"] for each in found["cards"]] == [card.id]

    def test_in_clear(self, desk: ServingDesk) -> None:
        """That names and numbers were shown in clear is on record too."""
        desk.card_of()
        found = desk(*FIND, "--id", "--reveal", "--json", typed=typed()).json
        assert found["person"]["name"] == "王建国"
        assert found["person"]["documents"][0]["number"] == citizen_id(1)
        assert found["cards"][0]["card_number"] == "A00100012"
        assert looks(desk) == [("S-STATUS", "BANK", {"revealed": True})]

    def test_nobody(self, desk: ServingDesk) -> None:
        """Looking for somebody whom nobody knows is a look as well."""
        assert code(desk(*FIND, "--id", "--json", typed=typed(9))) == "person_unknown"
        desk.lay(chip_of(9))
        assert code(desk(*FIND, "--json")) == "card_unknown"
        assert len(looks(desk)) == 2

    def test_for_no_service(self, desk: ServingDesk) -> None:
        """Nobody is looked up for nothing (R-SECRET)."""
        assert code(desk("person", "find", "--id", "--json")) == "wrong_usage"
        assert code(desk("person", "find", "--for", "S-GOSSIP", "--json")) == "wrong_usage"

    def test_what_is_open(self, desk: ServingDesk) -> None:
        """Rights to act, what is unfinished and what is owed stand there, each with what to do."""
        made, _ = desk.card_of()
        desk.lay(made)
        desk.others.set("payment", Fault.DOWN)
        load = ("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=5", "--set", "method=transfer")
        desk(*load, "--key", "load-00001")
        desk.others.set("bank", Fault.DOWN)
        desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed())
        both = (*typed(), *typed(2, "李四"))
        desk("authorise", "add", "--id", "--for", "S-ENABLE", typed=both)
        out = desk(*FIND, "--id", typed=typed()).out
        assert "! 未办完：交通账户充值，接着办：guitai service run --key load-00001\n" in out
        assert "! 银行核心系统尚未确认：停用金融功能" in out
        assert "代理人 1：李*，启用社会保障功能\n" in out

    def test_what_was_applied_for(self, desk: ServingDesk) -> None:
        """An application and a card that waits, with what is to be written on a chip."""
        made, card = desk.card_of()
        with desk.bench() as on, on.registry.writing() as tx:
            pending.decide(tx, card.id, What.PIN_RESET, run_id=None)
            new = NewApplication(card.person_id, Sort.RENEW, "BOB", card.id)
            applications.apply(tx, new, run_id=None)
            cards.order(tx, card.person_id, "BOB", region="110000", run_id=None)
            persons.note_death(
                tx, persons.get(tx, card.person_id), deceased_on=date(2026, 1, 2), reminded=False
            )
        desk.lay(made)
        out = desk(*FIND).out
        assert "! 系统显示已死亡\n" in out
        assert "：尚无卡号，第三代卡，制作中\n" in out
        assert "申请 " in out
        assert "：换领，" in out
        assert "! 待写入芯片：" in out
        found = desk(*FIND, "--json").json
        assert (found["pending"], found["applications"][0]["sort"]) == (["pin_reset"], "renew")
        assert found["cards"][0]["card_number"] is None

    def test_by_telephone(self, desk: ServingDesk) -> None:
        """An agent looks up by number; no card can lie there."""
        desk.card_of()
        desk.sit_at("HOTLINE")
        desk.as_(AGENT)
        found = desk(*FIND, "--json", typed=typed()).json
        assert found["person"]["name"] == "王**"
        assert not desk.pcsc.calls


class TestRegister:
    def lay_unknown(self, desk: ServingDesk, sequence: int = 5, bank: str = "ICBC") -> Any:
        """Lay a card on that was issued elsewhere, which the city knows."""
        made = chip_of(sequence)
        number = made_of(made, sequence).number
        desk.others.city.card_management.add_card("citizen_id", citizen_id(sequence), number, bank)
        desk.lay(made)
        return made

    def test_issued_elsewhere(self, desk: ServingDesk) -> None:
        """What chip, document, city and bank say alike goes on record; then it is served."""
        made = self.lay_unknown(desk)
        ran = desk(*REGISTER, "--set", "mobile", typed=(*typed(5), "13911112222"))
        assert ran.status == 0, ran.err
        assert ran.out.startswith("已登记：王** 的卡 *****0016（登记编号 1）")
        assert "发卡合作银行：ICBC\n" in ran.out
        again = desk(*REGISTER, "--json", typed=typed(5)).json
        assert again["repeated"] is True
        assert desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=5").status == 0
        assert chip_id(made)[:6] == "110000"

    def test_by_two_where_something_does_not_fit(self, desk: ServingDesk) -> None:
        """A card that the city does not know is put on record by two, who read its face."""
        desk.lay(chip_of(5))
        refused = desk(*REGISTER, "--json", typed=typed(5))
        assert code(refused) == "second_wanted"
        by_two = ("--second", "zhang", "--reason", "核对了证件和卡")
        unnamed = desk(*REGISTER, *by_two, "--json", typed=(WORD, *typed(5)))
        assert code(unnamed) == "request_wrong"
        ran = desk(*REGISTER, *by_two, "--bank", "BOB", "--json", typed=(WORD, *typed(5)))
        assert ran.json["card"]["bank"] == "BOB"

    def test_another_persons(self, desk: ServingDesk) -> None:
        """Nobody gets another person's card in their name."""
        self.lay_unknown(desk)
        assert code(desk(*REGISTER, "--json", typed=typed(5, "李四"))) == "person_differs"

    def test_the_oldest_cards(self, desk: ServingDesk) -> None:
        """A card of the first generations needs neither city nor bank."""
        desk.others.set("card_management", Fault.DOWN)
        desk.lay(self.old_card())
        ran = desk(*REGISTER, typed=typed(6))
        assert ran.status == 0, ran.err
        assert "第二代卡" in ran.out

    def old_card(self) -> Any:
        """Make a second-generation card of this city's."""
        facts = made_up_facts(GEN2, 6)
        assert facts.holder is not None
        holder = replace(facts.holder, name="王建国", social_security_number=citizen_id(6))
        return SoftwareCard.new(GEN2, replace(facts, holder=holder, region="110000"))

    def test_who_may(self, desk: ServingDesk) -> None:
        """It is a clerk's, at a counter."""
        desk.as_("shen")
        assert code(desk(*REGISTER, "--json")) == "role_missing"


class TestElectronic:
    def test_put_on_record(self, desk: ServingDesk) -> None:
        """R-ECARD: no card is laid on; once it is there, finding the person shows it."""
        desk.card_of()
        city = desk.others.city.card_management
        city.add_electronic("citizen_id", citizen_id(1), "E00000015", "2026-01-05")
        ask = ("person", "electronic", "--id")
        ran = desk(*ask, typed=typed())
        assert (ran.status, ran.out) == (0, "已登记：王** 的电子卡 *****0015（登记编号 6）\n")
        again = desk(*ask, "--json", typed=typed()).json
        assert (again["outcome"], again["card"]["generation"]) == ("known", "e")
        assert "电子社会保障卡" in desk(*FIND, "--id", typed=typed()).out
        city.add_electronic("citizen_id", citizen_id(1), "")
        assert "已登记为注销" in desk(*ask, typed=typed()).out
        assert code(desk(*ask, "--json", typed=typed())) == "rule_refused"

    def test_where_the_city_is_mute(self, desk: ServingDesk) -> None:
        """Without its word nothing is put on record; the clerk learns whom to ask."""
        desk.card_of()
        desk.others.set("card_management", Fault.DOWN)
        ran = desk("person", "electronic", "--id", "--json", typed=typed())
        assert code(ran) == "party_unreachable"
