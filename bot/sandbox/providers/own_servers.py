"""Pretend servers of a host's own GPU: vLLM-Omni and SGLang Diffusion.

Source: vLLM-Omni's Videos API and its protocol; SGLang's OpenAI API; reference/providers-next.md 4. Neither describes
the answer to a prompt that a guardrail refuses: here it is a 400 in the usual format of the server.
"""

import base64
import re
import secrets
import uuid
from collections.abc import Mapping
from typing import Literal, Unpack

from aiohttp import web

from bot.sandbox.providers.fields import Field, Fields, FilePart, Form, bad, check_fields, read_form, read_json
from bot.sandbox.providers.input_media import load_clip
from bot.sandbox.providers.openai_flavours import OPENAI_ERRORS, PROMPT, OpenAI, size
from bot.sandbox.providers.openai_videos import Body, LocalOpenAIVideos
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import LocalTask, Refused

MAX_UPLOAD_BYTES = 512 << 20
MODELS = ("Wan-AI/Wan2.2-TI2V-5B-Diffusers", "nvidia/Cosmos3-Nano")
TAKE_CLIPS = ("nvidia/Cosmos3-Nano",)  # whether a video conditions another is up to the model


def digits(value: object) -> str | None:
    return None if re.fullmatch(r"[1-9]\d*", str(value)) else "should match pattern '^[1-9]\\d*$'"


class OwnServer(OpenAI):
    """What both have in common: FastAPI's errors, one model per server, no remix, and no price."""

    prefix = ""
    new_key = "sk-"
    takes_clips = False

    def refusal(self, refused: Refused) -> web.Response:
        return web.json_response({"detail": refused.message}, status=OPENAI_ERRORS[refused.reason][0])


class VLLM(OwnServer):
    """vLLM-Omni: forms alone, `seconds` as text, pictures and clips as `input_reference`."""

    encodings = frozenset({"form"})
    takes_clips = True

    def fields(self, provider: str, *, form: bool) -> Fields:
        return {
            "prompt": PROMPT,
            "model": Field(type=str),
            "seconds": Field(type=str, check=digits),
            "size": Field(type=str, check=size),
            "user": Field(type=str),
        }

    def native_id(self, provider: str) -> str:
        return f"video_gen_{secrets.token_hex(16)}"

    def refusal(self, refused: Refused) -> web.Response:
        if refused.reason == "unauthorized":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return super().refusal(refused)


class SGLang(OwnServer):
    """SGLang Diffusion: JSON with whole seconds, a form only with a picture, and no prompt in its answers."""

    def fields(self, provider: str, *, form: bool) -> Fields:
        return {
            "prompt": PROMPT,
            "model": Field(type=str),
            "seconds": Field(type=str if form else int, check=digits),
            "size": Field(type=str, check=size),
        }

    def native_id(self, provider: str) -> str:
        return str(uuid.uuid4())


SERVERS: Mapping[str, type[OwnServer]] = {"vllm": VLLM, "sglang": SGLang}


class LocalOwnServer(LocalOpenAIVideos):
    """A server on 127.0.0.1. It charges nothing unless `price_usd` or `second_usd` says so."""

    def __init__(
        self, server: Literal["vllm", "sglang"], *, api_key: str | None = None, **options: Unpack[BackendOptions]
    ) -> None:
        self.server = SERVERS[server](dict.fromkeys(MODELS, server))
        if "second_usd" not in options:
            options.setdefault("price_usd", 0.0)
        super().__init__(self.server, api_key=api_key, **options)

    def _routes_below(self, videos: str) -> list[web.RouteDef]:
        return [
            web.post(videos, self._create),
            web.get(videos, self._list),
            web.get(f"{videos}/{{id}}", self._retrieve),
            web.get(f"{videos}/{{id}}/content", self._content),
            web.delete(f"{videos}/{{id}}", self._delete),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        if isinstance(self.server, VLLM):
            form = await self._read_vllm_form(request)
        elif request.content_type.startswith("multipart/"):
            form = await read_form(request)
            if not form.files:
                raise bad("input_reference file is required")
        else:
            form = Form(fields=await read_json(request))
        is_form = request.content_type.startswith("multipart/")
        check_fields(form.fields, self.flavour.fields("", form=is_form))
        provider, model = self._model(form.fields)
        files = self._checked_files(form.files)
        task = self._task("create", form.fields, provider, model)
        task.pictures = [part.data for part in files if part.mime_type.startswith("image/")]
        for part in files:
            if part.mime_type.startswith("video/"):
                await self._take_clip(task, part)
        return self._accepted(task)

    async def _read_vllm_form(self, request: web.Request) -> Form:
        if not request.content_type.startswith("multipart/"):  # FastAPI finds no form field in any other body
            raise bad("body.prompt: Field required")
        return await read_form(request)

    def _checked_files(self, files: list[FilePart]) -> list[FilePart]:
        if wrong := next((part.name for part in files if part.name != "input_reference"), None):
            raise bad(f"unknown file field {wrong}")
        if len(files) > 1:
            raise bad("input_reference must be one file")
        kinds = ("image/", "video/") if self.server.takes_clips else ("image/",)
        if wrong := next((part.mime_type for part in files if not part.mime_type.startswith(kinds)), None):
            raise bad(f"input_reference must not be {wrong}")
        return files

    async def _take_clip(self, task: LocalTask, part: FilePart) -> None:
        if task.model not in TAKE_CLIPS:
            raise bad(f"{task.model} takes no video")
        uri = f"data:{part.mime_type};base64,{base64.b64encode(part.data).decode()}"
        task.input_clip, facts = await load_clip(uri, field="input_reference", limit_bytes=MAX_UPLOAD_BYTES)
        task.kind = "edit"
        task.input_s = facts.duration_s
        task.ancestors = (facts.title,) if facts.title else ()

    def _described(self, task: LocalTask, *, polled: bool) -> Body:
        body = super()._described(task, polled=polled)
        body["progress"] = 100 if task.state == "completed" else 0
        del body["remixed_from_video_id"]
        if isinstance(self.server, SGLang):
            del body["prompt"]
        return body

    async def _delete(self, request: web.Request) -> web.Response:
        """Delete a task in any state; vLLM-Omni aborts a running one."""
        task = self._known(request.match_info["id"])
        del self.tasks[task.id]
        if isinstance(self.server, SGLang):
            return web.json_response({**self._described(task, polled=True), "status": "deleted"})
        return web.json_response({"id": task.id, "object": "video.deleted", "deleted": True})
