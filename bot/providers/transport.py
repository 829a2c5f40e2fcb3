"""The line to one account: pays once, asks freely, fetches clips. Knows the error tables and no dialect."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.jobs.errors import (
    AddressBlocked,
    ClipUnusable,
    LinkDead,
    NotSent,
    OutcomeUnknown,
    RetakeError,
    Unreachable,
)
from bot.net.client import ProviderHttpClient
from bot.net.decoders import Base64InJson
from bot.net.response import RequestOptions, Response
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Draft, FetchLimits, Missing, Ready, Task, TaskState
from bot.providers.account import Account
from bot.providers.error_mapping import is_error, split_error, split_read
from bot.providers.json_fields import TASK_ID_PATHS, parse, read_task_id, text_at
from bot.providers.task_state import StatusResponse, has_state

Route = tuple[str, Mapping[str, str] | None]  # a path and its query


class ProviderTransport:
    """What every dialect needs from its account."""

    def __init__(
        self,
        account: Account,
        guard: SsrfGuard,
        headers: Mapping[str, str],
        *,
        policy_422: bool = False,
        not_executed: Callable[[str], bool] = lambda _text: False,
        read_cut: Callable[[bytes], object | None] = lambda _body: None,
    ) -> None:
        """`read_cut` makes what it can of a body that went on past the cap."""
        self.title = account.title
        self.endpoint = account.endpoint
        self._key = account.key.encode()
        self._policy_422 = policy_422
        self._not_executed = not_executed
        self._read_cut = read_cut
        self._http = ProviderHttpClient(
            title=account.title,
            base_url=account.endpoint,
            headers=headers,
            guard=guard,
            paid_timeout_s=account.paid_timeout_s,
            ask_timeout_s=account.ask_timeout_s,
            requests_per_s=account.requests_per_s,
        )

    async def close(self) -> None:
        await self._http.close()

    async def request_once(self, draft: Draft, id_paths: Sequence[str] = TASK_ID_PATHS) -> tuple[str, object]:
        """Send the paid request once; the new task's id and the body. Raises as Provider.submit."""
        sent: RequestOptions = {"json": draft.fields}
        if draft.encoding == "multipart":
            sent = {"form": draft.fields, "files": draft.files}
        answer = await self._http.request_once(draft.method, draft.path, **sent)
        body = self.parse(answer)
        task_id = read_task_id(body, id_paths)
        if 200 <= answer.status < 300 and task_id and (not is_error(body) or text_at(body, "status")):
            return task_id, body
        raise split_error(
            answer.status,
            body,
            self.title,
            retry_after_s=answer.retry_after_s,
            follows=draft.follows,
            policy_422=self._policy_422,
            not_executed=self._not_executed,
        )

    async def upload(self, path: str, files: Sequence[tuple[str, str, bytes, str]]) -> object:
        """Send a file that costs nothing; the body of a good answer. Raises as Provider.draft."""
        try:
            answer = await self._http.request("POST", path, files=files)
        except Unreachable as error:
            raise NotSent(provider=self.title) from error
        body = self.parse(answer)
        if 200 <= answer.status < 300 and body is not None and not is_error(body):
            return body
        trouble = split_error(answer.status, body, self.title, retry_after_s=answer.retry_after_s)
        raise NotSent(**trouble.facts) if isinstance(trouble, OutcomeUnknown) else trouble

    async def request_status(
        self, path: str, *, endpoint: str, params: Mapping[str, str] | None = None
    ) -> StatusResponse:
        """One free GET. Raises Unreachable."""
        sent: RequestOptions = {"base_url": endpoint or self.endpoint}
        if params:
            sent["params"] = params
        answer = await self._http.request("GET", path, **sent)
        return StatusResponse(
            status=answer.status,
            body=self.parse(answer),
            retry_after_s=answer.retry_after_s,
            empty=not answer.body.strip(),
        )

    async def state(
        self,
        task: Task,
        routes: Sequence[tuple[str, Mapping[str, str] | None]],
        read: Callable[[StatusResponse, Task], TaskState],
    ) -> TaskState:
        """Ask the routes in turn until one knows the task. Raises Unreachable, RateLimited, AccountTrouble."""
        for path, params in routes:
            look = await self.request_status(path, endpoint=task.endpoint, params=params)
            if has_state(look):
                return read(look, task)
            trouble = split_read(look.status, look.body, self.title, retry_after_s=look.retry_after_s)
            if trouble is not None:
                raise trouble
        return Missing()

    async def read(self, path: str, params: Mapping[str, str] | None = None) -> object:
        """The body of a free GET. Raises Unreachable, RateLimited, AccountTrouble."""
        look = await self.request_status(path, endpoint=self.endpoint, params=params)
        if 200 <= look.status < 300 and look.body is not None and not is_error(look.body):
            return look.body
        trouble = split_read(look.status, look.body, self.title, retry_after_s=look.retry_after_s)
        raise trouble or Unreachable(provider=self.title, status=look.status)

    async def delete(self, path: str, *, endpoint: str) -> bool:
        """One DELETE; whether the provider took it."""
        answer = await self._http.request("DELETE", path, base_url=endpoint or self.endpoint)
        return 200 <= answer.status < 300 and not is_error(self.parse(answer))

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        """Stream the clip to a file; a second way is tried where the first is dead. Raises as Provider.fetch."""
        first: RetakeError | None = None
        link: Ready | None = ready
        while link is not None:
            try:
                await self._http.download(
                    link.url,
                    into,
                    limits,
                    authorised=link.authorised,
                    base_url=link.endpoint or self.endpoint,
                    unpacker=Base64InJson() if link.wrapped else None,
                )
                return
            except (LinkDead, Unreachable, ClipUnusable, AddressBlocked) as error:
                first, link = first or error, link.second
        raise first or LinkDead

    def parse(self, answer: Response) -> object | None:
        """The JSON of an answer, without our key should it be echoed."""
        body = answer.body.replace(self._key, b"[key]") if self._key else answer.body
        return self._read_cut(body) if answer.too_long else parse(body)
