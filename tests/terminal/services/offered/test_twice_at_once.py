"""One key in two programs at once: done once, and both hear the same answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest
from offered import do, noted
from registry import Bench, ask, bench
from sqlalchemy import select

from emulator.parties.party import Fault
from terminal.errors import (
    GuitaiError,
    PartyUnreachable,
    RequestDiffers,
    RequestWrong,
    RunIsLeft,
)
from terminal.registry import runs
from terminal.registry.store import open_registry
from terminal.registry.tables.work import RUN
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered.answer import Answer
from terminal.services.offered.desk import Desk
from terminal.services.offered.request import Request
from terminal.services.offered.run_keys import request_under, shown_before
from terminal.services.offered.running import carry_out
from terminal.services.offered.situation import Situation
from terminal.services.offered.works import work_of

KEY = "twice-0001"


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def at_once(on: Bench, services: list[Service]) -> list[Answer | GuitaiError]:
    """Ask in as many programs at once, under one key."""
    person = on.person()
    on.card(person)
    start, found = Barrier(len(services)), list[Answer | GuitaiError]()

    def program(service: Service) -> None:
        registry = open_registry(on.path, on.registry.vault, lambda: on.now)
        other = Bench(registry, on.others, on.path)
        start.wait()
        try:
            found.append(
                carry_out(work_of(service), other.desk(Channel.BANK), ask(service, person), KEY)
            )
        except GuitaiError as error:
            found.append(error)
        finally:
            registry.close()

    threads = [Thread(target=program, args=(each,)) for each in services]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


@pytest.mark.parametrize("service", [Service.LOSS_TEMP, Service.FIN_LOSS])
def test_the_same(on: Bench, service: Service) -> None:
    """A clerk who clicks twice is not told that the first click stands in the way."""
    found = at_once(on, [service] * 4)
    answers = [each for each in found if isinstance(each, Answer)]
    assert len(answers) == 4, found
    assert len({each.number for each in answers}) == 1
    assert not noted(on, action="refused")
    with on.registry.reading() as tx:
        assert len(tx.rows(select(RUN.c.id))) == 1


def test_something_else(on: Bench) -> None:
    """A key stands for one request; the other one is told so, whoever was first."""
    found = at_once(on, [Service.LOSS_TEMP, Service.LOSS_SOCIAL, Service.LOSS_TEMP])
    wrong = [each for each in found if isinstance(each, GuitaiError)]
    assert {type(each) for each in wrong} <= {RequestDiffers}
    assert len(wrong) in {1, 2}


def test_a_key_whose_data_were_erased_is_no_fault(on: Bench) -> None:
    """Years later the answer is gone by the table: that is said, and what to do instead."""
    person = on.person()
    on.card(person)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE, key=KEY)
    with on.registry.writing() as tx:
        run = runs.by_key(tx, KEY)
        assert run is not None
        tx.run(
            RUN.update().where(RUN.c.id == run.id),
            request=tx.seal(f"run.request:{KEY}", "{}"),
            result=None,
        )
    for service in (Service.LOSS_TEMP, Service.STATUS):
        with pytest.raises(RequestWrong) as error:
            do(on, service, person, Channel.HOTLINE, key=KEY)
        assert "新流水号" in error.value.cause("zh")
        request = ask(service, person)
        assert shown_before(on.desk(), KEY, request) == request
    with pytest.raises(RequestWrong):
        request_under(on.desk(), KEY)
    for read in (Answer.of, Request.of):
        with pytest.raises(RequestWrong):
            read({})


def test_a_key_that_another_program_gave_up_meanwhile(on: Bench) -> None:
    """Between looking and going on: what was given up is not gone on with, nor asked of anybody."""
    person = on.person()
    card = on.card(person, financial=Financial.OFF)
    on.others.city.bank.add_account(card.account or "", state="opened")
    on.others.once("bank", Fault.DOWN, "activate")
    with pytest.raises(PartyUnreachable):
        do(on, Service.FIN_ACTIVATE, person, key=KEY)
    before = len(on.others.calls("bank"))

    def given_up(desk: Desk, _situation: Situation) -> None:
        with desk.registry.writing() as tx:
            run = runs.by_key(tx, KEY)
            assert run is not None
            runs.leave(tx, run.id)

    work = replace(work_of(Service.FIN_ACTIVATE), look=given_up)
    with pytest.raises(RunIsLeft):
        carry_out(work, on.desk(), ask(Service.FIN_ACTIVATE, person), KEY)
    assert len(on.others.calls("bank")) == before
