"""Delete the message that asks about a film: it shows the words of its shots."""

import discord

from bot.chat.delivery.delete_message import delete_message
from bot.chat.films.film_threads import find_thread
from bot.jobs.film_plan import FilmPlan


async def delete_question(client: discord.Client, film: FilmPlan) -> None:
    """Delete a film's question, if there is one. Raise Discord's errors."""
    if film.review_id is None:
        return
    place_id = film.place_id or film.channel_id
    guild = client.get_guild(film.guild_id)
    if film.place_id is None and guild is not None and (thread := await find_thread(film, guild, ())) is not None:
        place_id = thread.id  # it asks there whether to start, after a crash
    await delete_message(client, guild_id=film.guild_id, channel_id=place_id, message_id=film.review_id)
