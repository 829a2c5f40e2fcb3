"""The bot's token, which Discord may replace."""

import secrets


class Credentials:
    """The token that REST and the gateway accept."""

    def __init__(self, token: str) -> None:
        self.token = token

    def accepts(self, token: object) -> bool:
        """Return whether a token, with or without its `Bot ` prefix, is the current one."""
        return str(token).removeprefix("Bot ") == self.token

    def reset(self) -> None:
        """Replace the token. The old one is refused from now on."""
        self.token = f"local-discord.reset.{secrets.token_hex(8)}"
