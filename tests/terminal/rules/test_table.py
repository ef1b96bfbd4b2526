"""The digest's table, written out a second time (tests/support), against what the rules decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cases import HERE, NEW, THERE, perfect
from digest_table import BROUGHT_BESIDES, CHANNELS, MAY, PAPERS, PINS, ROWS

from terminal.rules.decide import decide, offered_at
from terminal.rules.decision import Verdict
from terminal.rules.vocabulary import Actor, Channel, Paper, Pin, Service

ANY_BANK, ISSUING, CHOSEN, EITHER = {HERE, THERE, NEW}, {HERE}, {HERE}, {HERE, NEW}


def cells() -> Iterator[tuple[Service, Channel, str]]:
    for name, row in ROWS.items():
        for channel, cell in zip(CHANNELS, row, strict=True):
            yield Service(name), Channel(channel), cell


def banks(service: Service, cell: str) -> set[str]:
    """Name the banks whose outlet may do it: the card is HERE's, so is the one applied for."""
    if service is Service.INSTANT:
        return {HERE}
    by_cell = {"yes": ANY_BANK, "issuing": ISSUING, "chosen": CHOSEN, "either": EITHER}
    return by_cell.get(cell, set())


def test_every_service_is_in_the_table() -> None:
    """A service that is missing here would be tried by nothing below."""
    assert list(ROWS) == [each.value for each in Service]


@pytest.mark.parametrize(("service", "channel", "cell"), list(cells()))
def test_every_cell(service: Service, channel: Channel, cell: str) -> None:
    """The table is the law for a counter: each cell, at each bank, is what the digest says."""
    if channel is Channel.BANK:
        allowed = {bank for bank in ANY_BANK if decide(perfect(service, channel, bank)).allowed}
        assert allowed == banks(service, cell)
    else:
        assert decide(perfect(service, channel)).allowed is (cell == "yes")


@pytest.mark.parametrize(("service", "channel", "cell"), list(cells()))
def test_what_is_not_offered_here_is_offered_there(
    service: Service, channel: Channel, cell: str
) -> None:
    """Who sends a holder away has to say where to, and by which article."""
    bank = THERE if channel is Channel.BANK else ""
    if cell == "yes":
        assert decide(perfect(service, channel, bank)).allowed
        return
    (reason,) = decide(perfect(service, channel, bank)).reasons[:1]
    assert reason.article
    assert reason.instead is not None
    assert offered_at(service).zh in reason.instead.zh
    assert offered_at(service).en in reason.instead.en


@pytest.mark.parametrize("actor", Actor)
@pytest.mark.parametrize("service", Service)
def test_who_may_ask(service: Service, actor: Actor) -> None:
    """An agent does four things and what other articles give them, and nothing beyond (Art. 24)."""
    channel = Channel.ONLINE if service is Service.FEEDBACK else Channel.BANK
    decision = decide(perfect(service, channel, actor=actor))
    assert decision.allowed is (service.value in MAY[actor])
    if not decision.allowed:
        reasons = [each for each in decision.reasons if "不能由" in each.why.zh]
        assert len(reasons) == 1
        assert reasons[0].instead is not None


@pytest.mark.parametrize("service", Service)
def test_papers(service: Service) -> None:
    """Each paper is asked for by name and by its article; what no article wants is our own."""
    wanted, article = PAPERS.get(service.value, ("", ""))
    papers = [Paper(each) for each in wanted.split()]
    channel = Channel.BANK
    if service is Service.FEEDBACK:
        channel = Channel.ONLINE
    case = perfect(service, channel)
    asked = decide(replace(case, papers=frozenset(), asking=True))
    assert asked.bring == tuple(papers)
    assert asked.allowed
    for paper in papers:
        decision = decide(replace(case, papers=case.papers - {paper}))
        assert decision.verdict is Verdict.REFUSED
        assert decision.bring == (paper,)
        assert [(each.rule, each.article) for each in decision.reasons if "缺" in each.why.zh] == [
            (service.value, article)
        ]


@pytest.mark.parametrize("actor", BROUGHT_BESIDES)
@pytest.mark.parametrize("service", Service)
def test_papers_of_who_acts_for_the_holder(service: Service, actor: Actor) -> None:
    """Both identity documents and the authorisation, wherever an agent acts (Art. 24)."""
    if service.value not in MAY[actor] or service is Service.FEEDBACK:
        return
    wanted, rule, article = BROUGHT_BESIDES[actor]
    case = perfect(service, actor=actor)
    anybody = service in {Service.TRANSIT_LOAD, Service.VISIT}
    for paper in map(Paper, wanted.split()):
        decision = decide(replace(case, papers=case.papers - {paper}))
        lacking = {(each.rule, each.article) for each in decision.reasons if "缺" in each.why.zh}
        assert ((rule, article) in lacking) is not anybody
        assert (paper in decision.bring) is not anybody


@pytest.mark.parametrize("service", Service)
def test_the_pin_column(service: Service) -> None:
    """The PIN is never asked where the rules ask for documents only: a chip may be dead."""
    expected = next((pin for pin, services in PINS.items() if service.value in services), Pin.NONE)
    assert decide(perfect(service)).pin is expected


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("channel", [Channel.ONLINE, Channel.HOTLINE, Channel.BANK_PHONE])
def test_no_papers_where_none_can_be_shown(service: Service, channel: Channel) -> None:
    """By telephone nobody shows an original; the channel itself has to know who asks."""
    case = replace(perfect(service, channel), papers=frozenset())
    cell = ROWS[service.value][CHANNELS.index(channel.value)]
    assert decide(case).allowed is (cell == "yes")
    unknown = replace(case, who=replace(case.who, identified=False))
    anybody = service in {Service.FEEDBACK, Service.TRANSIT_LOAD}
    assert decide(unknown).allowed is (cell == "yes" and anybody)
