"""Tests of films that are made shot by shot."""
