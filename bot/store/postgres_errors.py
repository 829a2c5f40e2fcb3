"""Why a PostgreSQL database can't be used, as sentences without user, password or host. Needs no psycopg."""

from types import MappingProxyType

from bot.ports.shards import ShardPlan, ShardRange
from bot.store.lock import CannotOpen, DatabaseInUse

_FULL = "it has no free connection"
# What libpq says of a failed connection, and what it means. It gives no codes, and its own text names host and user.
_REASONS = (
    ("starting up", "it is starting"),
    ("shutting down", "it is shutting down"),
    ("recovery", "it is recovering or a standby"),
    ("too many connections", _FULL),
    ("connection slots", _FULL),
    ("too many clients", _FULL),
    ("failed to resolve host", "its host name isn't known"),
    ("connection refused", "nothing listens there"),
    ("no such file", "there is no such socket"),
    ("timeout", "it doesn't answer"),
)
_REFUSALS = (  # waiting doesn't help
    ("authentication failed", "it refuses the user or the password"),
    ("no password supplied", "it wants a password"),
    ("not permitted to log in", "it refuses the user"),
    ("pg_hba.conf", "it refuses this user from this machine"),
    ('role "', "it refuses the user"),
    ('database "', "it has no such database, or not for this user"),
)
_ENCRYPTION = (("ssl", "the encrypted connection failed"), ("certificate", "the encrypted connection failed"))
# What PostgreSQL's error codes mean while it works. Source: postgresql.org, Appendix A.
_CODES = MappingProxyType(
    {
        "25006": "it only takes reads: it's a standby, or was made read-only",
        "53100": "its disk is full",
        "53200": "it has no memory left",
        "53300": _FULL,
        "53400": "one of its limits is reached",
        "55P03": "another program has locked its tables",
        "57014": "it doesn't answer in time",
    }
)


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


class WorkerRuns(PostgresInUse):
    """Another Retake, or a command of it, uses this database. It carries the jobs there, as worker or role all,
    and one database has one worker, unless RETAKE_WORKERS of every worker allows more. Stop it first, or give this one
    another RETAKE_DATABASE_URL.
    """


class UpgradeWaits(PostgresInUse):
    """This version needs other tables, and a worker of an earlier version, or a command, uses this database. Stop all
    processes of the earlier version first, and start the workers of this one before its gateways.
    """


class GatewayRuns(PostgresInUse):
    """Another Retake, or a command of it, uses this database. It answers people there, as gateway or role all,
    and one database has one gateway, unless every gateway has shards of its own in RETAKE_SHARDS. Stop it first, or
    give this one another RETAKE_DATABASE_URL.
    """


class ShardsTaken(PostgresInUse):
    """Another gateway on this database holds a shard that this one needs. Give each gateway shards of its own in
    RETAKE_SHARDS, or all of them auto.
    """

    def __init__(self, plan: ShardPlan, taken: ShardRange | None = None) -> None:
        self.waits = plan.is_auto and taken is None  # for a gateway that ends
        held = f"another gateway on this database holds a shard of {taken or plan.text}"
        advice = "Give each gateway shards of its own, or all of them auto"
        if self.waits:
            held = f"gateways on this database hold all {len(plan.blocks)} blocks of it"
            advice = "This one takes the block of one that ends"
        super().__init__(f"RETAKE_SHARDS is {plan.text}, and {held}. {advice}.")


class ShardCountDiffers(PostgresInUse):
    """Gateways on this database count another number of shards. Stop them all, and start them with one number."""

    def __init__(self, text: str, other: int) -> None:
        super().__init__(
            f"RETAKE_SHARDS is {text}, and a gateway on this database counts {other} shards. "
            "Stop all gateways, and start them with one number."
        )


class PostgresTrouble(CannotOpen):
    """PostgreSQL can't be used. `refused`: waiting doesn't help, only the host can change that."""

    refused = True


class NotAllowed(PostgresTrouble):
    """This user of PostgreSQL may not create and change tables in the database. Let it own the database, or run as its
    owner: GRANT ALL ON SCHEMA public TO the user.
    """


class NotUtf8(PostgresTrouble):
    """This PostgreSQL database doesn't store UTF-8. Create one with: CREATE DATABASE retake ENCODING 'UTF8' TEMPLATE
    template0
    """


class ServerTooOld(PostgresTrouble):
    """This PostgreSQL is too old. Retake needs version 13 or newer."""


class Failing(PostgresTrouble):
    """PostgreSQL answers, but can't do what it's asked."""

    def __init__(self, code: str) -> None:
        self.refused = code not in _CODES
        reason = _CODES.get(code, f"it answers with error {code}")
        super().__init__(f"PostgreSQL can't be used at RETAKE_DATABASE_URL: {reason}.")


class Unreachable(PostgresTrouble):
    """PostgreSQL can't be reached."""

    def __init__(self, text: str = "") -> None:
        lower = text.lower().partition("fatal:")[2] or text.lower()
        known = (found for found in (*_REASONS, *_REFUSALS, *_ENCRYPTION) if found[0] in lower)
        found = next(known, ("", "the connection failed"))
        self.refused = found in _REFUSALS
        reason = found[1]
        super().__init__(f"PostgreSQL can't be reached at RETAKE_DATABASE_URL: {reason}.")


def is_bad_address(text: str) -> bool:
    """Return whether libpq refuses an address itself, such as for its port or an option."""
    return any(words in text for words in ("connection is bad: invalid", "Servname not supported"))


def trouble_of(code: str | None, text: str) -> CannotOpen:
    """Return what an error of PostgreSQL means for the host. `code`: its SQLSTATE, None if the connection was lost."""
    if code == "42501":
        return NotAllowed()
    return Unreachable(text) if code is None or code.startswith(("08", "57P")) else Failing(code)
