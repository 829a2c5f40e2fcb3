"""The envelopes in which relays and gateways wrap one fact, so that each fact is read in all of them.

Sources: OpenAI's Videos API, new-api (dto/task.go), Kling, DashScope, kie, Replicate, Luma, Google's operations.
"""

from collections.abc import Callable, Mapping

Body = dict[str, object]
END_ENVELOPES: Mapping[str, Callable[[str, str], Body]] = {  # of a code and a reason
    "openai": lambda code, said: {"id": "t1", "object": "video", "status": "failed", "error": _error(code, said)},
    "new-api": lambda code, said: {
        "code": "success", "message": "", "data": {"task_id": "t1", "status": "FAILURE", "fail_reason": said},
    },
    "kling": lambda code, said: {
        "code": 0, "message": "SUCCEED", "data": {"task_id": "t1", "task_status": "failed", "task_status_msg": said},
    },
    "dashscope": lambda code, said: {
        "request_id": "r", "output": {"task_id": "t1", "task_status": "FAILED", "code": code, "message": said},
    },
    "kie": lambda code, said: {
        "code": 200, "msg": "success", "data": {"taskId": "t1", "state": "fail", "failCode": "500", "failMsg": said},
    },
    "replicate": lambda code, said: {"id": "t1", "status": "failed", "output": None, "error": said},
    "luma": lambda code, said: {"id": "t1", "state": "failed", "failure_reason": said, "assets": None},
}  # fmt: skip
FACT_ENVELOPES: Mapping[str, Callable[[object, Body], Body]] = {  # of a status word and the facts beside it
    "flat": lambda word, facts: {"id": "t1", "status": word, **facts},
    "object": lambda word, facts: {"id": "t1", "object": "video", "created_at": 1, "status": word, **facts},
    "state": lambda word, facts: {"id": "t1", "state": word, **facts},
    "task_status": lambda word, facts: {"task_id": "t1", "task_status": word, **facts},
    "data": lambda word, facts: {"code": "success", "data": {"task_id": "t1", "status": word, **facts}},
    "kling": lambda word, facts: {"code": 0, "data": {"task_id": "t1", "task_status": word, **facts}},
}
DONE_ENVELOPES: Mapping[str, Callable[[Body], Body]] = {  # of the fields that hold the link
    "openai": lambda link: {"id": "t1", "object": "video", "status": "completed", "progress": 100, **link},
    "new-api": lambda link: {"code": "success", "data": {"task_id": "t1", "status": "SUCCESS", **link}},
    "kling": lambda link: {"code": 0, "data": {"task_id": "t1", "task_status": "succeed", "task_result": link}},
    "dashscope": lambda link: {"request_id": "r", "output": {"task_id": "t1", "task_status": "SUCCEEDED", **link}},
    "replicate": lambda link: {"id": "t1", "status": "succeeded", "error": None, "output": link},
    "luma": lambda link: {"id": "t1", "state": "completed", "assets": link},
}


def _error(code: str, said: str) -> Body:
    return {"code": code, "message": said}
