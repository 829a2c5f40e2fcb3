"""Why a PostgreSQL database can't be used, as sentences without user, password or host. Needs no psycopg."""

from bot.store.lock import CannotOpen, DatabaseInUse

# What libpq says of a failed connection, and what it means. It gives no codes, and its own text names host and user.
_REASONS = (
    ("starting up", "it is starting"),
    ("shutting down", "it is shutting down"),
    ("recovery", "it is recovering or a standby"),
    ("authentication failed", "it refuses the user or the password"),
    ("no password supplied", "it wants a password"),
    ("not permitted to log in", "it refuses the user"),
    ("pg_hba.conf", "it refuses this user from this machine"),
    ('role "', "it refuses the user"),
    ('database "', "it has no such database, or not for this user"),
    ("failed to resolve host", "its host name isn't known"),
    ("connection refused", "nothing listens there"),
    ("no such file", "there is no such socket"),
    ("timeout", "it doesn't answer"),
    ("connection slots", "it has no free connection"),
    ("too many clients", "it has no free connection"),
    ("ssl", "the encrypted connection failed"),
    ("certificate", "the encrypted connection failed"),
)
_REFUSALS = frozenset(reason for _, reason in _REASONS[3:9])  # waiting doesn't help


class PostgresNotInstalled(CannotOpen):
    """RETAKE_DATABASE_URL is set and psycopg is not installed. Run: pip install -r requirements-postgres.txt"""


class BadDatabaseUrl(CannotOpen):
    """RETAKE_DATABASE_URL is not an address of PostgreSQL. Write one such as postgresql://user:password@host/database,
    with %40 for an @ and %2F for a / in the password.
    """


class ClockSkew(CannotOpen):
    """This machine's clock and PostgreSQL's differ by more than 2 s. Set both by NTP before the bot starts."""


class PostgresInUse(DatabaseInUse):
    """Another Retake, or a command of it, uses this database. Stop it first, or give this one another
    RETAKE_DATABASE_URL.
    """


class Unreachable(CannotOpen):
    """PostgreSQL can't be reached. `refused`: it answers, and only the host can change that."""

    def __init__(self, text: str = "") -> None:
        lower = text.lower().partition("fatal:")[2] or text.lower()
        reason = next((reason for word, reason in _REASONS if word in lower), "the connection failed")
        self.refused = reason in _REFUSALS
        super().__init__(f"PostgreSQL can't be reached at RETAKE_DATABASE_URL: {reason}.")
