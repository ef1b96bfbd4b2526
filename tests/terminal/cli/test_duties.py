"""``guitai duties``: what is owed is seen, tried, and settled by two people, by its schema."""

from pathlib import Path
from typing import Any

import pytest
from registry_desk import WORD
from serving_desk import ServingDesk, code, typed
from sqlalchemy import update

from emulator.parties.party import Fault
from terminal.registry.tables.work import DUTY
from terminal.services.offered import running

BY_TWO = ("--second", "zhang", "--reason", "银行电话确认")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk at which a loss was reported that the bank did not hear of."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")
    made.card_of()
    made.others.set("bank", Fault.DOWN)
    assert made("service", "run", "S-LOSS-TEMP", "--id", typed=typed()).status == 0
    return made


def owed(desk: ServingDesk) -> list[dict[str, Any]]:
    """Give what is open."""
    found: list[dict[str, Any]] = desk("duties", "list", "--json").json["duties"]
    return found


def test_listed(desk: ServingDesk) -> None:
    """To whom, what, and whom to telephone: no name of a holder."""
    (line,) = desk("duties", "list").out.splitlines()
    assert line.endswith(
        "  待办  银行核心系统尚未确认：停用金融功能。系统会自动重试；急需请致电 010-00000000"
    )
    (duty,) = owed(desk)
    assert (duty["party"], duty["state"], duty["attempts"]) == ("bank", "due", 1)


def test_tried(desk: ServingDesk) -> None:
    """What waits is left alone, and told; what is due is tried, and how it stands is said."""
    (duty,) = owed(desk)
    at = duty["next_at"][:16].replace("T", " ")
    waits = f"没有到期的待办；还有 1 件等着，最早的 {at} 起再办（guitai duties list）\n"
    assert desk("duties", "run").out == waits
    desk.wait_over()
    assert desk("duties", "run", "--json").json["duties"][0]["attempts"] == 2
    desk.others.set("bank", Fault.UP)
    desk.wait_over()
    assert desk("duties", "run").out.strip().endswith("已完成  停用金融功能：对方已确认")
    assert desk("duties", "list").out == "没有待办\n"
    assert desk("duties", "run").out == "没有到期的待办\n"


def test_never_tried(desk: ServingDesk) -> None:
    """What nobody has asked the other party yet, it has not failed to confirm."""
    with desk.bench() as on, on.registry.writing() as tx:
        tx.run(update(DUTY).values(next_at=DUTY.c.made_at, attempts=0))
    assert desk("duties", "list").out.endswith(
        "停用金融功能（银行核心系统），还没有办过：guitai duties run\n"
    )


def test_by_a_timer(desk: ServingDesk) -> None:
    """A machine that tries at night has nobody signed in, and keeps nobody signed in."""
    desk("sign-out")
    desk.others.set("bank", Fault.UP)
    desk.wait_over()
    assert code(desk("duties", "run", "--json")) == "not_signed_in"
    ran = desk("duties", "run", "--unattended", "--json")
    assert ran.json["duties"][0]["state"] == "done"


def test_a_party_that_is_down_is_asked_once(desk: ServingDesk) -> None:
    """Fifty duties to one that does not answer are one time-out, not fifty."""
    for sequence in (2, 3):
        desk.card_of(sequence, "李四")
        desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed(sequence, "李四"))
    desk.wait_over()
    before = [each["attempts"] for each in owed(desk)]
    desk("duties", "run")
    after = [each["attempts"] for each in owed(desk)]
    assert sum(after) == sum(before) + 1


def test_settled_by_people(desk: ServingDesk) -> None:
    """Two people, with grounds, say what came of it; once, and it is on record."""
    (duty,) = owed(desk)
    decide = ("duties", "decide", str(duty["number"]), "银行已人工停用")
    assert code(desk(*decide, "--json")) == "second_person_needed"
    done = desk(*decide, *BY_TWO, "--json", typed=(WORD,)).json["duties"]
    assert (done[0]["state"], done[0]["text"]) == ("decided", "银行已人工停用")
    assert desk(*decide, *BY_TWO, typed=(WORD,)).status == 0  # the same again
    other = desk("duties", "decide", decide[2], "没有停用", *BY_TWO, "--json", typed=(WORD,))
    assert code(other) == "duty_settled"
    unknown = desk("duties", "decide", "999", "没有停用", *BY_TWO, "--json", typed=(WORD,))
    assert code(unknown) == "duty_unknown"


@pytest.mark.parametrize("outcome", ["", "  ", "好" * 201, "换\n行"])
def test_an_outcome_that_is_none(desk: ServingDesk, outcome: str) -> None:
    """What people decided stands on record as it is read later: not empty, in one line."""
    assert code(desk("duties", "decide", "1", outcome, "--json")) == "wrong_usage"


def test_grounds_of_any_length(desk: ServingDesk) -> None:
    """Grounds go on record whole, or not at all."""
    ran = desk("duties", "list", "--reason", "由" * 201, "--json")
    assert code(ran) == "wrong_usage"


def test_unfinished_services(desk: ServingDesk) -> None:
    """What was begun and broke off is told with the words that finish it, or give it up."""
    made, _ = desk.card_of(4, "赵六")
    desk.lay(made)
    desk.others.set("payment", Fault.DOWN)
    load = ("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=5", "--set", "method=transfer")
    desk(*load, "--key", "load-00001")
    out = desk("duties", "list").out
    assert "未办完：交通账户充值（li，" in out
    assert "接着办：guitai service run --key load-00001，放弃：guitai service run --leave" in out
    (run,) = desk("duties", "list", "--json").json["unfinished"]
    assert (run["service"], run["key"]) == ("S-TRANSIT-LOAD", "load-00001")


def test_what_cannot_be_given_up(desk: ServingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is offered to give up what can only be finished, or is done."""
    desk.others.set("bank", Fault.UP)
    desk.card_of(5, "周八")
    referral = ("service", "run", "S-FIN-LOSS", "--id", "--key", "lost-00001")
    with monkeypatch.context() as patched:
        patched.setattr(running, "_finish", _crash)
        desk(*referral, typed=typed(5, "周八"))
    out = desk("duties", "list").out
    assert out.endswith("接着办：guitai service run --key lost-00001\n")
    left = desk("service", "run", "--leave", "lost-00001", "--json")
    assert code(left) == "run_not_left"
    assert "guitai service run --key lost-00001" in left.json["error"]["remedy"]
    ran = desk("service", "run", "--key", "lost-00001")
    assert ran.status == 0, ran.err
    left = desk("service", "run", "--leave", "lost-00001", "--json")
    assert (code(left), left.json["error"]["cause"]) == ("run_not_left", "它已经办完")
    assert "不用再办" in left.json["error"]["remedy"]


def _crash(*_: object) -> None:
    raise RuntimeError


def test_what_waits_for_its_day_is_not_late(desk: ServingDesk) -> None:
    """A reminder in six months is no trouble: it is told with its day (R-FIN-6M)."""
    desk.others.set("bank", Fault.UP)
    desk.card_of(6, "孙七")
    ran = desk("service", "run", "S-CANCEL-SOCIAL", "--id", typed=typed(6, "孙七"))
    assert ran.status == 0, ran.err
    assert "提醒限制非柜面业务（银行核心系统），" in desk("duties", "list").out


def test_one_that_was_altered_hides_no_other_and_is_told(desk: ServingDesk) -> None:
    """A row that somebody spoilt: the rest is listed, and then the clerk hears of it."""
    desk.card_of(2, "李四")
    assert desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed(2, "李四")).status == 0
    first, second = owed(desk)
    with desk.book() as book:
        book.tamper(f"UPDATE duty SET arguments = x'11' WHERE id = {first['number']}")
    ran = desk("duties", "list")
    assert ran.status == 15
    assert f"表 duty 有一行（{first['number']}）被改动过" in ran.err
    assert [line.split()[0] for line in ran.out.splitlines()] == [str(second["number"])]
    assert code(desk("duties", "list", "--json")) == "registry_damaged"
