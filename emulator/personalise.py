"""Make a card's memory from a profile, facts and keys: what an issuer does.

Names of cells are the emulator's own; a card image shows them.
"""

from __future__ import annotations

from typing import Any

from apdu import simple_tlv, tlv
from apdu.cipher import card_factor, city_factor, family, province_factor
from card_profiles import bank, identifiers
from card_profiles import social_security as ssse
from card_profiles.development_keys import RootOf, uniform
from card_profiles.fields import ENCODING, An
from card_profiles.model import Application, ElementaryFile, Item, Profile, Structure
from card_profiles.transit import TRANSIT
from emulator.facts import CardFacts
from emulator.purse_habits import PurseHabits
from emulator.transit_personalise import personalise_transit

PIN_CELL = "PIN"
PIN_TRIES_CELL = "PIN.tries"
ATR_CELL = "historical"
CARD_BLOCKED_CELL = "blocked"
NAME_TAGS = frozenset({0x09, 0x4E})
"""The holder's name and its extension, one text (reference §2.2)."""


def file_cell(application: Application, file: ElementaryFile) -> str:
    """Name the cells of a file: ``SSSE.EF05``; a record's adds ``.1``, the count's ``.count``."""
    return f"{application.name}.{file.fid:04X}"


def key_cell(application: Application, key_id: int) -> str:
    """Name the cell of a key; its tries' cell adds ``.tries``."""
    return f"{application.name}.key.{key_id:02X}"


def blocked_cell(application: Application) -> str:
    """Name the cell that blocks an application while it is there."""
    return f"{application.name}.blocked"


def bank_cell(sfi: int, number: int) -> str:
    """Name the cell of a bank record: ``bank.01.1``; a card without an account has none."""
    return f"{bank.BANK.name}.{sfi:02X}.{number}"


def historical_bytes(profile: Profile, facts: CardFacts) -> bytes:
    """Give the 13 historical bytes of a card's ATR (reference §7)."""
    if facts.historical is not None:
        return facts.historical
    parts = profile.atr
    return identifiers.HISTORICAL.encode(
        {
            "chip_maker": parts.chip_maker,
            "cos": parts.cos,
            "card_maker": parts.card_maker,
            "region": facts.region[:4],
            "serial": facts.serial,
        }
    )


def personalise(
    profile: Profile,
    facts: CardFacts,
    root_of: RootOf = uniform,
    purse: PurseHabits | None = None,
) -> dict[str, bytes]:
    """Make the cells of a new card; ``purse`` says how its transit files are laid out.

    Raises LayoutError where a fact does not fit its field.
    """
    historical = historical_bytes(profile, facts)
    cells = {ATR_CELL: historical}
    values = _values(profile, facts)
    for application in (profile.environment, *profile.applications):
        if application.foreign:
            continue  # another institution's: it lays out its own
        for file in application.files:
            cells |= _file(application, file, values)
        cells |= _keys(application, profile, facts.region, historical, root_of)
    cells |= _directory(profile)
    if bank.BANK in profile.applications and facts.bank_account is not None:
        cells |= _bank(facts, facts.bank_account)
    if TRANSIT in profile.applications and facts.transit is not None:
        cells |= personalise_transit(facts.transit, root_of, purse or PurseHabits())
    if facts.pin is not None:
        cells[PIN_CELL] = encode_pin(facts.pin)
        cells[PIN_TRIES_CELL] = bytes((profile.pin_tries,))
    return cells


def encode_pin(digits: str) -> bytes:
    """Write PIN digits as BCD, an odd one padded with F (reference §5)."""
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def directory_file(profile: Profile) -> ElementaryFile:
    """Describe the directory that tag 88 of the FCI points to (reference §1.1)."""
    return ElementaryFile(
        0x2F00,
        "directory",
        "目录文件",
        Structure.RECORDS,
        read=profile.environment.file(ssse.EF_CARD).read,
        write=profile.environment.file(ssse.EF_CARD).write,
        short_id=ssse.DIRECTORY_SFI,
    )


def _values(profile: Profile, facts: CardFacts) -> dict[str, Any]:
    """Collect the values of all items by ``application.item``."""
    holder = facts.holder
    card_id = identifiers.CARD_ID.encode(
        {
            "region": facts.region,
            "provider": identifiers.RID,
            "serial": facts.card_serial or facts.serial,
            "authentication": facts.authentication,
        }
    )
    values: dict[str, Any] = {
        "SSSE.card_id": card_id.hex().upper(),
        "SSSE.card_class": facts.card_class,
        "SSSE.specification_version": profile.version if facts.version is None else facts.version,
        # The standard's own Beijing example has this shape (§2.2, tag 04).
        "SSSE.initialising_organisation": f"9156000002{facts.region}{facts.region}01",
        "SSSE.issue_date": facts.issue_date,
        "SSSE.expiry_date": facts.expiry_date,
        "SSSE.card_number": facts.card_number,
        "SSSE.photo": facts.photo.ljust(ssse.PHOTO_SIZE, b"\0") if facts.photo else None,
    }
    if holder is not None:
        values |= {
            "SSSE.social_security_number": holder.social_security_number,
            "SSSE.name": holder.name,
            "SSSE.sex": holder.sex,
            "SSSE.ethnic_group": holder.ethnic_group,
            "SSSE.birthplace": holder.birthplace,
            "SSSE.birth_date": holder.birth_date,
        }
    return values | dict(facts.items)


def _file(
    application: Application, file: ElementaryFile, values: dict[str, Any]
) -> dict[str, bytes]:
    cell = file_cell(application, file)
    if file.structure is Structure.TRANSPARENT:
        (content,) = (_content(application, item, values) for item in file.items)
        return {cell: content}
    records = [
        _record(item, _content(application, item, values))
        for item in file.items
        for _ in range(item.count)
    ]
    return record_cells(cell, records)


def _record(item: Item, content: bytes) -> bytes:
    """Write a record: TLV, or its content alone in files whose records have no tag (tag 0)."""
    return simple_tlv.Record(item.tag, content).encode() if item.tag else content


def record_cells(cell: str, records: list[bytes]) -> dict[str, bytes]:
    """Lay out a record file's cells: the count, then each record from number 1."""
    numbered = {f"{cell}.{number}": record for number, record in enumerate(records, 1)}
    return {f"{cell}.count": bytes((len(records),)), **numbered}


def _content(application: Application, item: Item, values: dict[str, Any]) -> bytes:
    value = values.get(f"{application.name}.{item.name}")
    if item.tag in NAME_TAGS and application.fid == ssse.FID:
        # A long name goes on in the extension; it is cut between bytes, not characters.
        parts = [each for each in application.file(ssse.EF_HOLDER).items if each.tag in NAME_TAGS]
        whole = An(sum(each.field.size for each in parts)).encode(values.get("SSSE.name"))
        first = parts[0].field.size
        return whole[:first] if item is parts[0] else whole[first:]
    encoded: bytes = item.field.encode(value)
    return encoded


def _keys(
    application: Application, profile: Profile, region: str, historical: bytes, root_of: RootOf
) -> dict[str, bytes]:
    cells: dict[str, bytes] = {}
    cipher = family(profile.algorithm)
    for key in application.keys:
        value = root_of(application.name, key.name)
        for factor in (province_factor(region), city_factor(region), card_factor(historical)):
            value = cipher.diversify(value, factor)
        cells[key_cell(application, key.id)] = value
        if key.tries is not None:
            cells[key_cell(application, key.id) + ".tries"] = bytes((key.tries,))
    return cells


def _bank(facts: CardFacts, account: str) -> dict[str, bytes]:
    """Lay out the bank's records; a name too long for its tag stands whole in the extension."""
    name = facts.holder.name if facts.holder else None
    beginning = name
    while beginning and len(beginning.encode(ENCODING)) > bank.HOLDER_NAME.field.size:
        beginning = beginning[:-1]
    values = {
        "account_number": account,
        "track_2": bank.Track2(account, f"{facts.expiry_date:%y%m}"),
        "name": beginning,
        "extended_name": name if name != beginning else None,
        "expiry_date": facts.expiry_date,
        "issuer_country": bank.CHINA,
        "currency": bank.CHINA,
    }
    return {bank_cell(each.sfi, each.number): each.encode(values) for each in bank.RECORDS}


def _directory(profile: Profile) -> dict[str, bytes]:
    records = [
        tlv.build(
            0x61,
            [
                tlv.build(0x4F, application.aid),
                tlv.build(0x50, application.label.encode(ENCODING)),
            ],
        ).encode()
        for application in profile.applications
        if application.aid is not None and application.label and not application.foreign
    ]
    return record_cells(file_cell(profile.environment, directory_file(profile)), records)
