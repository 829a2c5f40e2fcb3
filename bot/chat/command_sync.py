"""Sync the slash commands with Discord, but only if they changed since the last sync."""

import hashlib
import json
import logging
from typing import Any

import discord
from discord import app_commands

from bot.chat.text.command_translator import Translator
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.client")


async def sync_commands(tree: app_commands.CommandTree[Any], store: JobStore, clock: Clock) -> None:
    """Send the commands to Discord unless their digest is the stored one. The client must be logged in."""
    translator = Translator()
    payload = [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]
    text = json.dumps([discord.__version__, sorted(payload, key=lambda command: command["name"])], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    flag = f"commands:{tree.client.application_id}"
    if (known := await store.get_flag(flag)) is not None and known[0] == digest:
        return
    await tree.sync()
    await store.set_flag(flag, digest, clock.now())
    log.info("commands synced")
