"""Error responses of Discord: codes, statuses and messages."""

from typing import Any

Json = dict[str, Any]

# code -> (HTTP status, message). Source: reference/discord.md and Discord's table of JSON error codes.
SENTENCES: dict[int, tuple[int, str]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20028: (429, "The write action you are performing on the channel has hit the write rate limit"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    200000: (400, "Message was blocked by automatic moderation"),
    200001: (400, "Title was blocked by automatic moderation"),
}


class ApiError(Exception):
    """An answer with an error status, as the REST interface words it."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        extra: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.extra, self.headers = extra or {}, headers or {}

    def body(self) -> Json:
        return {"message": self.message, "code": self.code, **self.extra}


class Refused(Exception):
    """Discord's own client would not let this person do it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class NoAnswer(TimeoutError):
    """The application did not respond."""


def no(code: int) -> ApiError:
    """The error of a numeric code, with the status and the sentence that belong to it."""
    status, message = SENTENCES[code]
    return ApiError(status, code, message)


class Form:
    """Collects what is wrong with a request body, then raises it as one 400/50035."""

    def __init__(self) -> None:
        self.errors: Json = {}

    def wrong(self, path: str, code: str, message: str) -> None:
        """Note a fault at a dotted path (`embeds.0.title`)."""
        node = self.errors
        for step in path.split("."):
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, text: object, low: int, high: int) -> None:
        """A required text of `low` to `high` characters."""
        if text is None or (text == "" and low > 0):
            self.wrong(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not isinstance(text, str):
            self.wrong(path, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        elif low == 0 and len(text) > high:
            self.wrong(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
        elif not low <= len(text) <= high:
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def count(self, path: str, things: list[Any], high: int, low: int = 0) -> None:
        if not low <= len(things) <= high:
            self.wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def check(self) -> None:
        """Raise when anything was noted."""
        if self.errors:
            status, message = SENTENCES[50035]
            raise ApiError(status, 50035, message, {"errors": self.errors})


def wrong(path: str, code: str, message: str) -> ApiError:
    """A 400/50035 with one fault."""
    form = Form()
    form.wrong(path, code, message)
    return ApiError(400, 50035, SENTENCES[50035][1], {"errors": form.errors})
