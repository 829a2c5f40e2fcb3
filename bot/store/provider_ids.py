"""Delete what a provider gave for a job beside its task id: other ids, and its link to the clip. Remixes need them."""

import json

from bot.jobs.job import ENDED, State
from bot.jobs.server_settings import DELETED_PROMPT
from bot.store.group_commit import Transaction

_ENDED = ", ".join(f"'{state}'" for state in sorted(ENDED - {State.NEEDS_PERSON}))  # a person may have it sent again
_BATCH = 200
_UNUSED = (  # ended, and no remix of it is still made
    f"state IN ({_ENDED}) AND NOT EXISTS (SELECT 1 FROM job AS remix"  # noqa: S608
    f" WHERE remix.parent_id = job.id AND remix.state NOT IN ({_ENDED}))"
)
_CLEAR = f"UPDATE job SET spare_ids = '{{}}' WHERE id = ? AND {_UNUSED} RETURNING 1"  # noqa: S608
# As the index `job_provider_ids` has it.
_LEFT = f"spare_ids <> '{{}}' AND (deleted_at IS NOT NULL OR prompt = '{DELETED_PROMPT}')"
_DUE = (
    f"SELECT id FROM job WHERE {_LEFT} AND (deleted_at < ? OR prompt = '{DELETED_PROMPT}') AND {_UNUSED} LIMIT {_BATCH}"  # noqa: S608
)
_REMIXES = "SELECT id, spare_ids FROM job WHERE parent_id = ? AND spare_ids <> '{}'"


def clear_provider_ids(tx: Transaction, job_id: str) -> None:
    """Delete the ids of an ended job and their copies in its remixes, unless a remix that isn't done needs them."""
    if not tx.run(_CLEAR, (job_id,)):
        return
    for remix_id, text in tx.run(_REMIXES, (job_id,)):
        kept = {name: value for name, value in json.loads(text).items() if not name.startswith("source_")}
        tx.run("UPDATE job SET spare_ids = ? WHERE id = ?", (json.dumps(kept), remix_id))


def clear_left_provider_ids(tx: Transaction, deleted_before: float) -> bool:
    """Delete the ids of videos that were deleted before then, and of those without a prompt. Return whether more may
    be left."""
    found = tx.run(_DUE, (deleted_before,))
    for (job_id,) in found:
        clear_provider_ids(tx, job_id)
    return len(found) == _BATCH
