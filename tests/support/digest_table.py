"""The digest's table "Services by channel", written out a second time as data.

Copied from the digest, not from terminal/rules/table.py: who changes one has to change the other,
and to think.
"""

from __future__ import annotations

from terminal.rules.vocabulary import Actor, Pin

CHANNELS = ("DISTRICT", "BANK", "ONLINE", "HOTLINE", "BANK-PHONE", "TRANSIT", "PARK")
CELLS = """
S-APPLY           yes  yes      yes  –    –    –    –
S-GROUP           –    yes      yes  –    –    –    –
S-COLLECT         –    chosen   –    –    –    –    –
S-COLLECT-GROUP   –    chosen   –    –    –    –    –
S-PIN-SET         yes  issuing  yes  –    –    –    –
S-ENABLE          yes  issuing  yes  –    –    –    –
S-FIN-ACTIVATE    –    issuing  –    –    –    –    –
S-LOSS-TEMP       yes  yes      yes  yes  –    –    –
S-LOSS-SOCIAL     yes  issuing  –    –    –    –    –
S-LOSS-FULL       –    issuing  –    –    –    –    –
S-UNLOSS          yes  issuing  –    –    –    –    –
S-REPLACE         –    issuing  yes  –    –    –    –
S-RENEW           –    issuing  yes  –    –    –    –
S-BANK-CHANGE     –    either   –    –    –    –    –
S-CANCEL-SOCIAL   yes  issuing  –    –    –    –    –
S-CANCEL-ALL      –    issuing  –    –    –    –    –
S-PIN-CHANGE      yes  issuing  yes  –    –    –    –
S-PIN-RESET       yes  issuing  yes  –    –    –    –
S-STATUS          yes  issuing  yes  yes  yes  –    –
S-PROGRESS        yes  yes      yes  yes  yes  –    –
S-FEEDBACK        –    –        yes  yes  yes  –    –
S-DATA-MINOR      yes  yes      yes  –    –    –    –
S-DATA-BASIC      –    issuing  –    –    –    –    –
S-TRANSIT-LOAD    –    yes      –    –    –    yes  –
S-TRANSIT-REFUND  –    yes      –    –    –    –    –
S-PARK-BUY        –    issuing  –    –    –    –    yes
S-PARK-MOVE       –    issuing  –    –    –    –    –
S-FIN-LOSS        –    issuing  –    –    –    –    –
S-FIN-UNLOSS      –    issuing  –    –    –    –    –
S-FIN-PIN         –    issuing  –    –    –    –    –
S-FIN-CANCEL      –    issuing  –    –    –    –    –
S-FIN-MOBILE      –    issuing  –    –    –    –    –
S-INSTANT         –    either   –    –    –    –    –
S-VISIT           –    yes      –    –    –    –    –
"""
ROWS = {line.split()[0]: line.split()[1:] for line in CELLS.strip().splitlines()}
ANYBODYS = {"S-FEEDBACK", "S-VISIT"}
"""An opinion; and that somebody come to who cannot (Rules Art. 25), whoever asks for them."""
AGENTS = {
    *("S-ENABLE", "S-LOSS-TEMP", "S-PIN-CHANGE", "S-STATUS"),  # Rules Art. 24
    *("S-CANCEL-SOCIAL", "S-CANCEL-ALL"),  # Rules Art. 19
    *("S-FIN-LOSS", "S-FIN-UNLOSS", "S-FIN-PIN", "S-FIN-CANCEL", "S-FIN-MOBILE"),  # Rules Art. 20
    *ANYBODYS,
}
KIN = {"S-CANCEL-SOCIAL", "S-CANCEL-ALL", "S-FIN-CANCEL", *ANYBODYS}  # Rules Art. 19
EMPLOYERS = {"S-GROUP", "S-COLLECT-GROUP", "S-PROGRESS", *ANYBODYS}  # Rules Art. 6, 7
NOT_A_HOLDERS = {"S-GROUP", "S-COLLECT-GROUP"}
MAY = {
    Actor.HOLDER: ROWS.keys() - NOT_A_HOLDERS,
    Actor.GUARDIAN: ROWS.keys() - NOT_A_HOLDERS,
    Actor.AGENT: AGENTS,
    Actor.KIN: KIN,
    Actor.EMPLOYER: EMPLOYERS,
}
PAPERS = {
    "S-APPLY": ("id photo", "5"),
    "S-GROUP": ("actor_id", ""),
    "S-COLLECT": ("id", "7"),
    "S-COLLECT-GROUP": ("licence firm_authorisation actor_id", "7"),
    "S-PIN-SET": ("id card", "12"),
    "S-ENABLE": ("id card", "8"),
    "S-FIN-ACTIVATE": ("id card", "9"),
    "S-LOSS-SOCIAL": ("id", "13"),
    "S-LOSS-FULL": ("id", "13"),
    "S-UNLOSS": ("id card", "14"),
    "S-REPLACE": ("id", "15"),
    "S-RENEW": ("id card", "16"),
    "S-BANK-CHANGE": ("id card", ""),
    "S-CANCEL-SOCIAL": ("id", ""),
    "S-CANCEL-ALL": ("id", ""),
    "S-PIN-CHANGE": ("id card", "12"),
    "S-PIN-RESET": ("id card", "12"),
    "S-DATA-MINOR": ("id", ""),
    "S-DATA-BASIC": ("id card", "17"),
    "S-TRANSIT-LOAD": ("card", "10"),
    "S-TRANSIT-REFUND": ("id card", ""),
    "S-PARK-BUY": ("card", "11"),
    "S-PARK-MOVE": ("id card", "16"),
    "S-FIN-LOSS": ("id", ""),
    "S-FIN-UNLOSS": ("id", ""),
    "S-FIN-PIN": ("id", ""),
    "S-FIN-CANCEL": ("id", ""),
    "S-FIN-MOBILE": ("id", ""),
    "S-INSTANT": ("id", ""),
}
"""What the holder (or the employer's person) brings, by which article; none where not listed."""
BROUGHT_BESIDES = {
    Actor.AGENT: ("id actor_id authorisation", "R-AGENT", "24"),
    Actor.GUARDIAN: ("actor_id guardianship", "R-GUARDIAN", ""),
    Actor.KIN: ("actor_id death kinship", "S-CANCEL-SOCIAL", ""),
}
PINS = {
    Pin.SET: {"S-COLLECT", "S-PIN-SET", "S-INSTANT", "S-PIN-RESET"},
    Pin.OLD: {"S-PIN-CHANGE"},
    Pin.VERIFY: {"S-DATA-MINOR"},
}
"""A reset asks for no PIN either ("–" in the digest): it ends with a new one."""
