"""Results of the checks of `doctor`."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "look", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Result of one check. The field names are the keys of the JSON output.

    `look`: it works, but the host should know about it. `bad`: it doesn't work.
    """

    what: str
    state: State
    says: str
