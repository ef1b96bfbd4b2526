"""S-PROGRESS: how far an application is, until when, and where its card is."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from offered import do, noted, values
from registry import Bench, bench, citizen_id

from terminal.beijing_time import BEIJING
from terminal.errors import ApplicationUnknown, RequestWrong, RuleRefused
from terminal.registry import applications, batches, cards, parcels
from terminal.registry.applications import Application, NewApplication, Sort
from terminal.registry.batches import NewBatch
from terminal.registry.machines import Kind, Parcel
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.states import Life, Progress
from terminal.rules.vocabulary import Actor, Channel, Ground, Service
from terminal.services.offered.request import Named

STEPS = (
    ("verify", Progress.VERIFIED),
    ("start", Progress.MAKING),
    ("finish", Progress.MADE),
    ("hand_over", Progress.HANDED_OVER),
)


def applied(on: Bench, person: Person, sort: Sort = Sort.FIRST, **more: object) -> Application:
    """Have a person apply."""
    if sort is not Sort.FIRST and "old_card_id" not in more:
        more["old_card_id"] = on.card(person).id
    new = NewApplication(person.id, sort, "BOB", **more)  # type: ignore[arg-type]  # fields by name
    with on.registry.writing() as tx:
        return applications.apply(tx, new, run_id=None)


def moved(on: Bench, plea: Application, until: Progress) -> Application:
    """Move an application on, step by step."""
    with on.registry.writing() as tx:
        for name, state in STEPS:
            plea = applications.move(tx, plea, name, state)
            if state is until:
                break
    return plea


def test_s_progress_shows_how_far_it_is_since_when(tmp_path: Path) -> None:
    """The holder hears a day for everything: accepted, moved on, to be made by."""
    on = bench(tmp_path)
    person = on.person()
    plea = applied(on, person)
    on.later(days=2)
    moved(on, plea, Progress.MAKING)
    said = values(do(on, Service.PROGRESS, person, Channel.HOTLINE))
    assert said["申请"] == f"编号 {plea.id}，申领，2026-03-02 受理，合作银行 BOB"
    assert said["进度"] == "制卡中（2026-03-04）"
    assert said["最迟制成"] == "2026年4月1日24时"


@pytest.mark.parametrize(
    ("sort", "applied_at", "by"),
    [
        (Sort.FIRST, "2026-03-02T09:00:00", "2026年4月1日24时"),  # R-MAKE-30
        (Sort.FIRST, "2026-03-02T23:59:59", "2026年4月1日24时"),
        (Sort.REPLACE, "2026-03-02T09:00:00", "2026年3月6日24时"),  # R-MAKE-4WD
        (Sort.RENEW, "2026-04-30T09:00:00", "2026年5月9日24时"),  # over a holiday and make-up days
        (Sort.DATA, "2026-03-06T09:00:00", "2026年3月12日24时"),  # over a weekend
        (Sort.BANK, "2026-03-02T09:00:00", "2026年3月6日24时"),
        (Sort.REPLACE, "2027-03-01T09:00:00", "2027年3月5日24时（暂定，以国务院放假安排为准）"),
    ],
)
def test_r_make_30_and_r_make_4wd_are_told(
    tmp_path: Path, sort: Sort, applied_at: str, by: str
) -> None:
    """Rules Art. 22 gives the days; a year that is not announced yet is marked provisional."""
    on = bench(tmp_path)
    person = on.person()
    on.now = datetime.fromisoformat(applied_at).replace(tzinfo=BEIJING)
    grounds = frozenset({Ground.FACE}) if sort is Sort.RENEW else frozenset()
    applied(on, person, sort, grounds=grounds)
    said = values(do(on, Service.PROGRESS, person, Channel.HOTLINE))
    assert said["最迟制成"] == by


def test_r_make_now_has_no_day(tmp_path: Path) -> None:
    """At an instant outlet the card is made while its holder waits."""
    on = bench(tmp_path)
    person = on.person()
    applied(on, person, instant=True)
    said = values(do(on, Service.PROGRESS, person, Channel.DISTRICT))
    assert said["最迟制成"] == "现场制卡，当场可取"


def test_s_progress_says_that_a_term_is_over(tmp_path: Path) -> None:
    """A bank that is late hears it from the holder, who hears it from us."""
    on = bench(tmp_path)
    person = on.person()
    applied(on, person)
    on.now = datetime(2026, 4, 1, 23, 59, 59, tzinfo=BEIJING)
    assert "逾期" not in values(do(on, Service.PROGRESS, person, Channel.HOTLINE))["最迟制成"]
    on.now += timedelta(seconds=1)
    assert "已逾期" in values(do(on, Service.PROGRESS, person, Channel.HOTLINE))["最迟制成"]


def test_s_progress_of_a_made_card_has_no_term_any_more(tmp_path: Path) -> None:
    """What is done is not "to be made by"; the holder is to fetch it."""
    on = bench(tmp_path)
    person = on.person()
    moved(on, applied(on, person), Progress.MADE)
    said = values(do(on, Service.PROGRESS, person, Channel.HOTLINE))
    assert said["进度"].startswith("已制成，待领取")
    assert "最迟制成" not in said


def test_s_progress_follows_the_parcel(tmp_path: Path) -> None:
    """Postage does not count (Rules Art. 22), so the parcel is told of by itself."""
    on = bench(tmp_path)
    person = on.person()
    plea = moved(on, applied(on, person, by_post=True), Progress.MADE)
    with on.registry.writing() as tx:
        card = cards.order(tx, person.id, "BOB", region="110000", run_id=None)
        card = cards.move(tx, card, Kind.LIFE, "made", Life.READY)
        cards.move(tx, card, Kind.LIFE, "post", Life.POSTED)
        applications.name_card(tx, plea, card.id)
        parcel = parcels.send(tx, card.id, "EX123456789CN")
    said = values(do(on, Service.PROGRESS, person, Channel.HOTLINE))
    assert said["邮件"] == "EX123456789CN，已寄出（2026-03-02）"
    on.later(days=3)
    with on.registry.writing() as tx:
        parcels.move(tx, parcels.get(tx, parcel.id), "return", Parcel.RETURNED)
    said = values(do(on, Service.PROGRESS, person, Channel.HOTLINE))
    assert said["邮件"] == "EX123456789CN，已退回（2026-03-05）"


def test_s_progress_of_a_stranger_says_that_there_is_none(tmp_path: Path) -> None:
    """Who applied elsewhere, or never, is told so; it is no error of the clerk's."""
    on = bench(tmp_path)
    stranger = Named(DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(8)), "张三")
    answer = do(on, Service.PROGRESS, None, Channel.HOTLINE, holder=stranger)
    assert values(answer)["申请"] == "没有办卡申请"
    assert answer.person == ""


def test_s_progress_shows_the_last_one_where_none_is_open(tmp_path: Path) -> None:
    """Who asks after the card was handed over is told that it was."""
    on = bench(tmp_path)
    person = on.person()
    moved(on, applied(on, person), Progress.HANDED_OVER)
    said = values(do(on, Service.PROGRESS, person, Channel.HOTLINE))
    assert said["进度"].startswith("已领取")


def test_s_progress_of_one_that_is_named(tmp_path: Path) -> None:
    """A number on an acceptance slip finds its own application, and no other person's."""
    on = bench(tmp_path)
    person, other = on.person(), on.person("李秀英", 2)
    first = applied(on, person)
    with on.registry.writing() as tx:
        applications.move(tx, first, "withdraw", Progress.WITHDRAWN)
    applied(on, person)
    theirs = applied(on, other)
    said = values(do(on, Service.PROGRESS, person, Channel.HOTLINE, application=first.id))
    assert said["进度"].startswith("已撤回")
    with pytest.raises(ApplicationUnknown):
        do(on, Service.PROGRESS, person, Channel.HOTLINE, application=theirs.id)


def test_s_progress_of_an_employers_batch(tmp_path: Path) -> None:
    """An employer hears how many are how far, by its licence, and nobody's name."""
    on = bench(tmp_path)
    people = [on.person(f"员工{number}", number) for number in range(1, 5)]
    with on.registry.writing() as tx:
        batch = batches.add(tx, NewBatch("北京某某有限公司", "91110105MA01", "BOB"), run_id=None)
    pleas = [applied(on, each, batch_id=batch.id) for each in people]
    moved(on, pleas[0], Progress.MADE)
    moved(on, pleas[1], Progress.MADE)
    moved(on, pleas[2], Progress.HANDED_OVER)
    asked = {"actor": Actor.EMPLOYER, "wishes": {"licence": "91110105MA01"}}
    answer = do(on, Service.PROGRESS, None, Channel.HOTLINE, **asked)
    said = values(answer)
    assert said["集体申领"].endswith("共 4 人")
    assert said["已制成，待领取"] == "2 人"
    assert said["已领取"] == "1 人"
    assert said["最迟制成"] == "2026年4月1日24时"
    assert "员工" not in str(answer)
    assert "未发放的卡最迟退回" not in said
    with on.registry.writing() as tx:
        batches.note_collected(tx, batch)
    on.later(days=31)
    said = values(do(on, Service.PROGRESS, None, Channel.HOTLINE, **asked))
    assert said["未发放的卡最迟退回"] == "2026年4月1日24时，已逾期"


@pytest.mark.parametrize(("licence", "said"), [("", None), ("91110000XXXX", "没有办卡申请")])
def test_s_progress_of_an_employer_wants_its_licence(
    tmp_path: Path, licence: str, said: str | None
) -> None:
    """A number that is missing is asked for; a wrong one finds nothing of anybody's."""
    on = bench(tmp_path)
    asked = {"actor": Actor.EMPLOYER, "wishes": {"licence": licence}}
    if said is None:
        with pytest.raises(RequestWrong):
            do(on, Service.PROGRESS, None, Channel.HOTLINE, **asked)
    else:
        answer = do(on, Service.PROGRESS, None, Channel.HOTLINE, **asked)
        assert values(answer)["申请"] == said


def test_r_secret_an_employer_does_not_hear_of_a_person(tmp_path: Path) -> None:
    """An employer who names an employee's document gets its own batches, and nothing else."""
    on = bench(tmp_path)
    person = on.person()
    applied(on, person)
    answer = do(
        on,
        Service.PROGRESS,
        person,
        Channel.HOTLINE,
        actor=Actor.EMPLOYER,
        wishes={"licence": "91110105MA01"},
    )
    assert values(answer) == {"申请": "没有办卡申请"}


@pytest.mark.parametrize("actor", [Actor.AGENT, Actor.KIN])
def test_s_progress_is_the_persons_own(tmp_path: Path, actor: Actor) -> None:
    """Rules Art. 24 names the status enquiry for agents, and not this one."""
    on = bench(tmp_path)
    person = on.person()
    applied(on, person)
    with pytest.raises(RuleRefused):
        do(on, Service.PROGRESS, person, Channel.DISTRICT, actor=actor)


def test_s_progress_is_a_look_on_record(tmp_path: Path) -> None:
    """R-SECRET: also who asked how far a card is."""
    on = bench(tmp_path)
    person = on.person()
    applied(on, person)
    do(on, Service.PROGRESS, person, Channel.BANK_PHONE)
    assert [each.note.reason for each in noted(on, action="look")] == ["holder, BANK-PHONE"]
