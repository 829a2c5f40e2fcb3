"""The video object of the OpenAI Videos protocol, in the variant of each gateway."""

from collections.abc import Mapping

from bot.sandbox.providers.litellm import LiteLLM
from bot.sandbox.providers.openai_flavours import Bifrost, Flavour
from bot.sandbox.providers.tasks import LocalTask, State

WORDS: Mapping[State, str] = {
    "queued": "queued",
    "running": "in_progress",
    "completed": "completed",
    "failed": "failed",
    "withheld": "failed",
}


def words_of(flavour: Flavour, task: LocalTask) -> Mapping[State, str]:
    """LiteLLM passes on the `processing` of Google's models."""
    processing = isinstance(flavour, LiteLLM) and task.family == "gemini"
    return {**WORDS, "running": "processing"} if processing else WORDS


def described(
    flavour: Flavour, task: LocalTask, shown_id: str, word: str, progress: int | None, life_s: float
) -> dict[str, object]:
    """The object without any link: the protocol has `/content` for that."""
    body: dict[str, object] = {
        "id": shown_id,
        "object": "video",
        "model": task.model,
        "status": word,
        "created_at": int(task.created_at),
        "prompt": task.prompt,
        "seconds": f"{task.seconds:g}",
        "size": task.aspect,
        "remixed_from_video_id": task.source_id if task.kind == "remix" else None,
        "error": None,
    }
    if progress is not None:
        body["progress"] = float(progress) if isinstance(flavour, Bifrost) else progress
    if task.ended_at is not None:
        body |= {"completed_at": int(task.ended_at), "expires_at": int(task.ended_at + life_s)}
    if task.error:
        code = "moderation_blocked" if task.state == "withheld" else "video_generation_failed"
        body["error"] = {"code": code, "message": task.error}
    return body | _dress(flavour, task)


def _dress(flavour: Flavour, task: LocalTask) -> dict[str, object]:
    if isinstance(flavour, LiteLLM):
        return {"usage": {"duration_seconds": task.seconds}}
    if not isinstance(flavour, Bifrost):
        return {}
    extra: dict[str, object] = {"extra_fields": {"provider": task.family, "model_requested": task.model, "latency": 12}}
    if task.state == "withheld":
        extra["content_filter"] = {"filtered_count": 1, "reasons": [task.error]}
    return extra
