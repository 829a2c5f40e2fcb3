"""Finds the link of a finished clip in a response body. Source: reference/providers.md 0.2."""

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from bot.providers.json_fields import get_path, parse_json

MAX_LINK_LENGTH = 8192
LINK_PATHS = (
    "result.data.0.url", "result.data.url", "result.url", "result.video_url", "result.video.url",
    "result.outputs.0.url", "video.url", "video_url", "url", "output.url", "output.0", "output.0.url",
    "metadata.url", "videos.*", "data.url", "data.result_url", "data.data.content.video_url",
    "detail.video_url", "detail.url", "detail.video.url",
    "result_url", "download_url", "file_url", "content_url",
)  # fmt: skip


def find_links(body: object) -> Iterator[str]:
    """Yield all links to a clip, in the order of the table."""
    if isinstance(body, dict) and isinstance(body.get("result"), str):
        result = parse_json(body["result"].encode(errors="replace"))  # JSON inside JSON, seen at ToAPIs
        if result is not None:
            body = {**body, "result": result}
    for path in LINK_PATHS:
        if path == "videos.*":
            yield from _video_links(get_path(body, "videos"))
            continue
        value = get_path(body, path)
        if isinstance(value, list) and value:  # `url` may be a list of one link
            value = value[0]
        if _is_link(value):
            yield str(value).strip()


def find_url(body: object, exclude: Collection[str] = ()) -> str | None:
    """Return the clip's link, or None. Skip links in `exclude`, which are compared without their query."""
    return next((link for link in find_links(body) if without_query(link) not in exclude), None)


def without_query(link: str) -> str:
    """Return a link without its query, which changes when a provider signs the link again."""
    return link.partition("#")[0].partition("?")[0]


def has_base64(body: object) -> bool:
    """Return whether the body contains the clip itself (Bifrost)."""
    videos = get_path(body, "videos")
    items = videos if isinstance(videos, list) else []
    return any(isinstance(item, dict) and isinstance(item.get("base64"), str) and item["base64"] for item in items)


def _video_links(videos: object) -> Iterator[str]:
    for item in videos if isinstance(videos, list) else []:
        link = item.get("url") if isinstance(item, dict) else None
        if _is_link(link):
            yield str(link).strip()


def _is_link(value: object) -> bool:
    if not isinstance(value, str) or len(value) > MAX_LINK_LENGTH:
        return False
    text = value.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and text.isprintable() and " " not in text
