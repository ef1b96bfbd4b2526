"""The mobile number that the bank has 预留手机号码, by its rules (S-FIN-MOBILE, Rules Art. 20).

See financial_referral.py.
"""

from __future__ import annotations

from terminal.rules.vocabulary import Service
from terminal.services.offered.financial_referral import referral

WORK = referral(Service.FIN_MOBILE)
