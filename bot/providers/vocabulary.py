"""Status words of the providers, their relays and their gateways. Source: reference/providers.md 0.1.

A word is read in any case, prefix and tense: `TASK_STATUS_SUCCEED`, `JobStateSucceeded` and `succeeded` are one word. A
word that isn't in the table says nothing; then the facts of the response decide (`task_state.py`).
"""

import re
from enum import StrEnum


class Status(StrEnum):
    """The normalized status of a task. UNKNOWN doesn't mean that the task has ended."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


_TABLE = {
    Status.QUEUED: """
        queue queued queueing queuing enqueued in_queue inqueue pending submit submitted submitting not_start
        not_started notstart create created creating wait waiting throttled schedule scheduled scheduling accept
        accepted received start starting init initial initialize initialized initializing new prepare preparing
        allocated assigned 排队 排队中 等待 等待中 已提交 未开始 提交成功
        """,
    Status.RUNNING: """
        in_progress inprogress progress progressing process processing run running generate generating render rendering
        execute executing execution started active working dreaming doing ongoing in_process upload uploading
        download downloading transcode transcoding post_processing postprocessing encoding upscaling finalizing saving
        moderating reviewing retrying canceling cancelling 处理中 生成中 进行中 运行中 执行中
        """,
    Status.DONE: """
        complete completed completion success succeed succeeded successful successfully succ finish finished done ready
        generated ok available ended_successfully completed_successfully finished_successfully fulfilled
        成功 完成 已完成 生成成功 处理成功
        """,
    Status.FAILED: """
        fail failed failure failing error errored err cancel cancelled canceled expire expired timeout timed_out
        time_out timedout reject rejected refuse refused abort aborted block blocked deny denied moderated
        content_moderated request_moderated moderation_failed moderation_blocked content_filtered filtered censored
        flagged violation invalid terminated killed stopped unsuccessful crashed exception banned
        失败 生成失败 处理失败 已取消 取消 超时 已过期 错误 驳回 审核失败 审核不通过
        """,
}
STATUS_WORDS = {word: status for status, words in _TABLE.items() for word in words.split()}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\W_]+")
_PREFIX_WORDS = """
    task tasks status state job video videos media generation generate gen image prediction operation order render
    request run result process type
    """
_PREFIXES = frozenset(_PREFIX_WORDS.split())


def status_of(word: str) -> Status:
    """Return the meaning of a status word; UNKNOWN for one that isn't in the table. An empty one means queued."""
    normal = normalize_status(word)
    if not normal:
        return Status.QUEUED
    steps = normal.split("_")
    while True:
        if (status := STATUS_WORDS.get("_".join(steps))) is not None:
            return status
        if len(steps) < 2 or steps[0] not in _PREFIXES:
            return Status.UNKNOWN
        steps = steps[1:]


def normalize_status(word: str) -> str:
    """Return a status word in the spelling of the table."""
    return _SEPARATORS.sub("_", _CAMEL.sub("_", word[:200]) if not word.isupper() else word[:200]).strip("_").lower()
