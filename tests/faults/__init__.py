"""Fault injection: no paid job is lost, charged twice, posted twice or wrongly refunded, whichever call fails."""
