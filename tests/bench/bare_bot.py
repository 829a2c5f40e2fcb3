"""The floor of `ack`: a bot of discord.py alone whose /generate only answers, with a button. Started as a process."""

import os
import sys

import discord
from discord import app_commands

from bot.client import configure_endpoints


class BareBot(discord.AutoShardedClient):
    """No settings, no limits, no database, no worker."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_messages=True), max_messages=None)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        @self.tree.command(description="Answer")
        async def generate(interaction: discord.Interaction, prompt: app_commands.Range[str, 3, 2000]) -> None:
            view = discord.ui.View(timeout=None)
            view.add_item(discord.ui.Button(label="Cancel", custom_id=f"v1:{interaction.id}:cancel"))
            await interaction.response.send_message(f"⏳ Queued · {prompt[:20]}", view=view)

        await self.tree.sync()


if __name__ == "__main__":
    configure_endpoints(
        os.environ["RETAKE_DISCORD_API"], os.environ["RETAKE_DISCORD_GATEWAY"], os.environ["RETAKE_DISCORD_CDN"]
    )
    BareBot().run(os.environ["RETAKE_DISCORD_TOKEN"], log_handler=None)
    sys.exit(0)
