"""The backend of a local provider: tasks, charges, options and rendering."""

import asyncio
import contextlib
import filecmp
import math
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TypedDict, Unpack

from bot.sandbox.providers.billing import bill_micros
from bot.sandbox.providers.rendering import Renderer, film
from bot.sandbox.providers.tasks import (
    Charge,
    LocalTask,
    ProgressStyle,
    Refused,
    State,
    Upload,
    requested_render_s,
    shown_progress,
)
from bot.sandbox.test_clips import ClipError

UNPRICED_USD = 0.10  # of a task whose model has no price in the catalogue


class BackendOptions(TypedDict, total=False):
    """What may be set when a provider is made."""

    render_s: float | Callable[[LocalTask], float]  # pretended, in real seconds; 2.0
    film: Path  # one file for every task: nothing is rendered
    progress: ProgressStyle
    price_usd: float  # of every task, in place of the catalogue's prices
    second_usd: float  # likewise, by the second
    host_catalogue: Path  # overrides the shipped one
    balance_usd: float


class TaskBackend:
    """Accepts tasks, charges for them and renders them. Every public attribute can be changed at any time.

    Words in a prompt steer one task: `[refuse]` 4xx without charge, `[withhold]` charged and then blocked,
    `[fail]` charged and then failed, `[slow]`, `[fast]`, `[render=0.5]`.
    """

    name = "local"  # the kind of account in the catalogue
    moderates_requests = True  # a refused prompt is an error response; False: a failed task

    def __init__(self, **options: Unpack[BackendOptions]) -> None:
        self.render_s = options.get("render_s", 2.0)
        self.camera = Renderer(reuse=options.get("film"))
        self.progress: ProgressStyle = options.get("progress", "smooth")
        self.price_usd = options.get("price_usd")
        self.second_usd = options.get("second_usd")
        self.host_catalogue = options.get("host_catalogue")
        self.balance_usd = options.get("balance_usd", 100.0)
        self.no_balance = False
        self.refund_failed = False
        self.queue_s = 0.0
        self.odd_status: str | None = None  # what a running task is called instead of its documented word
        self.retired_models: set[str] = set()
        self.tasks: dict[str, LocalTask] = {}
        self.charges: list[Charge] = []
        self.complaints: list[str] = []
        self.uploads: list[Upload] = []
        self._work: set[asyncio.Task[None]] = set()

    def find(self, task_id: str) -> LocalTask:
        """The task, counted as polled; Refused where there is none."""
        task = self.tasks.get(task_id)
        if task is None:
            raise Refused("not_found", f"Task not found: {task_id}")
        task.polls += 1
        return task

    def finished_source(self, task_id: str) -> LocalTask:
        """The source of a remix or an extension: it must be completed."""
        source = self.tasks.get(task_id)
        if source is None:
            raise Refused("not_found", f"Source task not found: {task_id}")
        if source.state != "completed":
            raise Refused("not_ready", f"Source task is not completed, current status: {source.state}")
        return source

    def resolution_of(self, clip: Path) -> str:
        """Return the resolution of an output that copies this clip: that of its task, else 720p."""
        own = [t for t in self.tasks.values() if t.film is not None and filecmp.cmp(t.film, clip, shallow=False)]
        return (own[-1].resolution if own else None) or "720p"

    def accept(self, task: LocalTask) -> LocalTask:
        """Charge for a validated task and start rendering it. Refused requests are not charged."""
        if self.moderates_requests and "[refuse]" in task.prompt:
            raise Refused("content_policy", "The prompt was rejected by our content policy")
        usd = self._price_of(task)
        if self.no_balance or self.balance_usd < usd:
            raise Refused("no_balance", "Insufficient balance")
        usual_s = self.render_s(task) if callable(self.render_s) else self.render_s
        task.render_s = requested_render_s(task.prompt, usual_s)
        self._charge(task, usd)
        self.tasks[task.id] = task
        self._begin(task)
        return task

    def _price_of(self, task: LocalTask) -> float:
        """Return the price of a task as it was requested."""
        if self.second_usd is not None and task.billed_s is not None:
            return round(self.second_usd * task.billed_s, 4)
        if self.price_usd is not None:
            return self.price_usd
        micros = bill_micros(
            self.name, task.model, task.billed_s or 0, task.resolution, len(task.pictures), task.input_s,
            host_catalogue=self.host_catalogue,
        )  # fmt: skip
        return UNPRICED_USD if micros is None else micros / 1_000_000

    def _begin(self, task: LocalTask) -> None:
        self._in_background(self._make(task))

    def _in_background(self, coroutine: Coroutine[object, object, None]) -> None:
        work = asyncio.create_task(coroutine)
        self._work.add(work)
        work.add_done_callback(self._work.discard)

    def _charge(self, task: LocalTask, usd: float) -> None:
        self.balance_usd -= usd
        task.usd += usd
        kind = task.kind if usd > 0 else "refund"
        self.charges.append(Charge(task_id=task.id, usd=usd, at=time.time(), kind=kind))

    async def _make(self, task: LocalTask) -> None:
        if self.queue_s:
            await asyncio.sleep(self.queue_s)
        task.state = "running"
        try:
            made = await film(task, self.camera, self.uploads)
            await self._rendered(task)
        except (ClipError, OSError) as error:
            self.complaints.append(f"film of {task.id}: {error}")
            task.state, task.error = "failed", "internal error"
        else:
            self._end(task, made)
        task.ended_at = time.time()
        task.ended.set()

    async def _rendered(self, task: LocalTask) -> None:
        """The pretended time, cut short by `finish`."""
        left_s = task.created_at + task.render_s - time.time()
        if task.render_s > 0 and left_s > 0:
            limit_s = None if math.isinf(left_s) else left_s
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(task.hurry.wait(), limit_s)

    def _end(self, task: LocalTask, made: Path) -> None:
        if "[fail]" in task.prompt:
            task.state, task.error = "failed", "Video generation failed"
        elif "[withhold]" in task.prompt:
            task.state, task.error = "withheld", "The result was blocked by content moderation"
        else:
            task.state, task.film = "completed", made
        if task.state != "completed" and self.refund_failed:
            self._charge(task, -task.usd)

    async def finish(self, task_id: str) -> LocalTask:
        """Cut the pretended time short and wait for the end; `render_s=math.inf` waits for this call alone."""
        task = self.tasks[task_id]
        task.hurry.set()
        await task.ended.wait()
        return task

    def status_word(self, task: LocalTask, words: Mapping[State, str]) -> str:
        """The dialect's word for the state of a task."""
        return self.odd_status if task.state == "running" and self.odd_status is not None else words[task.state]

    def shown_progress(self, task: LocalTask) -> int | None:
        return shown_progress(task, self.progress)

    def _resume_work(self) -> None:
        for task in self.tasks.values():
            if not task.ended.is_set():
                self._begin(task)

    async def _stop_work(self) -> None:
        for work in self._work:
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
