"""Names of files as the field writes them: ``SSSEEF06``, ``DF01EF06``, ``BJT6010005``.

Reference card-interface-functions.md §3.1. An address names a place on a kind of card; whether
a card has it is another question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from card_profiles import beijing
from card_profiles import social_security as ssse
from card_profiles.model import Application, ElementaryFile, Profile
from card_profiles.profiles import BEIJING, GEN2, GEN3, STANDARD_APPLICATIONS

_ENVIRONMENT_NAMES = ("SSSE", "MF", "DDF1", "3F00")
"""Spellings of the environment; the first is the usual one."""
_TONG_PREFIX = "BJT601"
"""北京通: BJT6010005 is its file 0005."""


@dataclass(frozen=True, slots=True)
class Place:
    """Name a file in its application."""

    application: Application
    file: ElementaryFile

    @property
    def name(self) -> str:
        """Give the usual spelling: ``DF01EF06``."""
        owner = self.application
        prefix = _ENVIRONMENT_NAMES[0] if owner.fid == ssse.FID else f"{owner.fid:04X}"
        return f"{prefix}{self.file.fid:04X}"

    @property
    def spellings(self) -> Iterator[str]:
        """Give every spelling that is understood."""
        suffix = f"{self.file.fid:04X}"
        if self.application.fid == ssse.FID:
            yield from (name + suffix for name in _ENVIRONMENT_NAMES)
            return
        yield self.name
        if self.application.fid == beijing.FID_TONG:
            yield _TONG_PREFIX + suffix


def profile_of(generation: int, region: str | None) -> Profile:
    """Give the profile whose files a card of a generation and region may have."""
    if generation == 3:
        return BEIJING if (region or "").startswith("11") else GEN3
    return GEN2


def places(profile: Profile) -> tuple[Place, ...]:
    """List the files a card of a profile may have, standard applications first.

    The standard ones are among them even where the profile leaves some out: another issuer may
    have laid them out. Other institutions' applications are not.
    """
    own = [each for each in profile.applications if not each.foreign]
    names = {each.name for each in own}
    missing = [each for each in STANDARD_APPLICATIONS if each.name not in names]
    every = sorted([*own, *missing], key=lambda each: each.fid)
    return tuple(
        Place(application, file)
        for application in (profile.environment, *every)
        for file in application.files
    )


def find(name: str, known: Iterable[Place]) -> Place | None:
    """Find a file by any of its spellings, upper or lower case; None where there is none."""
    wanted = name.upper()
    return next((each for each in known if wanted in each.spellings), None)
