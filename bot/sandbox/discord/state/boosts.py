"""Upload limits by boost level."""

MIB = 1024 * 1024
# Source: discord.md 3. Level 1 raises other limits only.
UPLOAD_LIMIT_BYTES = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}
