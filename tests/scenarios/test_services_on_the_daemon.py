"""A counter's day as it is: every command a process, cards on the real daemon, parties on a line.

One service of each kind: by the registry alone, by the holder's PIN, with money on the chip, with a
pass, an enquiry, and a renewal that ends with two cards in two readers. What goes wrong in the
middle goes on under its key.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from card_bench import chip_id
from city import BESIDE, YEAR, City, open_city
from desk import GUITAI, valid
from registry import citizen_id
from serving_desk import NAME, chip_of, made_of

PAYOUT = "6217000011112222"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Open a counter for the module's day."""
    with open_city(tmp_path_factory.mktemp("city")) as opened:
        yield opened


def typed(sequence: int = 1, name: str = NAME, *more: str) -> tuple[str, ...]:
    return citizen_id(sequence), citizen_id(sequence), name, *more


def test_a_day_at_the_counter(city: City) -> None:
    """Each step is what the next one finds."""
    by_telephone(city)
    with city.desk.emulating("--image", str(city.folder / "old.json")):
        an_enquiry(city)
        a_pin(city)
        money(city)
        broken_off(city)
        a_pass(city)
        application = a_renewal(city)
        with city.desk.emulating("--image", str(city.folder / "new.json"), slot=1):
            collected(city, application)
    at_the_end(city)


def by_telephone(city: City) -> None:
    """S-LOSS-TEMP, by the registry alone; the bank is told before the caller hangs up."""
    loss = ("service", "run", "S-LOSS-TEMP", "--id", "--identified", "--json")
    answer = city.at("agent", *loss, typed=typed(2, "李四")).json["answer"]
    assert (answer["service"], answer["owed"]) == ("S-LOSS-TEMP", [])
    (account,) = city.ledger("bank")["accounts"].values()
    assert account["state"] == "stopped_temporary"
    assert city.ledger("messages")["sent"][-1]["mobile"] == "13800000000"


def an_enquiry(city: City) -> None:
    """S-STATUS, of whose card lies on the reader."""
    answer = city.clerk("query", "status")["answer"]
    values = [each["value"] for each in answer["lines"]]
    assert {"已启用", "已激活（银行确认）"} <= set(values)


def a_pin(city: City) -> None:
    """S-PIN-CHANGE, entered by the holder."""
    changed = city.serve("S-PIN-CHANGE", "--id", typed=typed(1, NAME, "123456", "864202", "864202"))
    assert changed["服务密码"] == "已修改"


def money(city: City) -> None:
    """S-TRANSIT-LOAD: on the chip once, whatever is clicked twice."""
    load = ("S-TRANSIT-LOAD", "--set", "yuan=50", "--key", "load-000001")
    assert city.serve(*load)["交通余额"] == "50.00 元"
    again = city.serve(*load)
    assert (again["交通余额"], again["repeated"]) == ("50.00 元", True)


def broken_off(city: City) -> None:
    """Ended while the payment is under way: open, named with its key, gone on with, paid once."""
    key = "load-000002"
    load = ("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=8", "--set", "method=transfer")
    city.fault("payment", "slow")
    config = str(city.folder / "clerk.toml")
    command = [*GUITAI, "--config", config, *load, "--key", key, "--json"]
    city.desk.environment["XDG_RUNTIME_DIR"] = str(city.folder / "clerk")
    with subprocess.Popen(
        command, env=city.desk.environment, stdout=subprocess.PIPE, text=True
    ) as process:
        while not paid(city):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert (process.returncode, valid(out)["error"]["code"]) == (130, "service_interrupted")
    (left,) = city.clerk("duties", "list")["unfinished"]
    assert left["key"] == key
    city.fault("payment", "up")
    assert city.serve("--key", key)["交通余额"] == "58.00 元"
    assert len(paid(city)) == 1


def paid(city: City) -> list[Any]:
    """Give the transfers that the payment system has."""
    done = city.ledger("payment")["done"] if (city.folder / "payment.json").exists() else {}
    return [key for key in done if key.startswith("load-000002")]


def a_pass(city: City) -> None:
    """S-PARK-BUY: one a person a year, at the park system's word."""
    sold = city.serve("S-PARK-BUY", "--set", f"year={YEAR}")
    assert sold["公园年票"].startswith(f"{YEAR} 年公园年票")
    again = city.at("clerk", "service", "run", "S-PARK-BUY", "--set", f"year={YEAR}", "--json")
    assert again.json["error"]["code"] == "pass_exists"


def a_renewal(city: City) -> str:
    """S-RENEW: applied for with the card on the desk, verified, made elsewhere."""
    renewed = city.serve(
        "S-RENEW", "--id", "--set", "grounds=face", "--set", "payout", typed=typed(1, NAME, PAYOUT)
    )
    (step,) = city.clerk("production", "verify")["steps"]
    assert step["progress"] == "making"
    made = made_of(chip_of(1, 2), 1, 2)
    said = ("--number", made.number, "--chip", made.chip, "--json")
    ran = city.at("issuer", "production", "made", renewed["申请编号"], *said)
    assert ran.json["action"] == "made"
    return str(renewed["申请编号"])


def collected(city: City, application: str) -> None:
    """S-COLLECT: old and new card in two readers; money, pass and PIN end up where they belong."""
    pins = ("135790", "135790")
    collect = ("S-COLLECT", "--id", "--application", application, "--reader", BESIDE)
    got = city.serve(*collect, "--key", "collect-001", typed=typed(1, NAME, *pins))
    assert got["交通余额"] == "58.00 元，退至账户 ************2222"
    assert got["公园年票"] == f"已转移到新卡：{YEAR} 年"
    assert got["服务密码"] == "已由本人设置"
    (payout,) = city.ledger("bank")["payouts"]
    assert (payout["amount_fen"], payout["account_number"]) == (5_800, PAYOUT)
    assert city.serve("--key", "collect-001")["number"] == got["number"]
    passes = city.at("clerk", "park", "show", "--reader", BESIDE, "--json").json["passes"]
    assert [each["year"] for each in passes] == [YEAR]


def at_the_end(city: City) -> None:
    """Nothing is owed, nothing unfinished; the old card waits until the new one is enabled."""
    duties = city.clerk("duties", "list")
    assert (duties["duties"], duties["unfinished"]) == ([], [])
    (kept,) = city.clerk("custody", "list")["cards"]
    assert (kept["life"], kept["what"]) == ("taken_back", "保管至新卡启用")
    found = city.clerk("person", "find", "--id", "--for", "S-COLLECT", typed=typed()[:2])
    assert [each["life"] for each in found["cards"]] == ["held", "taken_back"]
    assert chip_id(chip_of(1, 2)) not in json.dumps(found)
    verified = city.desk.run("--config", str(city.folder / "clerk.toml"), "registry", "check")
    assert verified.status == 0, verified.out
