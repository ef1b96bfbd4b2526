"""Names of files as the field writes them: ``SSSEEF06``, ``DF01EF06``, ``BJT6010005``.

Reference card-interface-functions.md §3.1. An address names a place on a kind of card; whether
a card has it is another question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from card_profiles import beijing
from card_profiles import social_security as ssse
from card_profiles.model import NEVER, Application, ElementaryFile, Profile
from card_profiles.personnel import PERSONNEL
from card_profiles.profiles import BEIJING, GEN1, GEN2, GEN3, STANDARD_APPLICATIONS

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


_V1_MEANS_OTHERWISE = {
    0xDF01: {0x32, 0x37, 0x38},
    0xDF03: {0x61, 0x70, 0x71},
    0xDF04: {0x81, 0x84, 0x87, 0x90, 0x93},
}
"""Tags that V1.0 used with another meaning, which is not public (§2.4)."""
_V2_ADDED = {(0xDF03, 0xEF00 | low) for low in (0x15, 0x16, 0x17, 0x18, 0x19)}
"""Files that came with V2.0, as did the whole of DF07 (§1.1, §4.4)."""


def _as_v1(application: Application) -> Application:
    """Leave what V1.0 means otherwise unnamed, and all of it read only.

    The list of other meanings is no whole one, and a file that is not known is not written.
    """
    means_otherwise = _V1_MEANS_OTHERWISE.get(application.fid, set())
    files = (
        replace(
            file,
            write=NEVER,
            items=tuple(each for each in file.items if each.tag not in means_otherwise),
        )
        for file in application.files
        if (application.fid, file.fid) not in _V2_ADDED
    )
    return replace(application, files=tuple(each for each in files if each.items))


_V1_APPLICATIONS = tuple(map(_as_v1, (each for each in STANDARD_APPLICATIONS if each != PERSONNEL)))


def profile_of(generation: int, region: str | None) -> Profile:
    """Give the profile whose files a card of a generation and region may have."""
    if generation == 3:
        return BEIJING if (region or "").startswith("11") else GEN3
    return GEN1 if generation == 1 else GEN2


def places(profile: Profile) -> tuple[Place, ...]:
    """List the files a card of a profile may have, standard applications first.

    The standard ones are among them even where the profile leaves some out: another issuer may
    have laid them out. Of generation 1 they are what V1.0 and V2.0 have in common. Other
    institutions' applications are not.
    """
    own = [each for each in profile.applications if not each.foreign]
    names = {each.name for each in own}
    standard = _V1_APPLICATIONS if profile.generation == 1 else STANDARD_APPLICATIONS
    missing = [each for each in standard if each.name not in names]
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
