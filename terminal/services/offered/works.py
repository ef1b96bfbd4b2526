"""Which module carries out which service; a module is imported when its service is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from terminal.rules.vocabulary import Service
from terminal.services.offered.running import Work

MODULES: Mapping[Service, str] = MappingProxyType(
    {
        Service.APPLY: "apply",
        Service.GROUP: "group",
        Service.COLLECT: "collect",
        Service.COLLECT_GROUP: "collect_group",
        Service.PIN_SET: "pin_set",
        Service.ENABLE: "enable",
        Service.FIN_ACTIVATE: "fin_activate",
        Service.LOSS_TEMP: "loss_temp",
        Service.LOSS_SOCIAL: "loss_social",
        Service.LOSS_FULL: "loss_full",
        Service.UNLOSS: "unloss",
        Service.REPLACE: "replace",
        Service.RENEW: "renew",
        Service.BANK_CHANGE: "bank_change",
        Service.CANCEL_SOCIAL: "cancel_social",
        Service.CANCEL_ALL: "cancel_all",
        Service.PIN_CHANGE: "pin_change",
        Service.PIN_RESET: "pin_reset",
        Service.STATUS: "status",
        Service.PROGRESS: "progress",
        Service.FEEDBACK: "feedback",
        Service.DATA_MINOR: "data_minor",
        Service.DATA_BASIC: "data_basic",
        Service.TRANSIT_LOAD: "transit_load",
        Service.TRANSIT_REFUND: "transit_refund",
        Service.PARK_BUY: "park_buy",
        Service.PARK_MOVE: "park_move",
        Service.FIN_LOSS: "fin_loss",
        Service.FIN_UNLOSS: "fin_unloss",
        Service.FIN_PIN: "fin_pin",
        Service.FIN_CANCEL: "fin_cancel",
        Service.FIN_MOBILE: "fin_mobile",
        Service.INSTANT: "instant",
        Service.VISIT: "home_visit",
    }
)


@cache
def work_of(service: Service) -> Work:
    """Give what carries a service out."""
    work = import_module(f"terminal.services.offered.{MODULES[service]}").WORK
    if not isinstance(work, Work):
        raise TypeError(f"{MODULES[service]} carries out nothing")
    return work
