"""Finds the link of a finished clip in a body, wherever its provider hides it. Source: reference/providers.md 0.2."""

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from bot.providers.json_fields import dig, parse

LONGEST_LINK = 8192
LINK_PATHS = (
    "result.data.0.url", "result.data.url", "result.url", "result.video_url", "result.video.url",
    "result.outputs.0.url", "video.url", "video_url", "url", "output.url", "output.0", "output.0.url",
    "metadata.url", "videos.*", "data.url", "data.result_url", "data.data.content.video_url",
    "detail.video_url", "detail.url", "detail.video.url",
    "result_url", "download_url", "file_url", "content_url",
)  # fmt: skip


def find_links(body: object) -> Iterator[str]:
    """Every link to a clip, in the order of the table."""
    if isinstance(body, dict) and isinstance(body.get("result"), str):
        inner = parse(body["result"].encode(errors="replace"))  # JSON inside JSON, seen at ToAPIs
        if inner is not None:
            body = {**body, "result": inner}
    for path in LINK_PATHS:
        if path == "videos.*":
            yield from _videos(dig(body, "videos"))
            continue
        found = dig(body, path)
        if isinstance(found, list) and found:  # `url` may be a list with one link in it
            found = found[0]
        if _is_link(found):
            yield str(found).strip()


def find_url(body: object, not_these: Collection[str] = ()) -> str | None:
    """The clip's link; never one of `not_these`, which are compared without their signatures."""
    return next((link for link in find_links(body) if bare(link) not in not_these), None)


def bare(link: str) -> str:
    """A link without its query: what stays the same when a provider signs it anew."""
    return link.partition("#")[0].partition("?")[0]


def has_base64(body: object) -> bool:
    """Whether the clip itself is in the body (Bifrost)."""
    videos = dig(body, "videos")
    items = videos if isinstance(videos, list) else []
    return any(isinstance(v, dict) and isinstance(v.get("base64"), str) and v["base64"] for v in items)


def _videos(videos: object) -> Iterator[str]:
    for item in videos if isinstance(videos, list) else []:
        link = item.get("url") if isinstance(item, dict) else None
        if _is_link(link):
            yield str(link).strip()


def _is_link(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_LINK:
        return False
    text = value.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and text.isprintable() and " " not in text
