"""Sends an account's requests and maps error responses to exceptions, for all dialects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Unpack

from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import (
    AddressBlocked,
    ClipUnusable,
    LinkDead,
    NotSent,
    OutcomeUnknown,
    UnclearAnswer,
    Unreachable,
    UploadFailed,
)
from bot.net.client import ProviderHttpClient
from bot.net.decoders import Base64JsonDecoder
from bot.net.response import RequestOptions, Response
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, FetchLimits, Missing, Ready, Task, TaskState
from bot.providers.account import Account
from bot.providers.error_body import is_error, parse_error, unwrap_error
from bot.providers.error_mapping import map_paid_error, map_read_error
from bot.providers.json_fields import TASK_ID_PATHS, first_text, get_path, has_named_task, parse_json, read_task_id
from bot.providers.task_state import StatusResponse, has_state
from bot.providers.vocabulary import Status, status_of

_MAX_PAGE_BYTES = 4096
_GONE = (404, 410)
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
        unwrap: Callable[[object], object] = unwrap_error,
        is_outcome_unknown: Callable[[object], bool] = lambda _body: False,
    ) -> None:
        """`read_truncated` extracts what it can from a body that exceeded the limit.

        `unwrap` brings an error of the dialect into the usual form. `is_outcome_unknown` decides from the body of a
        refused paid request whether it may have had an effect all the same.
        """
        self.title = account.title
        self.endpoint = account.endpoint
        self._key = account.key.encode()
        self._policy_422 = policy_422
        self._not_executed = not_executed
        self._read_truncated = read_truncated
        self._unwrap = unwrap
        self._is_outcome_unknown = is_outcome_unknown
        self._http = ProviderHttpClient(
            title=account.title,
            base_url=account.endpoint,
            headers=headers,
            guard=guard,
            paid_timeout_s=account.paid_timeout_s,
            request_timeout_s=account.request_timeout_s,
            requests_per_s=account.requests_per_s,
            rate_limit=account.rate_limit,
        )

    async def close(self) -> None:
        await self._http.close()

    async def request_once(
        self, draft: Draft, task_id_paths: Sequence[str] = TASK_ID_PATHS, headers: Mapping[str, str] | None = None
    ) -> tuple[str, object]:
        """Send the paid request exactly once. Return the new task's id and the body. Raises as Provider.submit."""
        options: RequestOptions = {"json": [draft.fields] if draft.encoding == "json_list" else draft.fields}
        if draft.encoding == "multipart":
            options = {"form": draft.fields, "files": draft.files}
        if headers:
            options["headers"] = headers
        response = await self._http.request_once(draft.method, draft.path, **options)
        body = self._parse(response)
        task_id = read_task_id(body, task_id_paths)
        if 200 <= response.status < 300 and task_id and (not is_error(body) or _is_accepted(body)):
            return task_id, body
        if self._is_outcome_unknown(body):
            raise UnclearAnswer(provider=self.title, status=response.status, reason=parse_error(body).reason)
        raise map_paid_error(
            response.status,
            body,
            self.title,
            retry_after_s=response.retry_after_s,
            page=_page(response, body),
            references_task=draft.references_task,
            policy_422=self._policy_422,
            not_executed=self._not_executed,
        )

    async def upload(self, path: str, **options: Unpack[RequestOptions]) -> object:
        """Upload files, which costs nothing. Return the body of a successful response. Raises as Provider.draft."""
        response, body = await self._upload(path, options)
        if body is None:
            raise UploadFailed(provider=self.title, status=response.status)
        return body

    async def upload_headers(self, path: str, **options: Unpack[RequestOptions]) -> Mapping[str, str]:
        """Announce an upload. Return the headers of a successful response. Raises as Provider.draft."""
        response, _ = await self._upload(path, options)
        return response.headers

    async def _upload(self, path: str, options: RequestOptions) -> tuple[Response, object | None]:
        try:
            response = await self._http.request("POST", path, **options)
        except Unreachable as error:
            raise NotSent(provider=self.title) from error
        body = self._parse(response)
        if 200 <= response.status < 300 and not is_error(body):
            return response, body
        page = _page(response, body)
        mapped = map_paid_error(response.status, body, self.title, retry_after_s=response.retry_after_s, page=page)
        raise UploadFailed(**mapped.facts) if isinstance(mapped, OutcomeUnknown) else mapped

    async def store(self, url: str, data: bytes, mime: str, form: Mapping[str, str] | None = None) -> None:
        """Store a file at a link that the provider gave for it, without the key. Raise UploadFailed.

        It is put there, or posted with the fields of a signed form.
        """
        try:
            status = await self._http.store(url, data, mime, form)
        except (Unreachable, AddressBlocked) as error:
            raise UploadFailed(provider=self.title, reason="the file could not be uploaded") from error
        if not 200 <= status < 300:
            raise UploadFailed(provider=self.title, status=status, reason="the file could not be uploaded")

    async def get(
        self,
        path: str,
        *,
        endpoint: str,
        params: Mapping[str, str] | None = None,
        max_body_bytes: int | None = None,
    ) -> StatusResponse:
        """Send one free GET request. `max_body_bytes` replaces the usual limit. Raise Unreachable."""
        options: RequestOptions = {}
        if params:
            options["params"] = params
        if max_body_bytes is not None:
            options["max_body_bytes"] = max_body_bytes
        return await self._send_free("GET", path, endpoint, options)

    async def cancel(
        self, method: str, path: str, *, endpoint: str, json: Mapping[str, object] | None = None
    ) -> StatusResponse | None:
        """Send a request that cancels a task exactly once. Return None if the provider declines it.

        Raise Unreachable, RateLimited or AccountTrouble.
        """
        response = await self._send_free(method, path, endpoint, {} if json is None else {"json": json}, tries=1)
        if 200 <= response.status < 300 and not is_error(response.body):
            return response
        error = self.read_error(response)
        declined = 400 <= response.status < 500 and response.status != HTTPStatus.REQUEST_TIMEOUT and not response.page
        if error is None or (declined and isinstance(error, Unreachable)):
            return None
        raise error

    async def post(self, path: str, *, endpoint: str, json: Sequence[object]) -> StatusResponse:
        """Send one free POST request. Raise Unreachable."""
        return await self._send_free("POST", path, endpoint, {"json": json})

    async def _send_free(
        self, method: str, path: str, endpoint: str, options: RequestOptions, *, tries: int = 2
    ) -> StatusResponse:
        options = {**options, "base_url": endpoint or self.endpoint}
        response = await self._http.request(method, path, tries=tries, **options)
        body = self._parse(response)
        return StatusResponse(
            status=response.status,
            body=body,
            page=_page(response, body),
            retry_after_s=response.retry_after_s,
            empty=not response.body.strip(),
            headers=response.headers,
        )

    async def poll(
        self, task: Task, routes: Sequence[Route], read: Callable[[StatusResponse, Task], TaskState]
    ) -> TaskState:
        """Try the routes in order until one knows the task. Raise Unreachable, RateLimited or AccountTrouble."""
        task = replace(task, endpoint=task.endpoint or self.endpoint)
        page: RetakeError | None = None
        by_api = False
        for path, params in routes:
            response = await self.get(path, endpoint=task.endpoint, params=params)
            if has_state(response, task):
                return read(response, task)
            error = self.read_error(response)
            if error is not None and not (response.page and response.status in _GONE):
                raise error
            page, by_api = error or page, by_api or error is None
        if page is not None and not by_api:
            raise page
        return Missing()

    async def get_json(self, path: str, params: Mapping[str, str] | None = None, *, endpoint: str = "") -> object:
        """Return the body of a free GET request. Raise Unreachable, RateLimited or AccountTrouble."""
        response = await self.get(path, endpoint=endpoint, params=params)
        if 200 <= response.status < 300 and response.body is not None and not is_error(response.body):
            return response.body
        raise self.read_error(response) or Unreachable(provider=self.title, status=response.status)

    def read_error(self, response: StatusResponse) -> RetakeError | None:
        """Return the error of a free request, or None if the provider has no such task.

        The page of another program, such as a proxy without its API, doesn't say that a task is gone.
        """
        error = map_read_error(
            response.status, response.body, self.title, retry_after_s=response.retry_after_s, page=response.page
        )
        if error is None and response.page:
            return Unreachable(provider=self.title, status=response.status)
        return error

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
        return self._read_truncated(body) if response.too_long else self._unwrap(parse_json(body))


def _is_accepted(body: object) -> bool:
    """Return whether an answer that looks like an error names a task all the same, which then may be charged."""
    if get_path(body, "success") is False:
        return False
    status = first_text(body, "status", "task_status", "data.status", "data.task_status")
    if status and status_of(status) is not Status.FAILED:
        return True
    return has_named_task(body) and not parse_error({"error": get_path(body, "error")})


def _page(response: Response, body: object) -> str:
    """Return the beginning of a body that isn't JSON, or an empty text."""
    return "" if body is not None else response.body[:_MAX_PAGE_BYTES].decode(errors="replace").strip()
