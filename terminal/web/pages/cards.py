"""The room of cards 卡务: its first page, and the lists from which an act is begun."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from terminal.errors import GuitaiError, PageUnknown, RequestWrong
from terminal.registry import persons, reminders, representations, watch
from terminal.registry.representations import Representation, Right
from terminal.rules.documents import DOCUMENTS, DocumentKind
from terminal.services.offered.found import kept_here
from terminal.services.offered.roles import KEEPERS
from terminal.texts import Text
from terminal.web.asked import HOLDER, named_in
from terminal.web.card_acts import ROLES, SECTIONS, CardAct, Section, roles_of
from terminal.web.card_lines import right_lines
from terminal.web.card_specs import SPECS
from terminal.web.crew import JobFailed
from terminal.web.messages import LookUp, Trouble
from terminal.web.page import Form, Page, SignedInPage, text_of, to
from terminal.web.pages import cards_rows as rows
from terminal.web.pages.cards_rows import part_of
from terminal.web.sessions import Guest
from terminal.web.troubles import trouble_of
from terminal.web.views import Holder

router = APIRouter()
_DOCUMENT = Text("授权人（持卡人）的证件", "Document of who entrusts (the holder)")
_NAME = Text("姓名", "name")
_WANTED = Text("还没有填写", "it is not filled in")


@router.get("/cards")
def index(page: SignedInPage) -> Response:
    """Show the parts of the room that are for who is signed in."""
    page.demand(ROLES)
    theirs = [each for each in Section if not page.who.roles.isdisjoint(roles_of(each))]
    return page.draw("cards.html", sections=[(each, *SECTIONS[each]) for each in theirs])


@router.get("/cards/found")
def found(page: SignedInPage) -> Response:
    """Show found cards that lie here, the blacklist, and what was reported."""
    page.demand(KEEPERS)
    desk = page.console.desk(page.who.operator)
    kept = part_of(page, "kept", list(reversed(kept_here(desk))))
    with desk.registry.reading() as tx:
        watched = part_of(page, "watched", list(reversed(watch.listed(tx))))
        reported = part_of(page, "reported", list(reversed(watch.reports(tx))))
        facts = {
            "kept": (kept, rows.found_rows(tx, kept.rows, tx.at)),
            "watched": (watched, rows.watched_rows(tx, watched.rows)),
            "reported": (reported, rows.reported_rows(reported.rows)),
        }
    return _drawn(page, Section.FOUND, [CardAct.HAND_IN, CardAct.REPORT], facts)


@router.get("/cards/parcels")
def parcels(page: SignedInPage) -> Response:
    """Show what is to be posted, what is in the post, and what the post lost."""
    page.demand(KEEPERS)
    desk = page.console.desk(page.who.operator)
    bank = desk.where.bank
    moves = (CardAct.DELIVERED, CardAct.RETURNED, CardAct.LOST)
    with desk.registry.reading() as tx:
        waiting = part_of(page, "waiting", rows.to_post(tx, bank))
        posted = part_of(page, "posted", rows.in_the_post(tx, bank))
        lost = part_of(page, "lost", rows.lost_in_post(tx, bank))
        facts = {
            "waiting": (waiting, rows.parcel_rows(tx, waiting.rows, CardAct.SEND)),
            "posted": (posted, rows.parcel_rows(tx, posted.rows, *moves)),
            "lost": (lost, rows.parcel_rows(tx, lost.rows, CardAct.TURNED_UP)),
        }
    return _drawn(page, Section.PARCELS, [], facts)


@router.get("/cards/register")
def register(page: SignedInPage) -> Response:
    """Offer to put cards from before on record."""
    page.demand(KEEPERS)
    return _drawn(page, Section.REGISTER, [CardAct.REGISTER, CardAct.ELECTRONIC], {})


@router.get("/cards/custody")
def custody(page: SignedInPage) -> Response:
    """Show the cards in custody, and the batches that employers hand out."""
    page.demand(KEEPERS)
    desk = page.console.desk(page.who.operator)
    with desk.registry.reading() as tx:
        kept = part_of(page, "kept", rows.all_kept(tx, desk.calendar, desk.where.bank))
        batches = part_of(page, "batches", rows.batch_rows(tx, desk.where.bank))
    facts = {"kept": (kept, rows.kept_rows(kept.rows)), "batches": (batches, list(batches.rows))}
    return _drawn(page, Section.CUSTODY, [], facts)


@router.get("/cards/production")
def production(page: SignedInPage) -> Response:
    """Show what is to be made, by its day."""
    page.demand(ROLES)
    desk = page.console.desk(page.who.operator)
    with desk.registry.reading() as tx:
        making = part_of(page, "making", rows.to_make(tx, desk.calendar))
    facts = {"making": (making, rows.making_rows(making.rows))}
    return _drawn(page, Section.PRODUCTION, [CardAct.VERIFY_ALL], facts)


@router.get("/cards/deaths")
def deaths(page: SignedInPage) -> Response:
    """Show the reminders that were taken."""
    page.demand(KEEPERS)
    with page.console.registry.reading() as tx:
        taken = part_of(page, "taken", reminders.all_taken(tx))
        facts: dict[str, Any] = {"taken": (taken, rows.death_rows(tx, taken.rows))}
        facts["asked_until"] = reminders.asked_until(tx)
    acts = [CardAct.FETCH_DEATHS, CardAct.CORRECT_DEATH]
    return _drawn(page, Section.DEATHS, acts, facts)


# --- Authorisations: of one holder, found by a document ----------------------------------------


@router.get("/cards/agents")
def agents(page: SignedInPage) -> Response:
    """Ask whose authorisations are meant."""
    page.demand(KEEPERS)
    return _asking(page, {}, None, 200)


@router.post("/cards/agents")
def agents_of(page: SignedInPage, form: Form) -> Response:
    """Find whose they are; their page has no number in its address."""
    page.checked(form)
    page.demand(KEEPERS)
    fields = {name: text_of(form, name) for name in form}
    try:
        named = named_in(fields, HOLDER, page.console.desk(page.who.operator).today)
        if named is None:
            raise RequestWrong(item=_DOCUMENT, detail=_WANTED)
        if not named.name:
            raise RequestWrong(item=_NAME, detail=_WANTED)
        guest = Guest(secrets.token_urlsafe(12), named=named)
        _look(page, guest)
    except JobFailed as failed:
        return _asking(page, fields, failed.trouble, 409)
    except GuitaiError as error:
        return _asking(page, fields, trouble_of(error), 422)
    page.session.guest(guest)
    return to(f"/cards/agents/{guest.id}")


@router.get("/cards/agents/{guest_id}")
def agents_shown(page: SignedInPage, guest_id: str) -> Response:
    """Show a holder's authorisations, the newest first; the look is on record."""
    page.demand(KEEPERS)
    guest = page.guest(guest_id)
    if guest.named is None:
        raise PageUnknown
    try:
        _look(page, guest)
    except JobFailed as failed:
        return _asking(page, {}, failed.trouble, 409)
    return page.draw(
        "cards_agents.html",
        section=Section.AGENTS,
        title=SECTIONS[Section.AGENTS][0],
        guest=guest,
        holder=guest.holder,
        rights=_rights(page, guest),
        SPECS=SPECS,
        act=CardAct.AUTHORISE,
        withdraw=CardAct.WITHDRAW_AGENT,
    )


def _look(page: Page, guest: Guest) -> None:
    """Find them by the desk's worker, which puts it on record; raises JobFailed."""
    assert guest.named is not None
    by, why = page.by, CardAct.AUTHORISE.value
    job = LookUp(type(by)(by.operator, reason=why), guest.named, why)
    found = page.console.crew.at().ask(job)
    guest.holder = found if isinstance(found, Holder) else None


def _rights(page: Page, guest: Guest) -> list[tuple[Representation, Any]]:
    assert guest.named is not None
    with page.console.registry.reading() as tx:
        person = persons.find(tx, guest.named.document, guest.named.nationality)
        found = () if person is None else representations.of_person(tx, person.id)
        return [(each, right_lines(each)) for each in found if each.right is Right.AGENT]


def _asking(page: Page, fields: dict[str, str], trouble: Trouble | None, status: int) -> Response:
    return page.draw(
        "cards_agents_ask.html",
        status,
        title=SECTIONS[Section.AGENTS][0],
        fields=fields,
        kinds=[(each.value, DOCUMENTS[each].text) for each in DocumentKind],
        trouble=trouble,
    )


def _drawn(page: Page, section: Section, acts: list[CardAct], facts: Mapping[str, Any]) -> Response:
    theirs = {act for act in CardAct if not page.who.roles.isdisjoint(SPECS[act].roles)}
    return page.draw(
        f"cards_{section.value}.html",
        section=section,
        title=SECTIONS[section][0],
        told=SECTIONS[section][1],
        acts=[(each, SPECS[each]) for each in acts if each in theirs],
        theirs=theirs,
        SPECS=SPECS,
        **facts,
    )
