"""Settings of the writer, which rewrites prompts on request: any chat-completions server that the host names."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from bot.setting_errors import PREFIX
from bot.settings_check import check_address, read_secret

TokenPrice = Annotated[Decimal, Field(ge=0, le=10_000, allow_inf_nan=False)]


class WriterSettings(BaseSettings):
    """`RETAKE_WRITER_*`. Without an address there is no writer. Prices are in US dollars per million tokens."""

    writer_url: str | None = None
    writer_key: SecretStr | None = None
    writer_key_file: Path | None = None
    writer_model: str | None = Field(default=None, max_length=200)
    writer_input_usd: TokenPrice = Decimal(0)
    writer_output_usd: TokenPrice = Decimal(0)


def check_writer(settings: WriterSettings) -> list[str]:
    """Read the key from its file, and return the problems of the settings that belong together."""
    problems = check_address(f"{PREFIX}WRITER_URL", settings.writer_url, ("https", "http"))
    if settings.writer_key is not None or settings.writer_key_file is not None:
        name = f"{PREFIX}WRITER_KEY"
        settings.writer_key = read_secret(settings.writer_key, settings.writer_key_file, name, problems)
    given = {
        f"{PREFIX}WRITER_KEY": settings.writer_key,
        f"{PREFIX}WRITER_MODEL": settings.writer_model,
        f"{PREFIX}WRITER_INPUT_USD": settings.writer_input_usd or None,
        f"{PREFIX}WRITER_OUTPUT_USD": settings.writer_output_usd or None,
    }
    first = next((name for name, value in given.items() if value is not None), None)
    if settings.writer_url is None and first is not None:
        problems.append(
            f"{PREFIX}WRITER_URL is missing, but {first} is set. Write the address of a chat-completions server, such"
            " as https://api.openai.com/v1."
        )
    if settings.writer_url is not None and settings.writer_model is None:
        problems.append(f"{PREFIX}WRITER_MODEL is missing. Write the name of a model of that server.")
    return problems
