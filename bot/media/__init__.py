"""Looks at clips and makes them fit."""
