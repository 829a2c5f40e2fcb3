from bot.chat.text.job_text import cut, plain


def test_a_link_in_a_prompt_ends_no_bold_and_begins_no_masked_link() -> None:
    """In `**<prompt>**` the `**` of the link ends the bold, and what follows it is a link with words of its own."""
    assert "**[" not in plain("https://x.yz/**[free nitro](https://evil.example)")
    assert plain("see https://x.yz/a_b") == "see https://x.yz/a_b"


def test_a_cut_keeps_what_is_whole() -> None:
    assert cut("\\\\" * 1000, 101) == "\\" * 100 + "…"
    assert cut("\\*" * 1000, 102) == "\\*" * 50 + "…"
