"""Ask who somebody is, and whether a card may be made for them (R-VERIFY, R-ONE, Rules Art. 4)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from terminal.errors import PartyError
from terminal.parties.card_management import KnownCard, Standing
from terminal.parties.data_sharing import (
    CardElsewhere,
    Identity,
    IdentityAnswer,
    Life,
    Verification,
)
from terminal.registry import duties
from terminal.registry.persons import Person
from terminal.services.offered.desk import Desk
from terminal.services.offered.situation import NOT_ASKED, Asked

_AGREES = {
    IdentityAnswer.AGREES: True,
    IdentityAnswer.DIFFERS: False,
    IdentityAnswer.UNKNOWN: None,
}
_ALIVE = {Life.ALIVE: True, Life.DECEASED: False, Life.UNKNOWN: None}


def identity_of(person: Person) -> Identity:
    """Give a person's data as they go to the authorities."""
    document = person.document
    return Identity(person.name.reveal(), document.document.value, document.number.reveal())


def facts_of(verification: Verification) -> Asked:
    """Give what the authorities say as facts of a case.

    Who is insured nowhere they know of and entitled to nothing may not apply (R-ELIGIBLE), also
    where they know nobody of that number.
    """
    return Asked(
        alive=_ALIVE[verification.life],
        entitled=verification.insured or bool(verification.entitlements),
        identity_agrees=_AGREES[verification.identity],
        card_elsewhere=verification.card is not CardElsewhere.NONE,
    )


def ask_about(desk: Desk, identity: Identity, person: Person | None) -> Asked:
    """Ask what is to be known before an application; a mute party leaves its facts unknown."""
    asked = NOT_ASKED
    # What is not known now is asked before the card is made (verifying.py); the slip says so.
    with suppress(PartyError):
        asked = facts_of(desk.parties.data_sharing.verify(identity))
    try:
        standing = desk.parties.card_management.standing(identity.id_type, identity.number)
    except PartyError:
        return asked
    # Whether there is a card is the card system's to say: it knows first.
    return replace(asked, card_elsewhere=_has_card(desk, standing, person))


def _has_card(desk: Desk, standing: Standing, person: Person | None) -> bool:
    """Say whether there is a card; one that was to be given back here and was not is none."""
    if standing.in_force is not None:
        return True
    making = standing.being_made
    return making is not None and not _was_ours(desk, making, person)


def _was_ours(desk: Desk, making: KnownCard, person: Person | None) -> bool:
    if person is None or not making.reserved_by:
        return False
    with desk.registry.reading() as tx:
        return any(
            each.call == "release" and each.arguments.get("key") == making.reserved_by
            for each in duties.of_person(tx, person.id)
        )
