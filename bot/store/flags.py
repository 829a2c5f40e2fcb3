"""Write a flag."""

from bot.store.group_commit import Transaction

WRITE_FLAG = (
    "INSERT INTO fact (name, value, at) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at"
)


def write_flag(tx: Transaction, name: str, value: str, now: float) -> None:
    tx.run(WRITE_FLAG, (name, value, now))
