"""Check of `doctor` for the writer: its address, its key and its model. It costs nothing."""

from bot.cli.findings import Finding
from bot.connection_errors import describe_connection_error
from bot.jobs.provider_errors import Unreachable
from bot.net.writer import WriterClient

_WHAT = "writer"
_SHOWN_MODELS = 10


async def check_writer(writer: WriterClient | None) -> list[Finding]:
    """Ask the writer for its models, if the host has set one up."""
    if writer is None:
        return []
    try:
        status, models = await writer.models()
    except Unreachable as error:
        cause = error.__cause__ or error
        says = describe_connection_error(cause, writer.netloc)
        return [Finding(what=_WHAT, state="bad", says=f"It can't be reached: {says} Check RETAKE_WRITER_URL.")]
    finally:
        await writer.close()
    return [_judge(status, models, writer.model)]


def _judge(status: int, models: tuple[str, ...] | None, model: str) -> Finding:
    if status in (401, 403):
        return Finding(what=_WHAT, state="bad", says="It refuses the key. Check RETAKE_WRITER_KEY.")
    if models is None:
        says = f"It answers, but doesn't list its models (HTTP {status}), so the key and the model weren't checked."
        return Finding(what=_WHAT, state="look", says=f"{says} Check RETAKE_WRITER_URL if prompts aren't improved.")
    if model not in models:
        listed = ", ".join(models[:_SHOWN_MODELS]) + (" …" if len(models) > _SHOWN_MODELS else "")
        says = f"It doesn't list the model {model}. Check RETAKE_WRITER_MODEL; it lists: {listed or 'none'}."
        return Finding(what=_WHAT, state="look", says=says)
    return Finding(what=_WHAT, state="ok", says=f"It answers and has the model {model}.")
