"""Build the request that a reply describes. Every fact is read again when a question about it is answered."""

import discord

from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.attached_pictures import frames_of
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.reply_parser import Animate, Exact, Prompt, Reading, Styled
from bot.chat.styles import Styles
from bot.i18n import _
from bot.jobs.job import Job, Kind
from bot.jobs.rejections import ReplyChanged
from bot.ordering.prompt_options import with_options
from bot.ordering.quote import Request


class ReplyRequests:
    """Builds requests from replies, after checking the author's access to the video."""

    def __init__(self, video_access: VideoAccess, job_actions: JobActionHandler, styles: Styles) -> None:
        self._video_access = video_access
        self._job_actions = job_actions
        self._styles = styles

    async def of_reply(self, message: discord.Message, member: discord.Member, job: Job, reading: Reading) -> Request:
        """Return the request that a reply describes. Raise BadWish."""
        match reading:
            case Prompt():
                source = await self._video_access.allowed(job, member, message.channel)
                first, pictures = frames_of(message.attachments)
                return Request(
                    kind=reading.kind, prompt=reading.text, image_url=first, pictures=pictures,
                    source=source if reading.kind is not Kind.GENERATE else None,
                )  # fmt: skip
            case Animate():
                source = await self._video_access.allowed(job, member, message.channel)
                first, pictures = frames_of(message.attachments)
                prompt = _("Bring this picture to life")
                return Request(kind=Kind.REMIX, prompt=prompt, image_url=first, pictures=pictures, source=source)
            case Exact(word="again", options=options):
                return with_options(await self._job_actions.repeat_request(member, message.channel, job), options)
            case Exact(word="longer", options=options):
                source = await self._video_access.allowed(job, member, message.channel)
                return with_options(Request(kind=Kind.EXTEND, prompt=source.prompt, source=source), options)
            case Styled():
                source = await self._video_access.allowed(job, member, message.channel)
                name, words = await self._styles.of_reply(reading.text, member, source)
                first, pictures = frames_of(message.attachments)
                styled = Request(
                    kind=Kind.REMIX, prompt=words, image_url=first, pictures=pictures, source=source, style=name
                )
                return with_options(styled, reading.options)
            case _:
                raise ReplyChanged
