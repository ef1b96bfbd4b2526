"""The tables of the registry, by what they are about; terminal/registry/migrations makes them."""

from terminal.registry.tables import cards, histories, persons, work
from terminal.registry.tables.base import METADATA, Instant

__all__ = ["METADATA", "Instant", "cards", "histories", "persons", "work"]
