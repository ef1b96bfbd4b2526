"""Which operators may do what: by their role, and by where they sit.

An auditor looks at what others did (guitai audit) and at nothing else; who sits at a telephone
serves by telephone, and nobody else does.
"""

from __future__ import annotations

from terminal.registry.operators import Role
from terminal.rules.vocabulary import Channel, Service

_ISSUING = frozenset({Service.INSTANT})
BY_TELEPHONE = frozenset({Channel.HOTLINE, Channel.BANK_PHONE})
KEEPERS = frozenset({Role.CLERK, Role.SUPERVISOR})
"""Who looks after cards in custody, found cards, authorisations, deaths, and what is owed."""
MAKERS = frozenset({Role.ISSUER, Role.SUPERVISOR})
"""Who has cards made."""


def roles_for(service: Service, channel: Channel) -> frozenset[Role]:
    """Name the roles of which one is wanted for a service."""
    if channel in BY_TELEPHONE:
        return frozenset({Role.HOTLINE, Role.SUPERVISOR})
    return MAKERS if service in _ISSUING else KEEPERS


def roles_to_look(channel: Channel) -> frozenset[Role]:
    """Name the roles of which one is wanted to look somebody up."""
    if channel in BY_TELEPHONE:
        return frozenset({Role.HOTLINE, Role.SUPERVISOR})
    return KEEPERS | MAKERS
