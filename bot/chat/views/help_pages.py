"""`/help`: a short first page, and a button for each topic that applies to the server."""

import discord

from bot.catalogue.offers import Offers
from bot.chat.components.interactions import Interaction
from bot.chat.settings_panel.items import button
from bot.chat.text.command_mentions import with_mentions
from bot.chat.text.help_text import LABELS, Allowed, Topic, help_text, topics
from bot.i18n import _
from bot.jobs.limits import HostBudget, caps_for
from bot.ordering.quote import OFF_HERE
from bot.ports.repositories import ServerRepository


class HelpPages:
    """Builds each page when it's requested, from the server's settings at that moment."""

    def __init__(self, offers: Offers, servers: ServerRepository) -> None:
        self._offers = offers
        self._servers = servers

    async def show(self, interaction: Interaction) -> None:
        """Answer the command with the first page."""
        text, view = await self._page(interaction, Topic.START)
        await interaction.response.send_message(text, view=view, ephemeral=True)

    async def on_item(self, interaction: Interaction, what: str) -> None:
        """Show the page of a pressed button."""
        topic = Topic(what) if what in list(Topic) else Topic.START
        text, view = await self._page(interaction, topic)
        await interaction.response.edit_message(content=text, view=view)

    async def _page(self, interaction: Interaction, topic: Topic) -> tuple[str, discord.ui.View]:
        allowed = await self._allowed(interaction)
        view = discord.ui.View(timeout=None)
        for each in topics(allowed):
            style = discord.ButtonStyle.primary if each is topic else discord.ButtonStyle.secondary
            view.add_item(button("help", each, _(LABELS[each]), style))
        return with_mentions(help_text(topic, allowed)), view

    async def _allowed(self, interaction: Interaction) -> Allowed:
        rules = await self._servers.settings(interaction.guild_id or 0)
        offers = self._offers.excluding(rules.models_off, OFF_HERE, rules.models_on)
        models = [offer.model for offer in offers.enabled()]
        chosen = offers.find(rules.default_model) if rules.default_model else None
        default = chosen if chosen in offers.enabled() else offers.default()
        roles = interaction.user.roles if isinstance(interaction.user, discord.Member) else []
        return Allowed(
            rules=rules,
            caps=caps_for(rules, [role.id for role in roles], HostBudget()),
            default=default.model if default is not None else None,
            models=len(models),
            remixes=any(model.remix is not None or model.image.max_images for model in models),
            extends=any(model.extend is not None or (model.creates and model.image.max_images) for model in models),
            pictures=any(model.image.max_images for model in models),
            manages=interaction.permissions.manage_guild,
        )
