"""Texts about styles. Pure."""

from collections.abc import Sequence

from bot.chat.text.escape import cut, escape, inside_code
from bot.i18n import _
from bot.jobs.style import Style

CONTENT_LIMIT = 2000
PANEL_LIMIT = 3000  # characters; a panel can have 4000 in all


def style_line(style: Style, room: int) -> str:
    """Return `**noir** · film noir, {prompt} · grok · 16:9`, cut to so many characters."""
    parts = [style.words, *filter(None, (style.model, style.aspect, style.resolution))]
    options = " · ".join(escape(each) for each in parts)
    return cut(f"**{escape(style.name)}** · {options}", room)


def styles_text(styles: Sequence[Style]) -> str:
    """Return the answer to `/style list`: the server's styles and the reader's own."""
    if not styles:
        return _("There are no styles here yet. Save one with `/style save`.")
    use = _("Use one with `style` of `/generate`, or reply `style: {name}` to a video.")
    use = use.format(name=inside_code(styles[0].name))
    parts = (
        (_("**Styles of this server**"), [style for style in styles if style.of_server]),
        (_("**Your styles**"), [style for style in styles if not style.of_server]),
    )
    titles = [title for title, listed in parts if listed]
    room = (CONTENT_LIMIT - len(use) - sum(map(len, titles)) - 10) // len(styles) - 3
    lines = [
        line for title, listed in parts if listed for line in (title, *(f"• {style_line(s, room)}" for s in listed))
    ]
    return "\n".join([*lines, f"-# {use}"])


def saved_style_text(style: Style) -> str:
    saved = _("✅ Saved: {style}").format(style=style_line(style, CONTENT_LIMIT // 2))
    use = _("Use it with `style` of `/generate`, or reply `style: {name}` to a video.")
    return f"{saved}\n-# {use.format(name=inside_code(style.name))}"


def deleted_style_text(style: Style) -> str:
    return _("Deleted: {name}. Videos that were made with it don't change.").format(name=escape(style.name))


def server_styles_text(styles: Sequence[Style]) -> str:
    """Return the text of the page *Styles* of the settings."""
    how = _(
        "Members choose them with `style` of `/generate` or reply `style: …`, and save their own with `/style save`."
    )
    room = (PANEL_LIMIT - len(how)) // max(1, len(styles)) - 3
    lines = [f"• {style_line(style, room)}" for style in styles] or [_("No styles yet.")]
    return "\n".join([*lines, f"-# {how}"])
