"""Tell the host which account refuses requests, and why: once an hour per account and reason. In English."""

import asyncio
import hashlib
import logging
import re

from bot.chat.delivery.host_messages import HostMessages
from bot.chat.text.escape import escape
from bot.ports.clock import Clock
from bot.ports.host_alarm import HostAlert
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")

EVERY_S = 3600.0
RETRY_S = 300.0  # after a message that wasn't delivered
TOLD = "told"
_VARYING = re.compile(r"\S*\d\S*")  # ids, times and amounts: they don't make another reason
_HAPPENED = {
    "KeyRefused": "The account **{account}** can't be used: the provider refuses its key",
    "NoBalance": "The account **{account}** can't be used: its balance or quota is used up",
    "Refused": "The account **{account}** refused a request for the model **{model}**",
}
_OTHER = "The account **{account}** can't be used"


class DiscordHostAlarm:
    """Implements the port HostAlarm."""

    def __init__(self, messages: HostMessages, store: JobStore, clock: Clock) -> None:
        self._messages = messages
        self._store = store
        self._clock = clock
        self._sending = asyncio.Lock()  # of two jobs with one reason, the second sees that the host was told

    async def tell(self, alert: HostAlert) -> bool:
        try:
            async with self._sending:
                return await self._tell_once(alert)
        except Exception:
            # Kept alive: the job, whose end must not depend on the alarm.
            log.exception("the host could not be told", extra={"account": alert.account, "job": alert.job_code})
            return False

    async def _tell_once(self, alert: HostAlert) -> bool:
        name, now = _flag_name(alert), self._clock.now()
        flag = await self._store.get_flag(name)
        if flag is not None and 0 <= now - flag[1] < (EVERY_S if flag[0] == TOLD else RETRY_S):
            return flag[0] == TOLD
        told = await self._messages.send(alarm_text(alert))
        await self._store.set_flag(name, TOLD if told else "", now)
        return told


def _flag_name(alert: HostAlert) -> str:
    reason = _VARYING.sub("", alert.reason)
    return f"alarm:{alert.account}:{alert.trouble}:{hashlib.sha256(reason.encode()).hexdigest()[:16]}"


def alarm_text(alert: HostAlert) -> str:
    """Return the message."""
    happened = _HAPPENED.get(alert.trouble, _OTHER).format(account=escape(alert.account), model=escape(alert.model))
    status = "" if alert.status is None else f" (HTTP {alert.status})"
    reason = f"\n> {escape(alert.reason)}" if alert.reason else ""
    rest = "This reason is reported at most once an hour. `python -m bot doctor` checks every account."
    return f"⚠️ {happened}{status}.{reason}\n-# {alert.job_code} · {rest}"
