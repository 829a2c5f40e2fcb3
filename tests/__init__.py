"""Tests of Retake. Real sockets, real files, real ffmpeg; nothing of ours is mocked."""
