"""Code tables that the fields of a social security card refer to, offline and read-only."""

from card_profiles.tables.ethnic_group import ETHNIC_GROUP
from card_profiles.tables.model import CodeEntry, CodeTable
from card_profiles.tables.nationality import NATIONALITY
from card_profiles.tables.occupation import OCCUPATION
from card_profiles.tables.region import REGION
from card_profiles.tables.sex import SEX

__all__ = ["ETHNIC_GROUP", "NATIONALITY", "OCCUPATION", "REGION", "SEX", "CodeEntry", "CodeTable"]
