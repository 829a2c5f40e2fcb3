"""Write a flag."""

from bot.store.group_commit import Transaction

WRITE_FLAG = (
    "INSERT INTO fact (name, value, at) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at"
)
# A stored number stays if it's smaller and not too old.
WRITE_SMALLEST = f"{WRITE_FLAG} WHERE fact.at < ? OR CAST(fact.value AS INTEGER) > CAST(excluded.value AS INTEGER)"


def write_flag(tx: Transaction, name: str, value: str, now: float) -> None:
    tx.run(WRITE_FLAG, (name, value, now))
