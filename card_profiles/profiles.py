"""The four profiles: gen1, gen2, gen3 and Beijing's third-generation card.

Reference social-security-card.md §2, §7, §9 and §10. A profile says what kind of card it is;
whose card, with which keys, is said when a card is made from it.
"""

from __future__ import annotations

from apdu.cipher import Algorithm
from card_profiles import beijing
from card_profiles import social_security as ssse
from card_profiles.bank import BANK
from card_profiles.employment import EMPLOYMENT
from card_profiles.health import HEALTH
from card_profiles.medical_insurance import MEDICAL_INSURANCE
from card_profiles.model import AtrParts, Profile
from card_profiles.park_pass import PARK_PASS
from card_profiles.personnel import PERSONNEL
from card_profiles.public_data import PUBLIC_DATA
from card_profiles.relief import RELIEF
from card_profiles.social_insurance import SOCIAL_INSURANCE
from card_profiles.transit import TRANSIT

STANDARD_APPLICATIONS = (
    PUBLIC_DATA,
    EMPLOYMENT,
    SOCIAL_INSURANCE,
    MEDICAL_INSURANCE,
    HEALTH,
    RELIEF,
    PERSONNEL,
)
"""DF01 to DF07 as V2.0 lays them out (§2.3, §2.4)."""

GEN1 = Profile(
    name="gen1",
    generation=1,
    version="1.00",
    algorithm=Algorithm.TDES,
    region="430000",
    environment=ssse.environment(ssse.CARD_FILE, ssse.HOLDER_FILE_V1, ssse.FINGERPRINT_FILE_V1),
    applications=(),
    atr=AtrParts(bytes.fromhex("0081"), bytes.fromhex("314731"), bytes.fromhex("8650")),
    contactless=False,
    names_algorithm=False,
    notes=("V1.0 gave several tags of DF01 to DF04 another meaning; not described (§2.4)",),
)

GEN2 = Profile(
    name="gen2",
    generation=2,
    version="2.00",
    algorithm=Algorithm.TDES,
    region="510100",
    environment=ssse.environment(
        ssse.CARD_FILE, ssse.HOLDER_FILE_V2, ssse.FINGERPRINT_FILE, ssse.PHOTO_FILE
    ),
    applications=STANDARD_APPLICATIONS,
    atr=AtrParts(bytes.fromhex("0087"), bytes.fromhex("CF2001"), bytes.fromhex("8649")),
    contactless=False,
    names_algorithm=False,
)

GEN3 = Profile(
    name="gen3",
    generation=3,
    version="3.00",
    algorithm=Algorithm.SM4,
    region="411600",
    environment=ssse.environment(
        ssse.CARD_FILE,
        ssse.HOLDER_FILE_V3,
        ssse.FINGERPRINT_FILE,
        ssse.PHOTO_FILE,
        algorithm=Algorithm.SM4,
    ),
    applications=STANDARD_APPLICATIONS,
    atr=AtrParts(bytes.fromhex("008C"), bytes.fromhex("544CB3"), bytes.fromhex("8684")),
    contactless=True,
    names_algorithm=True,
)

BEIJING = Profile(
    name="beijing",
    generation=3,
    version="3.00",
    algorithm=Algorithm.SM4,
    region="110000",
    environment=GEN3.environment,
    applications=(
        beijing.PUBLIC_DATA,
        EMPLOYMENT,
        SOCIAL_INSURANCE,
        MEDICAL_INSURANCE,
        beijing.TONG,
        beijing.JINGYITONG,
        beijing.DISABILITY,
        beijing.CERTIFICATES,
        PARK_PASS,
        BANK,
        TRANSIT,
    ),
    atr=AtrParts(bytes.fromhex("0081"), bytes.fromhex("544C97"), bytes.fromhex("8684")),
    contactless=True,
    names_algorithm=True,
    notes=("No Beijing ATR is public; the historical bytes follow the rules of §7 (§10)",),
)

PROFILES = {profile.name: profile for profile in (GEN1, GEN2, GEN3, BEIJING)}
