"""Random job ids and short codes."""

import secrets
import string

_BASE62 = string.digits + string.ascii_letters
_CODE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_job_id() -> str:
    """Return 22 random characters of base62: 131 bits."""
    return _random_text(_BASE62, 22)


def new_code(length: int = 4) -> str:
    """Return a short code that people can read aloud: without 0, O, 1 and I."""
    return _random_text(_CODE, length)


def _random_text(alphabet: str, length: int) -> str:
    """Return uniformly random characters from one call to the system's randomness."""
    number = secrets.randbelow(len(alphabet) ** length)
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        letters.append(alphabet[place])
    return "".join(letters)
