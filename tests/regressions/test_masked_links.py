from bot.chat.text.escape import cut, escape


def test_a_link_in_a_prompt_cannot_end_the_bold_text_or_start_a_masked_link() -> None:
    """In `**<prompt>**`, the `**` of the link would end the bold text and start a masked link."""
    assert "**[" not in escape("https://x.yz/**[free nitro](https://evil.example)")
    assert escape("see https://x.yz/a_b") == r"see https\://x.yz/a\_b"


def test_a_truncated_text_keeps_escape_sequences_intact() -> None:
    assert cut("\\\\" * 1000, 101) == "\\" * 100 + "…"
    assert cut("\\*" * 1000, 102) == "\\*" * 50 + "…"
