"""Small real videos of every kind that a provider may send, rendered with ffmpeg once per process."""

import functools
import subprocess
import tempfile
from pathlib import Path

from bot.sandbox.ffmpeg import ffmpeg

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=128x72:r=12"]
_SOUND = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=24000"]
_H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
_BOTH = [*_PICTURE, *_SOUND, "-t", "1", *_H264, "-c:a", "aac", "-b:a", "32k"]
KINDS: dict[str, list[str]] = {
    "plain": [*_BOTH, "-movflags", "+faststart"],
    "index at the end": _BOTH,
    "fragmented": [*_BOTH, "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
    "long": [*_PICTURE, *_SOUND, "-t", "5", *_H264, "-c:a", "aac", "-b:a", "32k", "-movflags", "+faststart"],
    "silent": [*_PICTURE, "-t", "1", *_H264, "-movflags", "+faststart"],
    "portrait": ["-f", "lavfi", "-i", "testsrc2=s=72x128:r=12", "-t", "1", *_H264, "-movflags", "+faststart"],
    "quicktime": [*_BOTH, "-f", "mov"],
    "4:4:4": [*_PICTURE, "-t", "1", "-c:v", "libx264", "-pix_fmt", "yuv444p", "-movflags", "+faststart"],
    "hevc": [*_PICTURE, "-t", "1", "-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1"],
    "mpeg-4 part 2": [*_PICTURE, "-t", "1", "-c:v", "mpeg4", "-movflags", "+faststart"],
    "sound only": [*_SOUND, "-t", "1", "-c:a", "aac"],
}


OTHER_CONTAINERS: dict[str, list[str]] = {
    "WebM": [*_PICTURE, *_SOUND, "-t", "1", "-c:v", "libvpx", "-c:a", "libopus", "-f", "webm"],
    "MKV": [*_BOTH, "-f", "matroska"],
    "MPEG-TS": [*_BOTH, "-f", "mpegts"],
    "GIF": [*_PICTURE, "-t", "1", "-f", "gif"],
    "animated WebP": [*_PICTURE, "-t", "1", "-c:v", "libwebp_anim", "-f", "webp"],
}


@functools.cache
def other_container(kind: str) -> bytes:
    """Return the bytes of a moving picture that isn't an mp4."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "video")
        subprocess.run([ffmpeg(), "-loglevel", "error", "-y", *OTHER_CONTAINERS[kind], str(path)], check=True)  # noqa: S603
        return path.read_bytes()


@functools.cache
def sample_video(kind: str) -> bytes:
    """Return the bytes of a video."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "video.mp4")
        arguments = ["-y", *KINDS[kind], *([] if "-f" in KINDS[kind][-2:] else ["-f", "mp4"]), str(path)]
        subprocess.run([ffmpeg(), "-loglevel", "error", *arguments], check=True)  # noqa: S603 - also inside a loop
        return path.read_bytes()


def box(name: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + name + content


def with_credentials(data: bytes) -> bytes:
    """Return the video with an empty C2PA manifest at its end."""
    return data + box(b"uuid", C2PA + bytes(64))
