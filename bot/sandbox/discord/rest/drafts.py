"""A request's JSON and files as a draft or a change of a message, checked like Discord checks them."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.sandbox.discord.application.components import check_message, numbered
from bot.sandbox.discord.application.message_rules import MessageDraft, MessageEdit
from bot.sandbox.discord.errors import Form, Json, no
from bot.sandbox.discord.rest.bodies import Body
from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.channels import LocalMessage
from bot.sandbox.discord.state.message_flags import COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS

if TYPE_CHECKING:
    from bot.sandbox.discord.state.world import World

SUPPRESS_NOTIFICATIONS = 1 << 12
MOST_CHARACTERS, MOST_EMBEDS, MOST_EMBED_CHARACTERS, MOST_FILES = 2000, 10, 6000, 10
MOST_NONCE, MOST_ALT_TEXT = 25, 1024


def draft_of(world: "World", body: Body, fields: Json, channel_id: int, *, ephemeral: bool = False) -> MessageDraft:
    """A new message. ApiError 400/50035 for what Discord would not take, 413/40005 for a file too large."""
    _check(body, fields, v2=bool(int(fields.get("flags") or 0) & COMPONENTS_V2))
    reference = fields.get("message_reference") or {}
    settable = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | (EPHEMERAL if ephemeral else 0)
    return MessageDraft(
        content=fields.get("content") or "",
        embeds=_typed_embeds(fields.get("embeds") or []),
        components=numbered(fields.get("components") or []),
        attachments=_attachments(world, body, fields, channel_id, None),
        reference_id=int(reference["message_id"]) if reference.get("message_id") else None,
        fail_if_not_exists=bool(reference.get("fail_if_not_exists", True)),
        allowed_mentions=fields.get("allowed_mentions"),
        flags=int(fields.get("flags") or 0) & settable,
        nonce=fields.get("nonce"),
        enforce_nonce=bool(fields.get("enforce_nonce")),
        extra={"poll": fields["poll"]} if fields.get("poll") else {},
    )


def change_of(world: "World", body: Body, fields: Json, message: LocalMessage) -> MessageEdit:
    """An edit; a part that is not named stays, one that is null is emptied."""
    v2 = message.is_v2 or bool(int(fields.get("flags") or 0) & COMPONENTS_V2)
    _check(body, fields, v2=v2)
    touched = "attachments" in fields or body.files
    return MessageEdit(
        content=(fields["content"] or "") if "content" in fields else None,
        embeds=_typed_embeds(fields["embeds"] or []) if "embeds" in fields else None,
        components=numbered(fields["components"] or []) if "components" in fields else None,
        attachments=_attachments(world, body, fields, message.channel.id, message) if touched else None,
        allowed_mentions=fields.get("allowed_mentions"),
        flags=int(fields["flags"] or 0) if "flags" in fields else None,
    )


def _check(body: Body, fields: Json, *, v2: bool) -> None:
    if body.too_large:
        raise no(40005)
    form = Form()
    content, embeds = fields.get("content") or "", fields.get("embeds") or []
    form.length("content", content, 0, MOST_CHARACTERS)
    form.count("embeds", embeds, MOST_EMBEDS)
    if sum(_characters(embed) for embed in embeds) > MOST_EMBED_CHARACTERS:
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    form.length("nonce", str(fields.get("nonce") or ""), 0, MOST_NONCE)
    form.count("files", list(body.files), MOST_FILES)
    for index, attachment in enumerate(fields.get("attachments") or []):
        form.length(f"attachments.{index}.description", attachment.get("description") or "", 0, MOST_ALT_TEXT)
    if v2 and (content or embeds or fields.get("poll")):
        form.wrong("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Not with Components V2")
    check_message(form, fields.get("components") or [], v2=v2)
    _check_mentions(form, fields.get("allowed_mentions") or {})
    form.check()


def _check_mentions(form: Form, allowed: Json) -> None:
    for key in ("users", "roles"):
        if allowed.get(key) and key in (allowed.get("parse") or []):
            form.wrong(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f"parse:[{key!r}] and {key}: [ids...] are mutually exclusive.",
            )


def _characters(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    texts += [part for item in embed.get("fields") or [] for part in (item.get("name"), item.get("value"))]
    return sum(len(text) for text in texts if text)


def _typed_embeds(embeds: list[Json]) -> list[Json]:
    return [{"type": "rich", **embed} for embed in json.loads(json.dumps(embeds))]


def _attachments(
    world: "World", body: Body, fields: Json, channel_id: int, message: LocalMessage | None
) -> list[Attachment]:
    """New files with their alt texts, after those that an edit keeps."""
    named = {str(a.get("id")): a for a in fields.get("attachments") or []}
    before = message.attachments if message is not None else []
    remaining = [a for a in before if "attachments" not in fields or str(a.id) in named]
    for attachment in remaining:
        attachment.description = named.get(str(attachment.id), {}).get("description", attachment.description)
    added = []
    for index, upload in body.files.items():
        about = named.get(index, {})
        known = replace(
            upload,
            filename=about.get("filename") or upload.filename,
            description=about.get("description") or None,
        )
        added.append(world.attach(known, channel_id))
    return remaining + added
