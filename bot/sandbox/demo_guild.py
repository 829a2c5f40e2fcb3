"""The server that the demo plays on and the page shows: three channels, a thread, three members."""

from dataclasses import dataclass
from typing import Self

from bot.sandbox.discord import Channel, Guild, LocalDiscord, Member


@dataclass(frozen=True, kw_only=True)
class DemoGuild:
    """The guild, channels and members of the demo. Carol has Manage Server and Manage Messages."""

    guild: Guild
    videos: Channel
    lounge: Channel
    workshop: Channel
    thread: Channel
    alice: Member
    bob: Member
    carol: Member

    @classmethod
    def built(cls, discord: LocalDiscord, name: str = "Paper Moon Studio") -> Self:
        """Build it, with the bot installed."""
        guild = discord.add_guild(name)
        videos = guild.add_channel("videos", topic="Clips, and what becomes of them")
        return cls(
            guild=guild,
            videos=videos,
            lounge=guild.add_channel("lounge", topic="Talk about anything"),
            workshop=guild.add_channel("workshop", topic="Half-finished things"),
            thread=videos.add_thread("night shots"),
            alice=guild.add_member("alice"),
            bob=guild.add_member("bob"),
            carol=guild.add_member("carol", manage=True),
        )

    @property
    def people(self) -> tuple[Member, ...]:
        return (self.alice, self.bob, self.carol)
