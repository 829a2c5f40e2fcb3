"""Tests of processes that have their own folders, and a bucket between them."""
