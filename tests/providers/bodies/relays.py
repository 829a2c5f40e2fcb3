"""What relays and gateways in front of every provider send: status words, links and ends.

Sources: new-api (dto/task.go, controller/relay), one-api, Kling, DashScope, Ark, Luma, Runway, Replicate, fal, kie,
Vertex AI, Google APIs, FastAPI, Express, Kong, nginx, Cloudflare, AWS WAF.
"""

from tests.providers.bodies.envelopes import DONE_ENVELOPES, END_ENVELOPES, FACT_ENVELOPES
from tests.providers.bodies.meaning import CDN, Poll

OTHER = "https://cdn.example/other"
_DONE_WORDS = """
    completed complete COMPLETED succeeded succeed SUCCEED SUCCESS success successful finished finish done ready
    TASK_STATUS_SUCCEED TASK_STATUS_SUCCEEDED JOB_STATE_SUCCEEDED JobStateSucceeded task_succeeded
    MEDIA_GENERATION_STATUS_SUCCESSFUL STATUS_COMPLETED VIDEO_GENERATION_COMPLETED generated 成功 已完成
    """
_FAILED_WORDS = """
    failed fail Fail FAILED failure FAILURE error errored rejected REJECTED aborted abort task_failed TASK_STATUS_FAILED
    JOB_STATE_FAILED JobStateCancelled cancelled canceled CANCELED expired EXPIRED timeout timed_out TIMED-OUT refused
    blocked denied 失败 已取消 超时
    """
_QUEUED_WORDS = """
    queued pending PENDING submitted SUBMITTED NOT_START not-started created waiting in_queue IN_QUEUE throttled
    scheduled TASK_STATUS_SUBMITTED JOB_STATE_PENDING JOB_STATE_QUEUED starting accepted 排队中
    """
_RUNNING_WORDS = """
    in_progress IN_PROGRESS InProgress in-progress processing PROCESSING running RUNNING generating
    TASK_STATUS_PROCESSING JOB_STATE_RUNNING rendering dreaming executing 生成中 处理中
    """
_OTHER_WORDS = "pondering not_ready half_done 42nd-step unterwegs phase2 TASK_STATUS_PONDERING waiting_for_godot"

WORDS = [
    *(Poll({"id": "t1", "status": word, "video_url": CDN}, CDN) for word in _DONE_WORDS.split()),
    *(Poll({"id": "t1", "status": word}, "failed") for word in _FAILED_WORDS.split()),
    *(Poll({"id": "t1", "status": word}, "queued") for word in _QUEUED_WORDS.split()),
    *(Poll({"id": "t1", "status": word}, "running") for word in _RUNNING_WORDS.split()),
    *(Poll({"id": "t1", "status": word}, "unknown") for word in _OTHER_WORDS.split()),
    Poll({"id": "t1", "status": "Content Moderated"}, "policy"),
    Poll({"id": "t1", "status": "Request Moderated"}, "policy"),
    Poll({"id": "t1", "status": " Succeeded ", "video_url": CDN}, CDN),
]

_FACTS: list[tuple[object, dict[str, object], str]] = [  # an unknown word, what stands beside it, what it means
    ("wrapped_up", {"video_url": CDN}, CDN),
    ("wrapped_up", {"video": {"url": CDN}}, CDN),
    ("went_wrong", {"error": {"code": "x", "message": "broke"}}, "failed"),
    ("went_wrong", {"fail_reason": "broke"}, "failed"),
    ("went_wrong", {"error": {"code": "x", "message": "Your prompt violates our usage policies."}}, "policy"),
    ("pondering", {"progress": 40}, "unknown"),
    ("pondering", {"error": None, "video_url": None}, "unknown"),
]
FACTS = [  # no known status word
    *(Poll(wrap(word, facts), means) for wrap in FACT_ENVELOPES.values() for word, facts, means in _FACTS),
    Poll({"id": "t1", "status": "wrapped_up", "video_url": CDN}, CDN),
    Poll({"id": "t1", "status": "7", "video": {"url": CDN}}, CDN),
    Poll({"id": "t1", "status": 2, "result": {"video_url": CDN}}, CDN),
    Poll({"id": "t1", "status": "wrapped_up", "url": CDN}, CDN),
    Poll({"id": "t1", "status": "wrapped_up", "url": "https://api.example/v1/tasks/t1"}, "unknown"),
    Poll({"id": "t1", "status": "wrapped_up", "thumbnail_url": "https://cdn.example/a.jpg"}, "unknown"),
    Poll({"id": "t1", "status": "wrapped_up", "input": {"video_url": "https://cdn.example/in.mp4"}}, "unknown"),
    Poll({"id": "t1", "status": "went_wrong", "error": {"code": "x", "message": "broke"}}, "failed"),
    Poll({"id": "t1", "status": "went_wrong", "error": "broke"}, "failed"),
    Poll({"id": "t1", "status": "went_wrong", "fail_reason": "broke"}, "failed"),
    Poll({"id": "t1", "status": "went_wrong", "data": {"error": {"message": "broke"}}}, "failed"),
    Poll({"id": "t1", "status": "went_wrong", "error_message": "broke"}, "failed"),
    Poll({"id": "t1", "status": "went_wrong", "error": {"code": "", "message": ""}}, "unknown"),
    Poll({"id": "t1", "status": "went_wrong", "error": None}, "unknown"),
    Poll({"id": "t1", "status": "went_wrong", "error": {"message": "prompt violates our content policy"}}, "policy"),
    Poll({"id": "t1", "status": "unknown"}, "running"),
    Poll({"id": "t1", "status": "unknown", "error": {"message": "upstream timeout"}}, "running"),
    Poll({"id": "t1", "status": "unknown", "error": {"message": "the worker crashed"}}, "failed"),
    Poll({"id": "t1", "status": "unknown", "video_url": CDN}, CDN),
    Poll({"id": "t1", "done": True, "response": {"generatedVideos": [{"video": {"uri": CDN}}]}}, CDN),
    Poll({"id": "t1", "done": True}, "finished"),
    Poll({"id": "t1", "video": {"url": CDN}}, CDN),
    Poll({"id": "t1", "video_url": CDN}, CDN),
    Poll({"id": "t1"}, "running"),
    Poll({"id": "t1", "error": {"code": "generation_failed", "message": "broke"}}, "failed"),
    Poll({"id": "t1", "error": {"code": 429, "message": "slow down"}}, "RateLimited"),
    Poll({"id": "t1", "error": {"code": "x", "message": "task not found"}}, "missing"),
]

_LINK_FIELDS: list[dict[str, object]] = [
    {"video_url": CDN},
    {"videos": [{"id": "v", "url": CDN, "duration": "5"}]},
    {"video": {"url": CDN}},
    {"url": CDN},
    {"video": CDN},
]
LINKS = [  # wherever relays put the link of a finished clip
    *(Poll(wrap(fields), CDN) for wrap in DONE_ENVELOPES.values() for fields in _LINK_FIELDS),
    Poll({"status": "completed", "result": {"data": [{"url": CDN}]}}, CDN),
    Poll({"status": "completed", "result": {"data": {"url": CDN}}}, CDN),
    Poll({"status": "completed", "result": {"url": CDN}}, CDN),
    Poll({"status": "completed", "result": f'{{"url": "{CDN}"}}'}, CDN),
    Poll({"status": "completed", "output": CDN}, CDN),
    Poll({"status": "completed", "output": [CDN]}, CDN),
    Poll({"status": "completed", "output": [{"url": CDN}]}, CDN),
    Poll({"status": "completed", "output": {"url": CDN}}, CDN),
    Poll({"status": "completed", "output": {"video_url": CDN}}, CDN),
    Poll({"status": "completed", "metadata": {"url": CDN}}, CDN),
    Poll({"status": "completed", "url": [CDN]}, CDN),
    Poll({"status": "completed", "videos": [{"type": "url", "url": CDN}]}, CDN),
    Poll({"status": "completed", "data": {"url": CDN}}, CDN),
    Poll({"status": "completed", "data": [{"url": CDN}]}, CDN),
    Poll({"status": "completed", "detail": {"video_url": CDN}}, CDN),
    Poll({"status": "completed", "assets": {"video": CDN}}, CDN),
    Poll({"status": "completed", "content": {"video_url": CDN}}, CDN),
    Poll({"status": "completed", "generations": [{"url": CDN}]}, CDN),
    Poll({"status": "completed", "download_url": CDN}, CDN),
    Poll({"status": "completed", "videoUrl": CDN}, CDN),
    Poll({"status": "completed", "results": [{"clip_url": OTHER}]}, OTHER),
    Poll({"status": "completed", "payload": {"files": [{"href": CDN}]}}, CDN),
    Poll({"status": "completed", "artifacts": {"final": {"link": CDN}}}, CDN),
    Poll({"status": "SUCCESS", "fail_reason": CDN}, CDN),
    Poll({"code": "success", "data": {"status": "SUCCESS", "fail_reason": CDN}}, CDN),
    Poll({"code": "success", "data": {"status": "SUCCESS", "result_url": CDN, "fail_reason": ""}}, CDN),
    Poll({"code": "success", "data": {"status": "SUCCESS", "data": {"content": {"video_url": CDN}}}}, CDN),
    Poll({"code": 0, "data": {"task_status": "succeed", "task_result": {"videos": [{"id": "v", "url": CDN}]}}}, CDN),
    Poll({"output": {"task_status": "SUCCEEDED", "video_url": CDN}, "request_id": "r"}, CDN),
    Poll({"code": 200, "data": {"state": "success", "resultJson": f'{{"resultUrls": ["{CDN}"]}}'}}, CDN),
    Poll({"code": 200, "data": {"status": "success", "response": {"resultUrls": [CDN]}}}, CDN),
    Poll({"status": "completed", "video_url": "https://cdn.example/a clip.mp4"}, "https://cdn.example/a%20clip.mp4"),
    Poll({"status": "completed", "video_url": "", "url": None, "output": {"url": CDN}}, CDN),
    Poll({"status": "completed", "image_url": "https://cdn.example/in.png", "video_url": CDN}, CDN),
    Poll({"status": "completed", "cover": {"url": "https://cdn.example/c.jpg"}}, "finished"),
    Poll({"status": "completed", "request": {"video_url": "https://cdn.example/in.mp4"}}, "finished"),
    Poll({"status": "completed"}, "finished"),
    Poll({"status": "completed", "video_url": "ftp://cdn.example/clip.mp4"}, "finished"),
]

_REASONS = [  # a code, a reason, what they mean
    ("generation_failed", "broke", "failed"),
    ("InternalError", "Internal server error, please retry later", "failed"),
    ("content_policy_violation", "Your request was rejected: it violates our content policy.", "policy"),
    ("DataInspectionFailed", "Input data may contain inappropriate content.", "policy"),
    ("x", "内容违规", "policy"),
    ("x", "The result was blocked by content moderation", "withheld"),
    ("x", "The generated video may contain sensitive content", "withheld"),
    ("x", "The task failed. Credits have been refunded.", "free"),
    ("x", "任务超时，额度已退还", "free"),
    ("x", "The task failed. Credits cannot be refunded.", "failed"),
]
ENDS = [  # failures: whether moderation, whether rendered, whether free
    *(Poll(wrap(code, said), means) for wrap in END_ENVELOPES.values() for code, said, means in _REASONS),
    Poll({"status": "failed", "error": {"code": "generation_failed", "message": "broke"}}, "failed"),
    Poll({"status": "failed", "error": "broke"}, "failed"),
    Poll({"status": "FAILURE", "fail_reason": "broke"}, "failed"),
    Poll({"code": "success", "data": {"status": "FAILURE", "fail_reason": "任务失败"}}, "failed"),
    Poll({"code": 0, "data": {"task_status": "failed", "task_status_msg": "broke"}}, "failed"),
    Poll({"output": {"task_status": "FAILED", "code": "InternalError", "message": "broke"}}, "failed"),
    Poll({"status": "failed", "error": {"code": "content_policy_violation", "message": "no"}}, "policy"),
    Poll({"status": "failed", "error": {"code": "x", "message": "Your prompt violates our usage policies."}}, "policy"),
    Poll({"status": "failed", "fail_reason": "内容违规"}, "policy"),
    Poll({"status": "failed", "error": {"code": "DataInspectionFailed", "message": "inappropriate content"}}, "policy"),
    Poll({"status": "failed", "error": {"message": "The result was blocked by content moderation"}}, "withheld"),
    Poll({"status": "failed", "error": {"message": "Output rejected by the safety system"}}, "withheld"),
    Poll({"status": "failed", "error": {"message": "generated video contains sensitive content"}}, "withheld"),
    Poll({"status": "failed", "error": {"code": "OutputVideoSensitiveContentDetected", "message": "no"}}, "withheld"),
    Poll({"status": "failed", "error": {"message": "broke; you have not been charged"}}, "free"),
    Poll({"status": "failed", "fail_reason": "任务超时，额度已退还"}, "free"),
    Poll({"status": "failed", "error": {"message": "broke. Credits were refunded."}}, "free"),
    Poll({"status": "failed", "error": {"message": "broke. This cannot be refunded."}}, "failed"),
    Poll({"status": "failed", "error": {"message": "no credits left at the upstream"}}, "failed"),
    Poll({"status": "failed", "error": {"message": "the safety valve icon could not be drawn"}}, "policy"),
    Poll({"status": "failed", "error": {"message": "broke"}, "video_url": CDN}, "failed"),
]
