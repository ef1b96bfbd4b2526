"""Block an application or the whole card, for ever: by a MAC of the maintenance or block key.

Reference social-security-card.md §3, §8.3. A wrong MAC changes nothing and locks no key.
"""

from __future__ import annotations

from functools import partial

from apdu.commands import BlockApplication, BlockCard
from card_profiles import social_security as profile
from card_profiles.model import Application, Key, KeyUse
from terminal.cards.proving import Prover
from terminal.cards.social_security import SocialSecurityCard
from terminal.errors import AccessDenied, FileUnknown, KeyMissing
from terminal.texts import Text

_HEADERLESS_MAC = bytes(4)


def block_application(card: SocialSecurityCard, application: Application) -> None:
    """Block an application; the card answers 9303 for it ever after.

    Raises FileUnknown where the card has none such, AccessDenied where nothing may block it, and
    MacRejected, where nothing was changed.
    """
    key = next((each for each in application.keys if each.use is KeyUse.MAINTENANCE), None)
    if key is None:
        raise AccessDenied(
            step=Text("锁定", "block"), file=application.name, needs=Text("STK", "STK")
        )
    prover = _prover(card, key)
    if not card.enter(application):
        raise FileUnknown(name=application.name, files="-")
    header = BlockApplication(_HEADERLESS_MAC).header()
    prover.send_with_mac(application, key, header, BlockApplication)


def block_card(card: SocialSecurityCard) -> None:
    """Block the card; it answers 6A81 to everything ever after. Raises MacRejected."""
    key = profile.ENVIRONMENT.key("BK")
    prover = _prover(card, key)
    card.enter(profile.ENVIRONMENT)
    prover.send_with_mac(
        profile.ENVIRONMENT, key, BlockCard(_HEADERLESS_MAC).header(), partial(BlockCard)
    )


def _prover(card: SocialSecurityCard, key: Key) -> Prover:
    prover = card.prover()
    if prover is None:
        raise KeyMissing(key=key.name)
    return prover
