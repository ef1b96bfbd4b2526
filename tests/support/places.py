"""Every item of every profile, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest

from card_profiles.model import (
    Application,
    ElementaryFile,
    Item,
    Profile,
)
from card_profiles.profiles import PROFILES


class Place(NamedTuple):
    """Where an item stands."""

    profile: Profile
    application: Application
    file: ElementaryFile
    item: Item

    def __str__(self) -> str:
        tag = f"{self.item.tag:02X} {self.item.name}"
        return f"{self.profile.name}/{self.application.name}/{self.file.fid:04X}/{tag}"


def applications(profile: Profile) -> tuple[Application, ...]:
    """All applications, the environment first."""
    return (profile.environment, *profile.applications)


def places(profiles: Iterable[Profile]) -> Iterator[Place]:
    """Walk everything that is described."""
    for profile in profiles:
        for application in applications(profile):
            for file in application.files:
                for item in file.items:
                    yield Place(profile, application, file, item)


def without_vectors(profiles: Iterable[Profile]) -> list[str]:
    """Paths of the items that nothing from outside stands beside."""
    return [str(place) for place in places(profiles) if not place.item.vectors]


# Profiles share most files: each item of each file once, under the first profile that has it.
EVERY_PLACE = tuple(
    {
        (id(place.file), id(place.item)): place for place in [*places(PROFILES.values())][::-1]
    }.values()
)[::-1]
EVERY_VECTOR = [
    pytest.param(place, each, id=f"{place}#{number}")
    for place in EVERY_PLACE
    for number, each in enumerate(place.item.vectors)
]
EVERY_APPLICATION = [
    pytest.param(profile, application, id=f"{profile.name}/{application.name}")
    for profile in PROFILES.values()
    for application in applications(profile)
]
EVERY_PROFILE = pytest.mark.parametrize(
    "profile", PROFILES.values(), ids=lambda profile: profile.name
)
