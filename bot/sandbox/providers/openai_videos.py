"""Pretend gateways that speak OpenAI Videos: Bifrost, LiteLLM, plain. Source: reference/providers.md 3 to 5."""

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Literal, Unpack

from aiohttp import web

from bot.sandbox.providers.cdn import CdnFaults, film_bytes, send
from bot.sandbox.providers.fields import Field, Fields, FilePart, bad, check_fields, read_form, read_json, whole
from bot.sandbox.providers.litellm import RETRIES_HEADER, LiteLLM
from bot.sandbox.providers.openai_flavours import PROMPT, Bifrost, Flavour, OpenAI
from bot.sandbox.providers.openai_responses import described, words_of
from bot.sandbox.providers.server import LocalProvider
from bot.sandbox.providers.task_backend import BackendOptions
from bot.sandbox.providers.tasks import Kind, LocalTask, Refused

Body = dict[str, object]
MODELS = {"sora-2": "openai", "sora-2-pro": "openai"}
LITELLM_MODELS = {**MODELS, "veo-3.1": "gemini", "azure-sora": "azure", "gen4": "runwayml"}


class LocalOpenAIVideos(LocalProvider):
    """A gateway on 127.0.0.1. `base_url` ends in `/v1` for "openai" alone: the other two document a bare host.

    Tasks are stored under the id that the creation returned; `spare_id` is the upstream's own.
    """

    name = "openai_videos"

    def __init__(
        self,
        flavour: Literal["bifrost", "litellm", "openai"] | OpenAI = "bifrost",
        *,
        api_key: str | None = None,
        models: Mapping[str, str] | None = None,
        suffixed_ids: bool = True,
        **options: Unpack[BackendOptions],
    ) -> None:
        self.flavour: Flavour
        if isinstance(flavour, OpenAI):
            self.flavour = flavour
        elif flavour == "bifrost":
            self.flavour = Bifrost(suffixed_ids=suffixed_ids)
        elif flavour == "litellm":
            self.flavour = LiteLLM(models or LITELLM_MODELS)
        else:
            self.flavour = OpenAI(models or MODELS)
        self.prefix = self.flavour.prefix
        super().__init__(api_key=api_key, **options)
        if api_key is None:
            self.api_key = self.flavour.new_key + self.api_key.removeprefix("sk-")
        self.encodings = set(self.flavour.encodings)  # of creations: take one away to insist on the other
        self.auth = True
        self.content = CdnFaults()  # of the `/content` route
        self.videos_as: Literal["url", "base64", "none"] | None = None  # Bifrost; None: as the upstream does
        self._natives: dict[str, LocalTask] = {}

    def keys_in(self, request: web.Request) -> list[str]:
        return self.flavour.keys(request) if self.auth else [self.api_key]

    def refusal(self, refused: Refused) -> web.Response:
        return self.flavour.refusal(refused)

    def routes(self) -> Sequence[web.RouteDef]:
        models = [web.get(f"{root}/models", self._models) for root in self.flavour.roots]
        return [*models, *(route for root in self.flavour.roots for route in self._routes_below(f"{root}/videos"))]

    def _routes_below(self, videos: str) -> list[web.RouteDef]:
        routes = [
            web.post(videos, self._create),
            web.get(videos, self._list),
            web.get(f"{videos}/{{id}}", self._retrieve),
            web.get(f"{videos}/{{id}}/content", self._content),
            web.post(f"{videos}/{{id}}/remix", self._remix),
        ]
        if not isinstance(self.flavour, Bifrost):
            routes += [web.post(f"{videos}/edits", self._edit), web.post(f"{videos}/extensions", self._extend)]
        return [*routes, web.delete(f"{videos}/{{id}}", self._delete)]

    # Paid requests.

    async def _create(self, request: web.Request) -> web.Response:
        self._look_at_retries(request)
        form = await read_form(request) if request.content_type.startswith("multipart/") else None
        if ("form" if form else "json") not in self.encodings:
            raise bad(f"{request.content_type} is not taken here")
        body = form.fields if form else await read_json(request)
        provider, model = self._model(body)
        check_fields(body, self.flavour.fields(provider, form=form is not None))
        files = form.files if form else []
        if wrong := [f.name for f in files if f.name != "input_reference"]:
            raise bad(f"unknown file field {wrong[0]}", wrong[0])
        task = self._task("create", body, provider, model)
        task.pictures = self._pictures(body.get("input_reference"), files)
        return self._accepted(task)

    def _pictures(self, reference: object, files: Sequence[FilePart]) -> list[str | bytes]:
        if isinstance(reference, dict):
            check_fields(reference, {"file_id": Field(type=str), "image_url": Field(type=str)})
            reference = reference.get("image_url") or reference.get("file_id")
        return [*([str(reference)] if reference else []), *(part.data for part in files)]

    def _model(self, body: Body) -> tuple[str, str]:
        model = body.get("model", "sora-2" if isinstance(self.flavour, OpenAI) else None)
        if not isinstance(model, str) or not model:
            raise bad("model is required", "model")
        provider = self.flavour.provider_of(model)
        if provider is None or model in self.retired_models:
            raise Refused("no_such_model", f"The model `{model}` does not exist", param="model")
        return provider, model

    def _look_at_retries(self, request: web.Request) -> None:
        """LiteLLM repeats a paid request twice after a 5xx or a lost answer, unless it is told not to."""
        if isinstance(self.flavour, LiteLLM) and request.headers.get(RETRIES_HEADER) != "0":
            self.complaints.append(f"{request.method} {request.path}: LiteLLM may repeat this paid request")

    async def _remix(self, request: web.Request) -> web.Response:
        self._look_at_retries(request)
        body, source = await self._derived(request, {"prompt": PROMPT}, request.match_info["id"])
        if not self.flavour.remixes(source.family):
            raise Refused("unsupported", f"video remix is not supported for provider {source.family}")
        return self._accepted(self._task("remix", body, source.family, source.model, source))

    async def _edit(self, request: web.Request) -> web.Response:
        fields = {"prompt": PROMPT, "video": Field(type=dict, required=True)}
        body, source = await self._derived(request, fields)
        return self._accepted(self._task("edit", body, source.family, source.model, source))

    async def _extend(self, request: web.Request) -> web.Response:
        seconds = Field(type=str, required=True, check=whole(4, 20))
        fields = {"prompt": PROMPT, "video": Field(type=dict, required=True), "seconds": seconds}
        body, source = await self._derived(request, fields)
        return self._accepted(self._task("extend", body, source.family, source.model, source))

    async def _derived(self, request: web.Request, fields: Fields, named: str | None = None) -> tuple[Body, LocalTask]:
        body = await read_json(request)
        check_fields(body, fields)
        if named is None:
            video = body["video"]
            if not isinstance(video, dict) or list(video) != ["id"]:
                raise bad("video must be {id}", "video")
            named = str(video["id"])
        return body, self.finished_source(self._known(named).id)

    def _task(self, kind: Kind, body: Body, provider: str, model: str, source: LocalTask | None = None) -> LocalTask:
        task = LocalTask(
            id="",
            spare_id=self.flavour.native_id(provider),
            family=provider,
            kind=kind,
            prompt=str(body["prompt"]),
            model=model,
            request=body,
            aspect=str(body.get("size", source.aspect if source else "720x1280")),
            seconds=float(str(body.get("seconds", (source and source.length_s) or 4))),
            input_s=(source.length_s if source else None) or 0.0,
            source=source,
            source_id=source.id if source else None,
        )
        if kind == "extend":
            task.total_s = task.input_s + (task.seconds or 0.0)
        task.resolution = f"{min(map(int, task.aspect.split('x')))}p"
        task.id = self.flavour.shown_id(task, polled=False)
        return task

    def _accepted(self, task: LocalTask) -> web.Response:
        self.accept(task)
        self._natives[task.spare_id] = task
        return web.json_response(self._described(task, polled=False))

    # Reading.

    def _known(self, raw: str) -> LocalTask:
        task = self._natives.get(self.flavour.read_id(raw))
        if task is None or task.id not in self.tasks:
            raise Refused("not_found", f"Video with id '{raw}' not found.")
        return task

    def _described(self, task: LocalTask, *, polled: bool) -> Body:
        word = self.status_word(task, words_of(self.flavour, task))
        shown = self.flavour.shown_id(task, polled=polled)
        return described(self.flavour, task, shown, word, self.shown_progress(task), self.link_life_s)

    async def _retrieve(self, request: web.Request) -> web.Response:
        task = self._known(request.match_info["id"])
        task.polls += 1
        body = self._described(task, polled=True)
        usual: Literal["url", "none"] = "none" if task.family == "openai" else "url"
        way = self.videos_as or usual
        if isinstance(self.flavour, Bifrost) and task.state == "completed" and way != "none":
            item = {"type": way, "content_type": "video/mp4"}
            if way == "url":
                item["url"] = self.link(task)
            else:
                item["base64"] = base64.b64encode(await film_bytes(task, self.serve_instead)).decode()
            body["videos"] = [item]
        return web.json_response(body)

    async def _list(self, request: web.Request) -> web.Response:
        provider = request.query.get("provider") or request.query.get("custom_llm_provider")
        provider = provider or request.headers.get("custom-llm-provider")
        if error := self.flavour.list_error(provider):
            raise error
        tasks = [t for t in self.tasks.values() if provider is None or t.family == provider]
        if request.query.get("order", "desc") == "desc":
            tasks.reverse()
        if after := request.query.get("after"):
            names = [t.id for t in tasks]
            tasks = tasks[names.index(after) + 1 :] if after in names else []
        limit = int(request.query.get("limit", "20"))
        data = [self._described(task, polled=True) for task in tasks[:limit]]
        ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
        return web.json_response({"object": "list", "data": data, **ends, "has_more": len(tasks) > limit})

    def _listed(self) -> list[str]:
        """Return the names of the models. LiteLLM lists its own configuration and not the upstream's models."""
        gone = set() if isinstance(self.flavour, LiteLLM) else self.retired_models
        return [name for name in self.flavour.models if name not in gone]

    async def _models(self, request: web.Request) -> web.Response:
        data = [{"id": name, "object": "model", "owned_by": "local"} for name in self._listed()]
        return web.json_response({"object": "list", "data": data})

    async def _delete(self, request: web.Request) -> web.Response:
        if not self.flavour.deletes:
            raise Refused("no_such_method", "Method Not Allowed")
        task = self._known(request.match_info["id"])
        cancels = isinstance(self.flavour, Bifrost) and task.family == "runway"  # which is what Runway's DELETE does
        if not task.ended.is_set() and not cancels:
            raise Refused("not_ready", "Only a completed or failed video can be deleted")
        del self.tasks[task.id]
        shown = self.flavour.shown_id(task, polled=True)
        return web.json_response({"id": shown, "object": "video.deleted", "deleted": True})

    async def _content(self, request: web.Request) -> web.StreamResponse:
        task = self._known(request.match_info["id"])
        variant = "video" if isinstance(self.flavour, LiteLLM) else request.query.get("variant", "video")
        if variant != "video":
            raise Refused("not_found", f"variant {variant} is not available here")
        if task.state != "completed":
            raise Refused("not_ready", f"Video is not ready yet, current status: {task.state}")
        if task.ended_at is not None and time.time() > task.ended_at + self.link_life_s:
            raise Refused("not_found", "The content of this video has expired")
        return await send(request, await film_bytes(task, self.serve_instead), self.content)
