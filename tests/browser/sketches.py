"""Pictures that people post: a boat by day and by night."""

from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 640, 360
SKY = {"day": ((120, 180, 235), (250, 225, 190)), "night": ((14, 18, 52), (70, 60, 110))}
SEA = {"day": (38, 104, 148), "night": (16, 32, 70)}


def boat(folder: Path, time: str = "day") -> Path:
    """Draw a paper boat on the sea and return the PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    above, below = SKY[time]
    for y in range(HEIGHT):
        share = y / HEIGHT
        draw.line([(0, y), (WIDTH, y)], tuple(round(a + (b - a) * share) for a, b in zip(above, below, strict=True)))
    draw.ellipse((470, 50, 540, 120), fill=(255, 240, 200) if time == "day" else (230, 232, 245))
    draw.rectangle((0, 240, WIDTH, HEIGHT), fill=SEA[time])
    draw.polygon([(190, 235), (430, 235), (380, 285), (240, 285)], fill=(250, 250, 246))
    draw.polygon([(250, 235), (370, 235), (310, 130)], fill=(236, 236, 230))
    draw.polygon([(310, 130), (370, 235), (325, 235)], fill=(205, 207, 205))
    path = folder / f"boat-by-{time}.png"
    image.save(path)
    return path
