"""One text of SQL for both databases: what every statement may use, and how PostgreSQL reads it."""

import re
from functools import cache

# The ids of a JSON list, one parameter for any number of them: `guild_id IN {AMONG}`.
AMONG = "(SELECT CAST(value AS BIGINT) FROM json_each(?))"

_ONLY_POSTGRES = re.compile(r"/\* pg: (.*?) \*/")
_WORDS = (
    ("%", "%%"),
    ("?", "%s"),
    ("json_each(%s)", "json_array_elements_text(CAST(%s AS json))"),
    ("json_group_array(", "json_agg("),
    (" LIKE ", " ILIKE "),  # SQLite's LIKE ignores the case of ASCII letters, as ILIKE does in the collation C
)


@cache
def translate(sql: str) -> str:
    """Return a statement as psycopg takes it. `/* pg: … */` holds words for PostgreSQL alone."""
    for word, own in _WORDS:
        sql = sql.replace(word, own)
    return _ONLY_POSTGRES.sub(r"\1", sql)
