"""Who may read and write what: each file of each profile, with each proof."""

import pytest
from raw_card import PIN, Maker, Prove, send

from card_profiles.model import Application, KeyUse, Profile, Structure
from card_profiles.profiles import PROFILES
from emulator.card import SoftwareCard

# Transcribed from reference social-security-card.md §2.2 to §2.4 with the key ids of §8.1, one
# row a file: EF, proof to read, proof to write. "|" is or, "&" is and. Ids that §8.1 does not
# have (DF05 to DF07, UK7DF01 and up, DF0A and up) are project-defined.
ENVIRONMENT = {
    "gen1": ("EF05 free 04", "EF06 free 04", "EF07 free 04"),
    "gen2": ("EF05 free 04", "EF06 free 04", "EF07 0A 04", "EF08 0A 04"),
    "gen3": ("EF05 free 04", "EF06 0A 04", "EF07 0A 04", "EF08 0A 04"),
}
DF01 = (
    "EF05 PIN|88 83",
    "EF06 PIN|88 86",
    "EF07 PIN|88 84",
    "EF08 PIN|88 85",
    "EF09 PIN|88 84",
    "EF0A PIN|88 87",
    "EF15 PIN|88 89",
)
DF01_RESERVED = (
    "EF16 free 8A",
    "EF17 free 8B",
    "EF18 free 8C",
    "EF19 free 8D",
    "EF1A free 8E",
)
DF02 = (
    "EF05 PIN|88 83",
    "EF06 PIN|88 84",
    "EF07 PIN|88 85",
    "EF09 PIN|88 86",
    "EF15 PIN|88 87",
    "EF16 PIN|88 89",
)
DF03 = (
    "EF05 PIN|85 86",
    "EF06 PIN|84 87",
    "EF07 PIN|84 88",
    "EF15 PIN|84 89",
    "EF16 PIN|84 8A",
    "EF17 PIN|84 8B",
    "EF18 PIN|84 8C",
    "EF19 PIN|84 8D",
)
DF04 = ("EF05 PIN|84 85", "EF06 PIN&84 86", "EF08 PIN never", "EF15 PIN|84 86")
DF05 = ("EF05 free 83",)
DF06 = ("EF05 83 84",)
DF07 = ("EF05 83 86", "EF06 84 87", "EF07 85 88")
TONG = ("0005 PIN|83 84", "0006 PIN|83 84", "0007 PIN|83 84")
INSURANCE = {"DF02": DF02, "DF03": DF03, "DF04": DF04}
STANDARD = INSURANCE | {"DF01": DF01 + DF01_RESERVED, "DF05": DF05, "DF06": DF06, "DF07": DF07}
BEIJING = INSURANCE | {
    "DF01": DF01,
    "DF0A": TONG,
    "DF0B": TONG,
    "DF0C": ("0005 PIN|83 84",),
    "DF0D": ("EF0C PIN 84", "EF0D PIN 84"),
    "DF0E": ("0005 free 83",),
    "DF10": (),
    "DF11": (),
}
RULES = {
    "gen1": {"DDF1": ENVIRONMENT["gen1"]},
    "gen2": {"DDF1": ENVIRONMENT["gen2"]} | STANDARD,
    "gen3": {"DDF1": ENVIRONMENT["gen3"]} | STANDARD,
    "beijing": {"DDF1": ENVIRONMENT["gen3"]} | BEIJING,
}
CASES = [
    (profile, df, *row.split())
    for profile, applications in RULES.items()
    for df, rows in applications.items()
    for row in rows
]


def granted(rule: str, proofs: set[str]) -> bool:
    """Work out a rule of the table above."""
    if rule in {"free", "never"}:
        return rule == "free"
    if "&" in rule:
        return set(rule.split("&")) <= proofs
    return bool(set(rule.split("|")) & proofs)


def applications(profile: Profile) -> dict[str, Application]:
    return {f"{each.fid:04X}": each for each in (profile.environment, *profile.applications)}


class TestAccessRules:
    def test_the_table_has_every_file(self) -> None:
        """A file that the table above does not name would go untested."""
        described = {
            (profile.name, df, f"{file.fid:04X}")
            for profile in PROFILES.values()
            for df, application in applications(profile).items()
            for file in application.files
            if not application.foreign  # the purse's have a test of their own (test_purse_files)
        }
        assert {case[:3] for case in CASES} == described

    @pytest.mark.parametrize(("name", "df", "ef", "read", "write"), CASES)
    def test_each_proof_opens_what_it_should(
        self,
        name: str,
        df: str,
        ef: str,
        read: str,
        write: str,
        virtual_card: Maker,
        prove: Prove,
    ) -> None:
        """Every file with no proof, the PIN, every key, and PIN with every key: 9000 or 6982."""
        card = virtual_card(name)
        application = applications(card.profile)[df]
        described = (*card.profile.environment.keys, *application.keys)
        keys = {key.id for key in described if key.use is not KeyUse.INTERNAL}
        attempts = [(pin, key) for pin in (False, True) for key in (None, *sorted(keys))]
        for pin, key in attempts:
            card.reset()
            assert send(card, f"00A4000002{df}")[:2] == "61"
            if pin:
                assert send(card, PIN) == "9000"
            if key is not None:
                assert prove(card, key, application.name) == "9000"
            assert send(card, f"00A4020002{ef}") == "9000"
            proofs = {"PIN"} if pin else set()
            proofs |= {f"{key:02X}"} if key is not None else set()
            assert self.reads(card, application, ef) == granted(read, proofs), proofs
            assert self.writes(card, application, ef) == granted(write, proofs), proofs

    @staticmethod
    def reads(card: SoftwareCard, application: Application, ef: str) -> bool:
        structure = application.file(int(ef, 16)).structure
        transparent = structure is Structure.TRANSPARENT
        answer = send(card, "00B0000001" if transparent else "00B2010400")
        assert answer[-4:] in {"9000", "6982"} or answer[:2] == "6C"
        return answer != "6982"

    @staticmethod
    def writes(card: SoftwareCard, application: Application, ef: str) -> bool:
        """Write back what is there, so that the next proof finds the same file."""
        structure = application.file(int(ef, 16)).structure
        if structure is Structure.TRANSPARENT:
            answer = send(card, "00D600000100")
        else:
            record = card.memory.cells()[f"{application.name}.{ef}.1"]
            place = "0003" if structure is Structure.CYCLIC else "0104"
            answer = send(card, f"00DC{place}{len(record):02X}{record.hex()}")
        assert answer in {"9000", "6982"}
        return answer == "9000"
