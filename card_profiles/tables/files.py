"""Read the tables that are too long for a module from the CSV files beside it."""

import csv
from collections.abc import Iterator
from importlib.resources import files


def read_rows(filename: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one packaged UTF-8 file as mappings from column to text.

    Lines that begin with ``#`` say the file's source and are left out. importlib.resources is
    used since a package may be run from an archive, where there is no path to open.
    """
    text = files("card_profiles.tables").joinpath(filename).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
