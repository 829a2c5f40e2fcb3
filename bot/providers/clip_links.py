"""Finds the link of a finished clip in a response body. Source: reference/providers.md 0.2.

Known places come first. Relays put the link elsewhere, so then every place is searched whose name isn't that of an
input or a picture, for a link that its name or its ending tells to be a video.
"""

import re
from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit

from bot.providers.json_fields import get_path, parse_json

MAX_LINK_LENGTH = 8192
LINK_PATHS = (
    "result.data.0.url", "result.data.url", "result.url", "result.video_url", "result.video.url",
    "result.outputs.0.url", "video.url", "video_url", "url", "output.url", "output.0", "output.0.url",
    "metadata.url", "videos.*", "urls.0", "data.url", "data.result_url", "data.data.content.video_url",
    "detail.video_url", "detail.url", "detail.video.url",
    "result_url", "download_url", "file_url", "content_url",
    "data.task_result.videos.0.url", "output.video_url", "content.video_url", "data.video_url", "data.video.url",
    "output.video.url", "output", "data.output", "data.output.0", "assets.video", "data.outputs.0", "videoUrl",
    "result.videoUrl", "data.videoUrl", "response.resultUrls.0", "data.response.resultUrls.0", "data.0.url",
    "data.resultJson.resultUrls.0", "resultUrls.0", "data.response.result_urls.0", "result_urls.0", "outputs.0",
    "outputs.0.url", "generations.0.url", "data.works.0.resource.resource",
    "response.generateVideoResponse.generatedSamples.0.video.uri", "response.generatedVideos.0.video.uri",
    "response.videos.0.gcsUri", "unsigned_urls.0",
    "fail_reason", "data.fail_reason",  # new-api stores the link of a SUCCESS there
)  # fmt: skip
_ENDINGS = re.compile(r"\.(?:mp4|webm|mov|mkv|m4v|avi|ts|gif)$", re.IGNORECASE)
_OTHERS = re.compile(
    r"input|image|img|picture|thumb|cover|poster|preview|prompt|request|source|reference|first_frame|last_frame|callback"
    r"|webhook|avatar|watermark|origin|polling|status_url|cancel|docs?$|help|param|upload|remix|parent",
    re.IGNORECASE,
)
_VIDEO_NAME = re.compile(r"video|clip|result_?url|download", re.IGNORECASE)
_SIGNATURE = re.compile(r"sig|token|exp|auth|key|policy|credential|^(?:se|sv|sp|sr|hm|ex|st|e)$", re.IGNORECASE)
_MAX_NODES, _MAX_DEPTH = 2000, 8
_FOLDED = frozenset({"result", "resultJson", "data", "output", "response"})
_VAGUE = frozenset({"url", "data.url", "output", "metadata.url", "data.0.url", "detail.url"})


def find_links(body: object, base: str = "", *, certain: bool = False) -> Iterator[str]:
    """Yield all links to a clip, in the order of the table, then those found elsewhere.

    A relative link is completed with `base`, the account's address. With `certain`, a link in a place that may hold
    something else, such as the task's own address, counts only if it ends like a video.
    """
    seen: set[str] = set()
    body = _unfold(body)
    for path in LINK_PATHS:
        values = _video_values(get_path(body, "videos")) if path == "videos.*" else [get_path(body, path)]
        for value in values:
            if isinstance(value, list) and value:  # `url` may be a list of one link
                value = value[0]
            link = read_link(value, base)
            vague = certain and path in _VAGUE and link is not None and not ends_like_video(link)
            if link is not None and not vague and link not in seen:
                seen.add(link)
                yield link
    for link in _search(body, base):
        if link not in seen:
            seen.add(link)
            yield link


def find_url(body: object, exclude: Collection[str] = ()) -> str | None:
    """Return the clip's link, or None. Skip links in `exclude`, which are compared without their query."""
    return next((link for link in find_links(body) if without_query(link) not in exclude), None)


def without_query(link: str) -> str:
    """Return a link without its query, which changes when a provider signs the link again."""
    return link.partition("#")[0].partition("?")[0]


def ends_like_video(link: str) -> bool:
    return _ENDINGS.search(without_query(link)) is not None


def is_signed(link: str) -> bool:
    """Return whether a link carries its own permission, which a key beside it may make invalid."""
    return any(_SIGNATURE.search(name) for name, _ in parse_qsl(urlsplit(link).query, keep_blank_values=True))


def has_base64(body: object) -> bool:
    """Return whether the body contains the clip itself (Bifrost)."""
    videos = get_path(body, "videos")
    items = videos if isinstance(videos, list) else []
    return any(isinstance(item, dict) and isinstance(item.get("base64"), str) and item["base64"] for item in items)


def read_link(value: object, base: str = "") -> str | None:
    """Return a link as it can be requested, or None. Blanks are encoded; a path is completed with `base`."""
    if not isinstance(value, str) or len(value) > MAX_LINK_LENGTH:
        return None
    text = value.strip().replace(" ", "%20")
    if base and text.startswith("/") and not text.startswith("//"):
        text = urljoin(f"{base}/", text)
    try:
        parts = urlsplit(text)
        known = parts.scheme.lower() in ("http", "https") and bool(parts.netloc) and "%20" not in parts.netloc
    except ValueError:
        return None
    if " " in value.strip() and not ends_like_video(text):
        return None  # a sentence that begins with a link
    return text if known and text.isprintable() else None


def _unfold(body: object, depth: int = 0) -> object:
    """Return the body with the JSON that relays put into a text of it (ToAPIs, kie)."""
    if not isinstance(body, dict):
        return body
    unfolded: dict[str, object] = dict(body)
    for name in _FOLDED & unfolded.keys():
        value = unfolded[name]
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            parsed = parse_json(value.encode(errors="replace"))
            unfolded[name] = value if parsed is None else parsed
        elif depth < 2:
            unfolded[name] = _unfold(value, depth + 1)
    return unfolded


def _video_values(videos: object) -> list[object]:
    return [item.get("url") for item in videos if isinstance(item, dict)] if isinstance(videos, list) else []


def _search(body: object, base: str) -> Iterator[str]:
    """Yield links to videos at any place of a body."""
    left = _MAX_NODES
    waiting: list[tuple[object, str, int]] = [(body, "", 0)]
    while waiting and left > 0:
        value, name, depth = waiting.pop(0)
        left -= 1
        if depth < _MAX_DEPTH and isinstance(value, dict):
            waiting += [(item, str(key), depth + 1) for key, item in value.items() if not _OTHERS.search(str(key))]
        elif depth < _MAX_DEPTH and isinstance(value, list):
            waiting += [(item, name, depth + 1) for item in value]
        elif (link := read_link(value, base)) is not None and (ends_like_video(link) or _VIDEO_NAME.search(name)):
            yield link
