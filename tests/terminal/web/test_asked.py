"""A form read as a request: the rules of the command line, and nothing the page never offered."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from registry import citizen_id

from terminal.errors import AmountWrong, GuitaiError, PersonalDataWrong, RequestWrong
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.table import TABLE
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered.request import Named
from terminal.web.asked import OF_ACTORS, named_in, papers_asked, request_of
from terminal.web.sessions import Draft, Guest

TODAY = date(2026, 3, 2)
NUMBER = citizen_id(1)
KEYED = {
    "holder.kind": "citizen_id",
    "holder.number": NUMBER,
    "holder.again": NUMBER,
    "holder.name": "王建国",
}
READ = Named(DocumentNumber(DocumentKind.CITIZEN_ID, NUMBER), "王建国", from_reader=True)


def draft(service: Service = Service.STATUS, *, named: Named | None = None, **more: Any) -> Draft:
    """Fill a draft in."""
    return Draft("key-0001", service, Guest("g", named=named), **more)


def test_a_document_is_keyed_in_twice() -> None:
    """The same number, a name with it; nothing where nothing was keyed in."""
    named = named_in(KEYED, "holder", TODAY)
    assert named == Named(DocumentNumber(DocumentKind.CITIZEN_ID, NUMBER), "王建国")
    assert named_in({}, "holder", TODAY) is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"holder.again": citizen_id(2)}, RequestWrong),
        ({"holder.again": ""}, RequestWrong),
        ({"holder.number": "", "holder.again": NUMBER}, GuitaiError),
        ({"holder.number": NUMBER[:-1], "holder.again": NUMBER[:-1]}, PersonalDataWrong),
        ({"holder.kind": "library_card"}, RequestWrong),
        ({"holder.name": "王\x00"}, RequestWrong),
    ],
)
def test_a_slip_of_the_fingers_is_told(change: dict[str, str], error: type[GuitaiError]) -> None:
    """Before anything is looked up, and before a service is begun."""
    with pytest.raises(error):
        named_in(KEYED | change, "holder", TODAY)


def test_what_was_read_comes_before_what_was_keyed_in() -> None:
    """A document that lay on the reader is the better word, and says that it was read."""
    request = request_of(draft(fields=dict(KEYED), holder=READ), Channel.BANK, TODAY)
    assert request.holder is READ


@pytest.mark.parametrize(
    ("papers", "channel", "expected"),
    [
        ({"shown"}, Channel.BANK, {Paper.ID}),
        (set(), Channel.BANK, set()),
        ({"shown"}, Channel.HOTLINE, set()),
        ({"shown", "photo"}, Channel.BANK, {Paper.ID}),
    ],
)
def test_papers(papers: set[str], channel: Channel, expected: set[Paper]) -> None:
    """Shown is what lies on the desk, ticked, and asked for by the service: no more."""
    filled = draft(named=READ, papers=frozenset(papers))
    assert request_of(filled, channel, TODAY).papers == expected


def test_by_telephone_nobody_is_known_unless_checked() -> None:
    """At a desk papers and card say who comes; by telephone the caller check does."""
    named = draft(named=READ)
    assert not request_of(named, Channel.HOTLINE, TODAY).identified
    assert request_of(named, Channel.BANK, TODAY).identified
    checked = draft(named=READ, papers=frozenset({"identified"}))
    assert request_of(checked, Channel.HOTLINE, TODAY).identified


def test_who_acts_has_a_document() -> None:
    """A guardian without one is told so at once."""
    with pytest.raises(RequestWrong):
        request_of(draft(fields={"actor": "guardian"}, named=READ), Channel.BANK, TODAY)
    request = request_of(
        draft(fields={"actor": "guardian"}, named=READ, acting=READ), Channel.BANK, TODAY
    )
    assert request.actor is Actor.GUARDIAN
    assert Paper.ACTOR_ID in request.papers


@pytest.mark.parametrize(
    ("service", "fields", "error"),
    [
        (Service.TRANSIT_LOAD, {"wish.fen": "abc"}, AmountWrong),
        (Service.TRANSIT_LOAD, {"wish.fen": "50", "wish.method": "gold"}, RequestWrong),
        (Service.STATUS, {"actor": "ghost"}, RequestWrong),
        (Service.STATUS, {"card": "1; drop"}, RequestWrong),
        (Service.RENEW, {"wish.grounds": "face fun"}, RequestWrong),
        (Service.CANCEL_ALL, {"wish.deceased_on": "2026-02-30"}, RequestWrong),
    ],
)
def test_what_no_page_offered(
    service: Service, fields: dict[str, str], error: type[GuitaiError]
) -> None:
    """A form that was made by hand is refused as a slip is."""
    with pytest.raises(error):
        request_of(draft(service, fields=fields, named=READ), Channel.BANK, TODAY)


def test_wishes_go_on_record_as_the_command_line_has_them() -> None:
    """Yuan as fen, several grounds with blanks, and nothing that the service does not ask for."""
    fields = {"wish.fen": "50.5", "wish.method": "cash", "wish.bank": "BOB"}
    load = request_of(draft(Service.TRANSIT_LOAD, fields=fields, named=READ), Channel.BANK, TODAY)
    assert dict(load.wishes) == {"fen": "5050", "method": "cash"}
    fields = {"wish.grounds": "face chip"}
    renew = request_of(draft(Service.RENEW, fields=fields, named=READ), Channel.BANK, TODAY)
    assert dict(renew.wishes) == {"grounds": "face chip"}


@pytest.mark.parametrize("service", Service)
def test_every_paper_of_a_service_can_be_shown(service: Service) -> None:
    """By a tick, by a document, or by laying the card on."""
    row = TABLE[service]
    for actor in row.actors:
        asked = set(papers_asked(service, actor)) | {Paper.ID, Paper.ACTOR_ID, Paper.CARD}
        assert set(row.papers) | set(OF_ACTORS[actor]) <= asked
