"""The settings panel: one ephemeral message. Settings and permissions are read again at every press."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import discord

from bot.catalogue.offers import Offers
from bot.chat.components.interactions import Interaction, reply_privately
from bot.chat.permissions.video_access import missing_permissions
from bot.chat.settings_panel.forms import FormValues, changed, form_for, number
from bot.chat.settings_panel.items import button
from bot.chat.settings_panel.pages import HOSTS_OWN, PanelState, chunks, panel
from bot.chat.settings_panel.setup_pages import STEPS, setup_page
from bot.chat.settings_panel.style_forms import StyleForms
from bot.chat.styles import Styles
from bot.chat.text.escape import error_text
from bot.chat.text.settings_text import audit_text
from bot.i18n import _
from bot.jobs.clean_text import clean
from bot.jobs.errors import BadWish
from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.ports.clock import Clock
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

CHANGES_A_PAGE = 10
MOST_BLOCK_DAYS = 3650
_HOME = {  # form -> page
    "role": "limits", "block": "people", "above": "replies", "days": "data", "setup": "setuptwo", "style": "styles",
    "stars": "gallery",
}  # fmt: skip


class NotManager(BadWish):
    """You need the Manage Server permission to see or change the settings."""


class SettingsPanel:
    """Shows pages and applies changes."""

    def __init__(self, *, clock: Clock, offers: Offers, repositories: Repositories, styles: Styles) -> None:
        self._clock = clock
        self._offers = offers
        self._repositories = repositories
        self._styles = StyleForms(repositories.styles, styles, clock)

    async def show(self, interaction: Interaction) -> None:
        """Answer `/settings panel`. Raise NotManager."""
        await self._show(interaction, "top")

    async def _show(self, interaction: Interaction, page: str) -> None:
        view = _view(page, await self._scene(manager_of(interaction)))
        await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=_NO_MEMBER)

    async def audit(self, interaction: Interaction, page: int = 0, *, turned: bool = False) -> None:
        """Answer `/settings audit`: who changed what. Raise NotManager."""
        guild_id, servers = manager_of(interaction).guild.id, self._repositories.servers
        pages = max(1, -(-await servers.count_audit(guild_id) // CHANGES_A_PAGE))
        page = min(max(page, 0), pages - 1)
        changes = await servers.audit(guild_id, limit=CHANGES_A_PAGE, offset=page * CHANGES_A_PAGE)
        view = discord.ui.View(timeout=None)
        if page > 0:
            view.add_item(button("audit", str(page - 1), _("◀ Newer")))
        if page + 1 < pages:
            view.add_item(button("audit", str(page + 1), _("Older ▶")))
        text = audit_text(changes, page, pages)
        if turned:
            await interaction.response.edit_message(content=text, view=view)
        elif view.children:
            await interaction.response.send_message(text, view=view, ephemeral=True, allowed_mentions=_NO_MEMBER)
        else:
            await interaction.response.send_message(text, ephemeral=True, allowed_mentions=_NO_MEMBER)

    async def on_item(self, interaction: Interaction, page: str, what: str) -> None:
        """Handle a button or a select of the panel. Any process may have posted it."""
        try:
            member = manager_of(interaction)
            if page == "audit":
                from_panel = interaction.message is not None and interaction.message.flags.components_v2
                await self.audit(interaction, int(what) if what.isdigit() else 0, turned=not from_panel)
                return
            values = _values(interaction)
            if page == "setup":  # the button of the welcome, which everyone sees
                await self._show(interaction, STEPS[0])
            elif page == "nav":
                await self._turn(interaction, member, values[0] if values else "top")
            elif (form := await self._form(member, what, values)) is not None:
                await interaction.response.send_modal(form)
            else:
                await self._choose(interaction, member, page, what, values)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    async def on_modal(self, interaction: Interaction, filled: FormValues) -> None:
        """Handle a submitted form of the panel. Any process may have sent it."""
        try:
            member = manager_of(interaction)
            page = _HOME.get(filled.what, filled.what)
            if filled.what == "block":
                await self._block(member, filled)
            elif filled.what == "style":
                settings = await self._repositories.servers.settings(member.guild.id)
                await self._styles.save(member, filled, settings)
            else:
                await self._change(member, lambda rules: changed(rules, filled))
            await self._turn(interaction, member, page, _("✅ Saved."))
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    async def _form(self, member: discord.Member, what: str, values: list[str]) -> discord.ui.Modal | None:
        """Return the form that a control opens, or None."""
        rules = await self._repositories.servers.settings(member.guild.id)
        match what:
            case "limits" | "money" | "above" | "words" | "days" | "setup" | "stars":
                return form_for(what, rules)
            case "role" if values and (role := member.guild.get_role(_id(values[0]))) is not None:
                return form_for(what, rules, str(role.id), clean(role.name))
            case "block" if values and _id(values[0]):
                names = await self._repositories.members.names(member.guild.id, [_id(values[0])])
                return form_for(what, rules, values[0], clean(names.get(_id(values[0]), "")) or _("member"))
            case "addstyle":
                return await self._styles.form(member.guild.id, None)
            case "style" if values:
                return await self._styles.form(member.guild.id, _id(values[0]))
            case _:
                return None

    async def _choose(
        self, interaction: Interaction, member: discord.Member, page: str, what: str, values: list[str]
    ) -> None:
        guild, edit = member.guild, None
        match (page, what):
            case ("top", "pause" | "resume"):
                edit = _setter(paused=what == "pause")
            case ("access" | "setupone", "channels"):
                edit = _setter(channels=tuple(_id(v) for v in values if guild.get_channel(_id(v)) is not None))
            case ("access", "roles"):
                edit = _setter(roles=tuple(_id(v) for v in values if guild.get_role(_id(v)) is not None))
            case ("replies" | "setupthree", "mode") if values and values[0] in set(ReplyMode):
                edit = _setter(reply_mode=ReplyMode(values[0]))
            case ("replies", "videos") if values:
                edit = _setter(any_video=values[0] == "any")
            case ("models", "default") if values:
                edit = _setter(default_model=self._known(values[0]))
            case ("new", _) if what.removeprefix("on").isdigit():
                edit = self._switch_new(int(what.removeprefix("on")), set(values))
            case ("models" | "setupthree", _) if what.removeprefix("on").isdigit():
                edit = self._switch(int(what.removeprefix("on")), set(values))
            case ("data", "log"):
                edit = _setter(log_channel_id=next((_id(v) for v in values if guild.get_channel(_id(v))), None))
            case ("gallery", "channel"):
                edit = _setter(gallery_channel_id=next((_id(v) for v in values if guild.get_channel(_id(v))), None))
            case ("styles", "delstyle") if values:
                await self._styles.delete(member, _id(values[0]))
            case ("people", "unblock") if values:
                now = self._clock.now()
                await self._repositories.servers.unblock(guild.id, _id(values[0]), by_id=member.id, now=now)
        if edit is not None:
            await self._change(member, edit)
        await self._turn(interaction, member, page, _("✅ Saved.") if edit is not None else "")

    def _known(self, key: str) -> str | None:
        """Return the key of an existing model, or None for the host's choice."""
        if key == HOSTS_OWN:
            return None
        offer = self._offers.find(key)
        return offer.key if offer is not None else None

    def _switch(self, menu: int, on: set[str]) -> Callable[[ServerSettings], ServerSettings]:
        """Return the disabled models after a choice in one of the model selects."""
        parted = chunks(self._offers.enabled())
        inside = [offer.key for offer in parted[menu]] if menu < len(parted) else []

        def edit(rules: ServerSettings) -> ServerSettings:
            off = [key for key in rules.models_off if key not in inside]
            return replace(rules, models_off=(*off, *(key for key in inside if key not in on)))

        return edit

    def _switch_new(self, menu: int, on: set[str]) -> Callable[[ServerSettings], ServerSettings]:
        """Return the enabled new models after a choice in one of their selects."""
        parted = chunks(self._offers.new())
        inside = [offer.key for offer in parted[menu]] if menu < len(parted) else []

        def edit(rules: ServerSettings) -> ServerSettings:
            others = [key for key in rules.models_on if key not in inside]
            default = None if rules.default_model in inside and rules.default_model not in on else rules.default_model
            chosen = (*others, *(key for key in inside if key in on))
            return replace(rules, models_on=chosen, default_model=default)

        return edit

    async def _block(self, member: discord.Member, filled: FormValues) -> None:
        days = number(_("Days"), filled.values.get("days"), least=1, most=MOST_BLOCK_DAYS)
        now = self._clock.now()
        until = None if days is None else now + days * 86_400.0
        await self._repositories.servers.block(member.guild.id, _id(filled.about), until, by_id=member.id, now=now)

    async def _change(self, member: discord.Member, edit: Callable[[ServerSettings], ServerSettings]) -> None:
        await self._repositories.servers.edit_settings(member.guild.id, member.id, self._clock.now(), edit)
        log.info("settings changed")

    async def _turn(self, interaction: Interaction, member: discord.Member, page: str, note: str = "") -> None:
        view = _view(page, await self._scene(member, note))
        await interaction.response.edit_message(view=view, allowed_mentions=_NO_MEMBER)

    async def _scene(self, member: discord.Member, note: str = "") -> PanelState:
        guild_id, now = member.guild.id, self._clock.now()
        blocks = await self._repositories.servers.blocks(guild_id, now)
        rules = await self._repositories.servers.settings(guild_id)
        return PanelState(
            rules=rules,
            gallery_missing=missing_permissions(member.guild, rules.gallery_channel_id),
            used=await self._repositories.usage.totals(guild_id, member.id, now),
            blocks=blocks,
            names=await self._repositories.members.names(guild_id, {block.user_id for block in blocks}),
            offers=self._offers.enabled(),
            new=self._offers.new(),
            styles=await self._repositories.styles.of_server(guild_id),
            note=note,
        )


_NO_MEMBER = discord.AllowedMentions.none()


def _view(page: str, scene: PanelState) -> discord.ui.LayoutView:
    return setup_page(page, scene) if page in STEPS else panel(page, scene)


def manager_of(interaction: discord.Interaction[Any]) -> discord.Member:
    """Return the member if this event says that they may manage the server. Raise NotManager otherwise."""
    member, allowed = interaction.user, interaction.permissions
    if not isinstance(member, discord.Member) or not (allowed.manage_guild or allowed.administrator):
        raise NotManager
    return member


def _values(interaction: discord.Interaction[Any]) -> list[str]:
    data: Mapping[str, Any] = interaction.data or {}
    values = data.get("values")
    return [str(each) for each in values] if isinstance(values, list) else []


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 21 else 0


def _setter(**values: Any) -> Callable[[ServerSettings], ServerSettings]:
    return lambda rules: replace(rules, **values)
