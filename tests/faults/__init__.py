"""Proof that no paid job is lost, doubled or wrongly refunded, whatever fails when."""
