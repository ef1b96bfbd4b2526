"""``guitai service``: as a clerk types it: list, explain, run, by its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from registry_desk import WORD
from serving_desk import (
    AGENT,
    ISSUER,
    OTHER_READER,
    READER,
    ServingDesk,
    chip_of,
    code,
    made_of,
    noted,
    typed,
)

from terminal.cli import laid_cards
from terminal.registry import applications, cards, runs, seats
from terminal.registry.applications import NewApplication, Sort
from terminal.rules.vocabulary import Service
from terminal.services.offered import loss_temp, production

KEY = "service-0001"
PAYOUT = "6217000011112222"


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def verdicts(desk: ServingDesk, *arguments: str, typed: tuple[str, ...] = ()) -> dict[str, str]:
    """Give what can be done, by service."""
    listed = desk("service", "list", *arguments, "--json", typed=typed).json["services"]
    return {each["service"]: each["verdict"] for each in listed}


class TestList:
    def test_whose_card_is_laid_on(self, desk: ServingDesk) -> None:
        """No number is typed: the card says whose it is, and is brought already."""
        made, _ = desk.card_of()
        desk.lay(made)
        ran = desk("service", "list")
        assert ran.status == 0
        assert "✓ S-TRANSIT-LOAD   交通账户充值\n✓" in ran.out
        assert "S-APPLY" not in ran.out
        assert "要带：社会保障卡原件" not in ran.out

    def test_why_not_and_what_instead(self, desk: ServingDesk) -> None:
        """What cannot be done is left out, unless somebody asks why."""
        desk.card_of()
        ran = desk("service", "list", "--id", "--why", typed=typed())
        assert "✗ S-APPLY" in ran.out
        assert "一人一卡：已有第三代社会保障卡在用" in ran.out
        assert "（实施细则第 4 条）" in ran.out

    def test_a_stranger(self, desk: ServingDesk) -> None:
        """Who is not on record may apply; nothing else is promised to them."""
        found = verdicts(desk, "--id", typed=typed(9))
        assert found["S-APPLY"] == "allowed"
        assert "S-LOSS-TEMP" not in found

    def test_somebody_without_a_card(self, desk: ServingDesk) -> None:
        """Nobody is told to bring a card that they do not have."""
        desk.person(3)
        found = verdicts(desk, "--id", typed=typed(3))
        assert (found["S-LOSS-TEMP"], found["S-TRANSIT-LOAD"]) == ("refused", "refused")
        assert (
            "此人名下没有社会保障卡" in desk("service", "list", "--id", "--why", typed=typed(3)).out
        )

    def test_an_employers_person(self, desk: ServingDesk) -> None:
        """They see what employers do, without a batch or a card."""
        found = verdicts(desk, "--as", "employer")
        theirs = {"S-GROUP", "S-COLLECT-GROUP"}
        assert set(found) == {*theirs, "S-PROGRESS", "S-FEEDBACK", "S-VISIT"}

    def test_it_is_on_record(self, desk: ServingDesk) -> None:
        """Who looks at what a person could do has looked at the person (R-SECRET)."""
        desk.card_of()
        desk("service", "list", "--id", "--reason", "咨询", typed=typed())
        (entry,) = (each.note for each in noted(desk, action="look"))
        assert (entry.operator, entry.service, entry.reason) == ("li", "list", "咨询")

    def test_by_telephone_no_reader_is_opened(self, desk: ServingDesk) -> None:
        """There is no desk; what is done there is what a telephone can do."""
        desk.card_of()
        desk.sit_at("HOTLINE")
        desk.as_(AGENT)
        found = verdicts(desk, "--id", "--identified", typed=typed())
        assert (found["S-LOSS-TEMP"], found["S-LOSS-SOCIAL"]) == ("allowed", "refused")
        assert not desk.pcsc.calls

    def test_nothing_can_be_done(self, desk: ServingDesk) -> None:
        """An empty list says that it is empty."""
        desk.sit_at("PARK")
        ran = desk("service", "list", "--as", "employer")
        assert ran.out == "这里现在没有能办的业务\n"


class TestExplain:
    def test_nobody_has_to_sign_in(self, desk: ServingDesk) -> None:
        """What the rules say is no secret; what is asked for stands there too."""
        desk("sign-out")
        ran = desk("service", "explain", "s-renew")
        assert ran.status == 0
        assert "依据：实施细则第 16 条\n" in ran.out
        assert "  grounds      换领情形" in ran.out
        assert "旧卡由银行收回销毁（实施细则第 16 条）" in ran.out

    def test_all_of_them(self, desk: ServingDesk) -> None:
        """Every service has its line and its document, in both languages."""
        listed = desk("service", "explain").out.splitlines()
        assert [each.split()[0] for each in listed] == [each.value for each in Service]
        for language in ("zh", "en"):
            ran = desk("service", "explain", "--json", "--lang", language)
            documents = ran.json["services"]
            assert len(documents) == len(Service)
        assert "Bring: " in desk("service", "explain", "S-RENEW", "--lang", "en").out


class TestRun:
    def test_without_a_reader(self, desk: ServingDesk) -> None:
        """A loss is reported by document alone: no reader is even looked for."""
        desk.card_of()
        ran = desk("service", "run", "S-LOSS-TEMP", "--id", "--key", KEY, typed=typed())
        assert ran.status == 0, ran.err
        assert ran.out.startswith("已办理：临时挂失\n")
        assert "持卡人：王**\n" in ran.out
        assert ran.out.splitlines()[-1] == f"流水号：{KEY}"
        assert not desk.pcsc.calls
        assert desk.others.calls("bank") == ["stop_financial"]

    def test_the_same_key_again(self, desk: ServingDesk) -> None:
        """The same request is answered again, another one under its key is refused."""
        desk.card_of()
        arguments = ("service", "run", "S-LOSS-TEMP", "--id", "--key", KEY, "--json")
        first = desk(*arguments, typed=typed()).json["answer"]
        again = desk(*arguments, typed=typed()).json["answer"]
        assert (first["repeated"], again["repeated"]) == (False, True)
        assert again["number"] == first["number"]
        assert code(desk(*arguments, "--card", "1", typed=typed())) == "request_differs"

    def test_the_rules_refuse(self, desk: ServingDesk) -> None:
        """A clerk gets the article and the way out, a program the code and its exit status."""
        desk.card_of()
        desk.sit_at("DISTRICT")
        ran = desk("service", "run", "S-LOSS-FULL", "--id", typed=typed())
        assert ran.status == 16
        assert "（实施细则第 13 条）" in ran.err
        assert "临时挂失" in ran.err
        assert code(desk("service", "run", "S-LOSS-FULL", "--id", "--json", typed=typed())) == (
            "rule_refused"
        )

    def test_a_second_person(self, desk: ServingDesk) -> None:
        """Where the rules want one they agree at this desk, by their own password."""
        said = ("S-VISIT", "--id", "--set", "services=S-STATUS", "--set", "address", "--json")
        line = (*typed(), "朝阳区某街 1 号")
        desk.card_of()
        assert code(desk("service", "run", *said, typed=line)) == "second_wanted"
        agreed = desk(
            "service", "run", *said, "--second", "zhang", "--reason", "同去", typed=(WORD, *line)
        )
        assert agreed.status == 0
        (entry,) = (each.note for each in noted(desk, service="S-VISIT", action="done"))
        assert (entry.operator, entry.second) == ("li", "zhang")

    def test_on_the_chip(self, desk: ServingDesk) -> None:
        """A PIN is changed where the card lies; what lies there counts as shown."""
        made, _ = desk.card_of()
        desk.lay(made)
        ran = desk(
            "service",
            "run",
            "S-PIN-CHANGE",
            "--id",
            typed=(*typed(), "123456", "135790", "135790"),
        )
        assert ran.status == 0, ran.err
        assert "服务密码：已修改\n" in ran.out
        assert made.memory.cells()["PIN"].hex() == "135790"

    def test_money_in_yuan(self, desk: ServingDesk) -> None:
        """Everybody writes yuan: a fen that passed for one would load a hundredth."""
        made, _ = desk.card_of()
        desk.lay(made)
        assert (
            "交通余额：50.50 元"
            in desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=50.5").out
        )
        ran = desk("service", "run", "S-TRANSIT-LOAD", "--set", "fen=50", "--json")
        assert code(ran) == "wrong_usage"
        assert "可以写：yuan、method" in ran.json["error"]["message"]
        ran = desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan", typed=("0.5",))
        assert "交通余额：51.00 元" in ran.out
        shown = desk("service", "explain", "S-TRANSIT-LOAD")
        assert "  yuan         金额（元）" in shown.out
        assert "不写为 cash" in shown.out
        documents = desk("service", "explain", "S-TRANSIT-LOAD", "--json").json["services"]
        assert [each["name"] for each in documents[0]["asks"]] == ["yuan", "method"]

    def test_no_card_lies_there(self, desk: ServingDesk) -> None:
        """Nothing is begun; where it goes without a card that is said."""
        desk.card_of()
        load = ("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=5", "--wait", "0", "--json")
        assert code(desk(*load)) == "no_card"
        minor = ("service", "run", "S-DATA-MINOR", "--id", "--set", "mobile", "--wait", "0")
        said = (*typed(), "13911112222")
        refused = desk(*minor, "--json", typed=said)
        assert code(refused) == "card_wanted"
        assert "--no-card" in refused.json["error"]["cause"]
        done = desk(*minor, "--no-card", typed=said)
        assert "尚未写入，下次用卡办理业务时写入" in done.out

    def test_a_trace_of_what_crossed_the_wire(self, desk: ServingDesk) -> None:
        """IT gets what was sent, masked as everywhere."""
        made, _ = desk.card_of()
        desk.lay(made)
        path = desk.folder / "trace.apdu"
        ran = desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=5", "--trace", str(path))
        assert ran.status == 0
        assert "SELECT" in path.read_text("utf-8") or "00A4" in path.read_text("utf-8")

    def test_at_home(self, desk: ServingDesk) -> None:
        """A clerk at a holder's home does there what the rules let be done there."""
        desk.card_of()
        ran = desk(
            "service", "run", "S-FIN-ACTIVATE", "--id", "--at-home", "--no-card", typed=typed()
        )
        assert ran.status == 16
        assert "激活金融功能须在网点柜面办理" in ran.err

    def test_in_english(self, desk: ServingDesk) -> None:
        """All of it is said in either language."""
        desk.card_of()
        ran = desk("service", "run", "S-LOSS-TEMP", "--id", "--lang", "en", typed=typed())
        assert ran.out.startswith("Done: report a loss for the time being\nAcceptance number: ")
        assert "Tell the holder:" in ran.out


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            (["mobile=13911112222"], "--set mobile"),
            (["mobil"], "S-DATA-MINOR 没有 mobil 这一项"),
            (["yuan=5"], "S-DATA-MINOR 没有 yuan 这一项"),
            (["occupation=1", "occupation=2"], "写了两次"),
        ],
    )
    def test_slips_are_told_before_anybody_types(
        self, desk: ServingDesk, settings: list[str], words: str
    ) -> None:
        """What is personal is no argument; what is mistyped is not left aside in silence."""
        options = [part for each in settings for part in ("--set", each)]
        ran = desk("service", "run", "S-DATA-MINOR", "--id", *options, "--json")
        assert (ran.status, code(ran)) == (2, "wrong_usage")
        assert words in ran.json["error"]["message"]
        assert "13911112222" not in ran.out

    @pytest.mark.parametrize(
        ("service", "setting", "wrong"),
        [
            ("S-RENEW", "grounds=face,worn", "wrong_usage"),
            ("S-TRANSIT-LOAD", "method=credit", "wrong_usage"),
            ("S-TRANSIT-LOAD", "yuan=-5", "amount_wrong"),
            ("S-TRANSIT-LOAD", "yuan=0", "amount_wrong"),
            ("S-APPLY", "valid_until=2036-02-31", "request_wrong"),
            ("S-APPLY", "photo=@nowhere.jpg", "file_trouble"),
        ],
    )
    def test_values_that_are_none(
        self, desk: ServingDesk, service: str, setting: str, wrong: str
    ) -> None:
        """A value that the service would not understand never reaches it."""
        assert code(desk("service", "run", service, "--set", setting, "--json")) == wrong

    def test_a_list_of_persons_from_a_file(self, desk: ServingDesk) -> None:
        """An employer's list is no argument; who is accepted is counted."""
        row = {
            "document": "citizen_id",
            "number": typed(5)[0],
            "name": "李四",
            "mobile": "13800000005",
            "occupation": "20800",
            "address": "北京市朝阳区某街 5 号",
            "valid_until": "2036-01-01",
            "confirmed": True,
        }
        path = desk.folder / "rows.json"
        path.write_text(json.dumps([row]), "utf-8")
        settings = ["bank=BOB", "employer=某公司", "licence=91110000", "contact", f"rows=@{path}"]
        ran = desk(
            "service",
            "run",
            "S-GROUP",
            "--as",
            "employer",
            "--papers",
            "actor_id",
            *(part for each in settings for part in ("--set", each)),
            typed=("13900000000",),
        )
        assert ran.status == 0, ran.err
        assert "已受理：1 人" in ran.out

    def test_numbers_that_differ(self, desk: ServingDesk) -> None:
        """Keyed in twice, a slip is seen; a number that is none is told at once."""
        ran = desk("query", "status", "--id", "--json", typed=(typed(1)[0], typed(2)[0]))
        assert code(ran) == "request_wrong"
        ran = desk("query", "status", "--id", "--json", typed=("110105199003070011",))
        assert code(ran) == "personal_data_wrong"
        assert "110105199003070011" not in ran.out + ran.err

    def test_papers_that_are_none(self, desk: ServingDesk) -> None:
        """A paper that the rules do not know is a slip, and which there are is said."""
        ran = desk("service", "run", "S-LOSS-TEMP", "--papers", "id,passbook", "--json")
        assert code(ran) == "wrong_usage"
        assert "firm_authorisation" in ran.json["error"]["message"]

    def test_no_original_is_shown(self, desk: ServingDesk) -> None:
        """A number that is only known is no document on the desk."""
        desk.card_of()
        ran = desk("service", "run", "S-LOSS-SOCIAL", "--id", "--not-shown", typed=typed())
        assert ran.status == 16
        assert "还缺：持卡人（申请人）有效身份证件原件" in ran.err

    @pytest.mark.parametrize("key", ["short", "a" * 41, "a key with", "日期-0001"])
    def test_keys_that_are_none(self, desk: ServingDesk, key: str) -> None:
        """A key goes to other parties in pieces: it has a form, and room behind it."""
        assert code(desk("service", "run", "S-STATUS", "--key", key, "--json")) == "wrong_usage"


class TestRenewal:
    @pytest.fixture
    def chips(self, desk: ServingDesk) -> tuple[Any, Any]:
        """Give an old card with money on it, and the new one that waits."""
        old_chip, old = desk.card_of()
        new_chip = chip_of(1, 2, pin=None)
        with desk.bench() as on:
            with on.registry.writing() as tx:
                plea = applications.apply(
                    tx,
                    NewApplication(
                        old.person_id, Sort.RENEW, "BOB", old.id, payout="6217000011112222"
                    ),
                    run_id=None,
                )
                seats.take(tx, old.person_id, application_id=plea.id, beside=True)
            production.verify(on.desk(), plea.id)
            production.start(on.desk(), plea.id)
            made = replace(made_of(new_chip, 1, 2), account="")  # the one that the bank opened
            production.made(on.desk(), plea.id, made)
        desk.lay(old_chip)
        assert desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=12.34").status == 0
        return old_chip, new_chip

    @pytest.mark.parametrize("swapped", [False, True])
    def test_two_readers(self, desk: ServingDesk, chips: tuple[Any, Any], swapped: bool) -> None:
        """Old and new beside each other, whichever lies where: money out, PIN set."""
        old, new = reversed(chips) if swapped else chips
        desk.lay(old, READER)
        desk.lay(new, OTHER_READER)
        ran = desk(
            "service",
            "run",
            "S-COLLECT",
            "--id",
            "--reader",
            OTHER_READER,
            "--old-reader",
            READER,
            typed=(*typed(), "135790", "135790"),
        )
        assert ran.status == 0, ran.err
        assert "交通余额：12.34 元，退至账户 ************2222" in ran.out
        assert "服务密码：已由本人设置" in ran.out
        (paid,) = desk.others.city.bank.payouts
        assert paid["amount_fen"] == 1234

    @pytest.mark.parametrize("first", [0, 1])
    def test_one_reader(
        self,
        desk: ServingDesk,
        chips: tuple[Any, Any],
        monkeypatch: pytest.MonkeyPatch,
        first: int,
    ) -> None:
        """One after the other; whoever lays them on is told which one is wanted."""
        desk.lay(chips[first])
        lying = [first]
        said: list[str] = []

        def swap() -> bool:
            lying[0] = 1 - lying[0]
            desk.lay(chips[lying[0]])
            return True

        desk.pcsc.idle = swap
        monkeypatch.setattr(laid_cards, "progress_of", lambda _: lambda text: said.append(text.zh))
        ran = desk("service", "run", "S-COLLECT", "--id", typed=(*typed(), "135790", "135790"))
        assert ran.status == 0, ran.err
        assert "交通余额：12.34 元" in ran.out
        assert any(("旧卡" if first else "新卡") in each for each in said)

    def test_somebody_elses(self, desk: ServingDesk, chips: tuple[Any, Any]) -> None:
        """Who is not on record collects nothing, whatever card lies there."""
        desk.lay(chips[1])
        ran = desk("service", "run", "S-COLLECT", "--id", "--json", typed=typed(9))
        assert code(ran) == "person_unknown"

    def test_the_old_one_is_missing(self, desk: ServingDesk, chips: tuple[Any, Any]) -> None:
        """Nothing is begun without it; one whose chip is dead is named as such."""
        desk.lay(chips[1], OTHER_READER)
        desk.pcsc.remove(READER)
        collect = ("service", "run", "S-COLLECT", "--id", "--reader", OTHER_READER, "--wait", "0")
        collect += ("--old-reader", READER, "--papers", "card", "--json")
        ran = desk(*collect, typed=typed())
        assert code(ran) == "card_wanted"
        assert "dead" in ran.json["error"]["cause"]


class TestRoles:
    def test_an_auditor_does_nothing(self, desk: ServingDesk) -> None:
        """Who looks at what others do does nothing that would be looked at."""
        desk.as_("shen")
        for arguments in (
            ("service", "list", "--id"),
            ("service", "run", "S-LOSS-TEMP", "--id"),
            ("service", "run", "--key", KEY),
            ("query", "status"),
            ("person", "find", "--for", "S-STATUS"),
            ("duties", "list"),
            ("duties", "run"),
            ("report", "deadlines"),
            ("found", "list"),
            ("custody", "list"),
            ("production", "list"),
            ("deaths", "fetch"),
        ):
            assert code(desk(*arguments, "--json")) == "role_missing"

    def test_the_telephone_is_for_its_agents(self, desk: ServingDesk) -> None:
        """A clerk serves at a counter, an agent by telephone; neither sits in the other's place."""
        run = ("service", "run", "S-LOSS-TEMP", "--id", "--identified", "--json")
        desk.as_(AGENT)
        assert code(desk(*run)) == "role_missing"
        desk.sit_at("HOTLINE")
        assert code(desk(*run, typed=())) == "request_wrong"
        desk.as_("li")
        assert code(desk(*run)) == "role_missing"

    def test_who_makes_cards(self, desk: ServingDesk) -> None:
        """An issuer makes cards, and does not serve."""
        desk.as_(ISSUER)
        assert code(desk("service", "run", "S-LOSS-TEMP", "--id", "--json")) == "role_missing"
        assert code(desk("service", "run", "S-INSTANT", "--id", "--json")) == "request_wrong"

    def test_a_key_opens_no_door(self, desk: ServingDesk) -> None:
        """What was done is shown to whoever could have done it."""
        desk.card_of()
        desk("service", "run", "S-LOSS-TEMP", "--id", "--key", KEY, typed=typed())
        desk.as_(ISSUER)
        assert code(desk("service", "run", "--key", KEY, "--json")) == "role_missing"

    def test_nobody_is_signed_in(self, desk: ServingDesk) -> None:
        """Nothing is done by nobody."""
        desk("sign-out")
        assert code(desk("service", "list", "--json")) == "not_signed_in"


def test_services_stand_in_the_registry(desk: ServingDesk) -> None:
    """What the command line did is what the registry has: one move, one duty, one note."""
    _, card = desk.card_of()
    desk("service", "run", "S-LOSS-TEMP", "--id", "--key", KEY, typed=typed())
    with desk.bench() as on, on.registry.reading() as tx:
        assert cards.get(tx, card.id).social.state == "temp_lost"
        assert runs.by_key(tx, KEY) is not None
    assert loss_temp.WORK.service is Service.LOSS_TEMP
    assert len(noted(desk, service="S-LOSS-TEMP", action="done")) == 1
