"""The clients of the moderation endpoint and the writer that the settings ask for."""

from bot.net.moderation import ModerationClient
from bot.net.ssrf_guard import SsrfGuard
from bot.net.writer import WriterClient
from bot.settings import Settings


def moderation_of(settings: Settings, guard: SsrfGuard) -> ModerationClient | None:
    """Return the client of the moderation endpoint, or None if the host hasn't set one up."""
    if settings.moderation_url is None:
        return None
    key = settings.moderation_key.get_secret_value() if settings.moderation_key is not None else ""
    return ModerationClient(
        settings.moderation_url, key, guard, fail=settings.moderation_fail, model=settings.moderation_model or ""
    )


def writer_of(settings: Settings, guard: SsrfGuard) -> WriterClient | None:
    """Return the client of the writer, or None if the host hasn't set one up."""
    if settings.writer_url is None or settings.writer_model is None:
        return None
    key = settings.writer_key.get_secret_value() if settings.writer_key is not None else ""
    return WriterClient(
        settings.writer_url, key, settings.writer_model, guard,
        input_usd=settings.writer_input_usd, output_usd=settings.writer_output_usd,
    )  # fmt: skip
