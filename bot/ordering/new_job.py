"""Build the row of a new job from a prepared request. Pure but for its random ids."""

from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import Job, JobMoney, RequestOrigin, State
from bot.jobs.undo import undo_until
from bot.ordering.quote import PreparedRequest

ANSWER_WITHIN_S = 20.0  # after this the worker asks Discord whether our answer arrived


def new_job(asked: RequestOrigin, prepared: PreparedRequest, now: float) -> Job:
    """Return a received job. An order by reply can be undone for a while if the server's settings say so."""
    request, quote = prepared.request, prepared.quote
    source, offer, choice = request.source, quote.step.offer, quote.choice
    undoable = asked.source_message_id is not None and prepared.settings.undoable
    job_id = new_job_id()
    return Job(
        id=job_id,
        code=new_code(),
        state=State.RECEIVED,
        kind=request.kind,
        user_id=asked.user_id,
        guild_id=asked.guild_id,
        channel_id=asked.channel_id,
        prompt=request.prompt.strip(),
        model=offer.model.key,
        account=offer.account,
        created_at=now,
        updated_at=now,
        due_at=now + ANSWER_WITHIN_S,
        why="asked",
        aspect=choice.aspect,
        seconds=choice.seconds,
        resolution=choice.resolution,
        note=choice.note,
        style=request.applied.name if request.applied is not None else None,
        typed=request.typed,
        offered=request.offered,
        image_url=request.image_url,
        image_file=request.image_file,
        parent_id=source.id if source is not None else None,
        root_id=(source.root_id or source.id) if source is not None else job_id,
        interaction_id=asked.interaction_id,
        interaction_token=asked.interaction_token,
        source_message_id=asked.source_message_id,
        rung=quote.step.rung if source is not None else None,
        send_after=undo_until(now) if undoable else None,
        locale=asked.locale,
        money=JobMoney(price_micros=quote.price_micros),
    )
