"""Who may do what: by role, and by where they sit."""

import pytest

from terminal.registry.operators import Role
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered.roles import roles_for, roles_to_look


@pytest.mark.parametrize("channel", list(Channel))
def test_an_auditor_nowhere(channel: Channel) -> None:
    """Who looks at what others did does nothing that would be looked at."""
    assert all(Role.AUDITOR not in roles_for(each, channel) for each in Service)
    assert Role.AUDITOR not in roles_to_look(channel)


@pytest.mark.parametrize("channel", list(Channel))
def test_the_telephone_is_for_its_agents(channel: Channel) -> None:
    """There they are wanted, elsewhere they are not; a supervisor may sit anywhere."""
    by_telephone = channel in {Channel.HOTLINE, Channel.BANK_PHONE}
    for roles in (roles_for(Service.LOSS_TEMP, channel), roles_to_look(channel)):
        assert (Role.HOTLINE in roles) is by_telephone
        assert (Role.CLERK in roles) is not by_telephone
        assert Role.SUPERVISOR in roles


def test_cards_are_made_by_issuers() -> None:
    """Making and serving are two trades."""
    assert Role.ISSUER in roles_for(Service.INSTANT, Channel.BANK)
    assert Role.CLERK not in roles_for(Service.INSTANT, Channel.BANK)
    assert Role.ISSUER not in roles_for(Service.COLLECT, Channel.BANK)
