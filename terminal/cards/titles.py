"""What a data item is called in messages."""

from __future__ import annotations

from card_profiles.model import Item
from terminal.texts import Text


def title_of(item: Item) -> Text:
    """Give an item's title; the reference has names for some only, the others have their tag."""
    return Text(item.zh or item.name, item.name.replace("_", " "))
