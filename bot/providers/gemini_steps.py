"""Reads the outputs of the Gemini API's interactions. Stateless; never raises."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.providers.json_fields import first_text, get_path

# Statuses after which nothing more comes. `idle` and `requires_continuation` count as running, because Google continues
# an interaction in the background.
ENDED = frozenset({"requires_action", "incomplete", "budget_exceeded"})
_ECHOES = ("input", "steps", "output_video", "output_image", "output_audio", "errors", "response_format")
_FILE = re.compile(r"(?:files/|/v1beta/files/)(?P<name>[\w-]{1,100})(?::download)?(?:\?alt=media)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What the model gave: the video's URI, its text, and the error of an interaction that failed."""

    uri: str = ""
    text: str = ""
    error: str = ""
    error_code: str = ""


def read_output(body: object) -> Output:
    """Return the output of the last step that has one."""
    uri, text, error, error_code = first_text(body, "output_video.uri"), "", "", ""
    for step in _steps(body, "model_output"):
        content = step.get("content")
        for part in content if isinstance(content, list) else []:
            if first_text(part, "type") == "video":
                uri = first_text(part, "uri") or uri
            if first_text(part, "type") == "text":
                text = first_text(part, "text") or text
        error = first_text(step, "error.message") or error
    for path in ("errors.0", "error"):
        error = first_text(body, f"{path}.message") or error
        error_code = first_text(body, f"{path}.code", f"{path}.status") or error_code
    return Output(uri=uri, text=text, error=error, error_code=error_code.rpartition("/")[2])


def _steps(body: object, kind: str) -> Iterator[dict[str, object]]:
    steps = get_path(body, "steps")
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict) and step.get("type") == kind:
            yield step


def own_fields(body: object, output: Output) -> dict[str, object]:
    """Return the fields of an interaction without its inputs and outputs, and with its error."""
    fields = {name: value for name, value in body.items() if name not in _ECHOES} if isinstance(body, dict) else {}
    if output.error:
        fields["error"] = {"message": output.error, "code": output.error_code}
    return fields


def file_link(uri: str, endpoint: str) -> str:
    """Return the address at which a finished file is fetched: the account's own for a file of this API."""
    match = _FILE.fullmatch(uri.removeprefix(endpoint))
    return f"{endpoint}/v1beta/files/{match['name']}:download?alt=media" if match else uri
