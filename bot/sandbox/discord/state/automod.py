"""A guild's AutoMod: words that may not be posted."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class AutoMod:
    """A keyword rule that blocks messages and titles. Members with Manage Server are exempt, as on Discord."""

    words: set[str] = field(default_factory=set)
    blocked: int = 0

    def blocks(self, text: str) -> bool:
        """Return whether a text contains a forbidden word, in any case; count it if so."""
        found = any(word.casefold() in text.casefold() for word in self.words)
        self.blocked += found
        return found
