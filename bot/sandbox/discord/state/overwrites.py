"""What a channel changes about permissions. Knows ids and bits only."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Overwrite:
    """Allow and deny bits for a role (`kind` 0) or a member (`kind` 1)."""

    id: int
    kind: int
    allow: int = 0
    deny: int = 0


class Overwrites:
    """A channel's overwrites by role or member id."""

    def __init__(self) -> None:
        self._by_id: dict[int, Overwrite] = {}

    def get(self, target_id: int) -> Overwrite | None:
        return self._by_id.get(target_id)

    def all(self) -> list[Overwrite]:
        return list(self._by_id.values())

    def applied(self, value: int, target_id: int) -> int:
        overwrite = self._by_id.get(target_id)
        return value if overwrite is None else value & ~overwrite.deny | overwrite.allow

    def change(self, target_id: int, kind: int, *, allow: int = 0, deny: int = 0) -> None:
        """Add bits to one side, which takes them off the other."""
        overwrite = self._by_id.setdefault(target_id, Overwrite(id=target_id, kind=kind))
        overwrite.allow = overwrite.allow & ~deny | allow
        overwrite.deny = overwrite.deny & ~allow | deny

    def clear(self, target_id: int) -> None:
        self._by_id.pop(target_id, None)
