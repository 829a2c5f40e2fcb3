"""Tests of Retake, with real sockets, real files and real ffmpeg. Nothing of ours is mocked."""
