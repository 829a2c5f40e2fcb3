"""Sends an account's requests and maps error responses to exceptions, for all dialects."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import AddressBlocked, ClipUnusable, LinkDead, NotSent, OutcomeUnknown, Unreachable
from bot.net.client import ProviderHttpClient
from bot.net.decoders import Base64JsonDecoder
from bot.net.response import RequestOptions, Response
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, FetchLimits, Missing, Ready, Task, TaskState
from bot.providers.account import Account
from bot.providers.error_mapping import is_error, map_paid_error, map_read_error
from bot.providers.json_fields import TASK_ID_PATHS, first_text, parse_json, read_task_id
from bot.providers.task_state import StatusResponse, has_state

Route = tuple[str, Mapping[str, str] | None]  # a path and its query


class ProviderTransport:
    """Paid requests, free requests, uploads and downloads of one account."""

    def __init__(
        self,
        account: Account,
        guard: SsrfGuard,
        headers: Mapping[str, str],
        *,
        policy_422: bool = False,
        not_executed: Callable[[str], bool] = lambda _text: False,
        read_truncated: Callable[[bytes], object | None] = lambda _body: None,
    ) -> None:
        """`read_truncated` extracts what it can from a body that exceeded the limit."""
        self.title = account.title
        self.endpoint = account.endpoint
        self._key = account.key.encode()
        self._policy_422 = policy_422
        self._not_executed = not_executed
        self._read_truncated = read_truncated
        self._http = ProviderHttpClient(
            title=account.title,
            base_url=account.endpoint,
            headers=headers,
            guard=guard,
            paid_timeout_s=account.paid_timeout_s,
            request_timeout_s=account.request_timeout_s,
            requests_per_s=account.requests_per_s,
        )

    async def close(self) -> None:
        await self._http.close()

    async def request_once(self, draft: Draft, task_id_paths: Sequence[str] = TASK_ID_PATHS) -> tuple[str, object]:
        """Send the paid request exactly once. Return the new task's id and the body. Raises as Provider.submit."""
        options: RequestOptions = {"json": draft.fields}
        if draft.encoding == "multipart":
            options = {"form": draft.fields, "files": draft.files}
        response = await self._http.request_once(draft.method, draft.path, **options)
        body = self._parse(response)
        task_id = read_task_id(body, task_id_paths)
        if 200 <= response.status < 300 and task_id and (not is_error(body) or first_text(body, "status")):
            return task_id, body
        raise map_paid_error(
            response.status,
            body,
            self.title,
            retry_after_s=response.retry_after_s,
            references_task=draft.references_task,
            policy_422=self._policy_422,
            not_executed=self._not_executed,
        )

    async def upload(self, path: str, files: Sequence[tuple[str, str, bytes, str]]) -> object:
        """Upload files, which costs nothing. Return the body of a successful response. Raises as Provider.draft."""
        try:
            response = await self._http.request("POST", path, files=files)
        except Unreachable as error:
            raise NotSent(provider=self.title) from error
        body = self._parse(response)
        if 200 <= response.status < 300 and body is not None and not is_error(body):
            return body
        mapped = map_paid_error(response.status, body, self.title, retry_after_s=response.retry_after_s)
        raise NotSent(**mapped.facts) if isinstance(mapped, OutcomeUnknown) else mapped

    async def get(self, path: str, *, endpoint: str, params: Mapping[str, str] | None = None) -> StatusResponse:
        """Send one free GET request. Raise Unreachable."""
        options: RequestOptions = {"base_url": endpoint or self.endpoint}
        if params:
            options["params"] = params
        response = await self._http.request("GET", path, **options)
        return StatusResponse(
            status=response.status,
            body=self._parse(response),
            retry_after_s=response.retry_after_s,
            empty=not response.body.strip(),
        )

    async def poll(
        self, task: Task, routes: Sequence[Route], read: Callable[[StatusResponse, Task], TaskState]
    ) -> TaskState:
        """Try the routes in order until one knows the task. Raise Unreachable, RateLimited or AccountTrouble."""
        for path, params in routes:
            response = await self.get(path, endpoint=task.endpoint, params=params)
            if has_state(response):
                return read(response, task)
            if (error := self._read_error(response)) is not None:
                raise error
        return Missing()

    async def get_json(self, path: str, params: Mapping[str, str] | None = None) -> object:
        """Return the body of a free GET request. Raise Unreachable, RateLimited or AccountTrouble."""
        response = await self.get(path, endpoint=self.endpoint, params=params)
        if 200 <= response.status < 300 and response.body is not None and not is_error(response.body):
            return response.body
        raise self._read_error(response) or Unreachable(provider=self.title, status=response.status)

    def _read_error(self, response: StatusResponse) -> RetakeError | None:
        return map_read_error(response.status, response.body, self.title, retry_after_s=response.retry_after_s)

    async def delete(self, path: str, *, endpoint: str) -> bool:
        """Send one DELETE request. Return whether the provider accepted it."""
        response = await self._http.request("DELETE", path, base_url=endpoint or self.endpoint)
        return 200 <= response.status < 300 and not is_error(self._parse(response))

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        """Stream the clip to a file, from the fallback link if the first is dead. Raises as Provider.fetch."""
        first_error: RetakeError | None = None
        link: Ready | None = ready
        while link is not None:
            try:
                await self._http.download(
                    link.url,
                    into,
                    limits,
                    authorised=link.authorised,
                    base_url=link.endpoint or self.endpoint,
                    decoder=Base64JsonDecoder() if link.base64_json else None,
                )
                return
            except (LinkDead, Unreachable, ClipUnusable, AddressBlocked) as error:
                first_error, link = first_error or error, link.fallback
        raise first_error or LinkDead

    def _parse(self, response: Response) -> object | None:
        """Return the JSON of a response. Replace our key, in case the provider echoes it."""
        body = response.body.replace(self._key, b"[key]") if self._key else response.body
        return self._read_truncated(body) if response.too_long else parse_json(body)
