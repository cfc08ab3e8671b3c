"""Draws the pictures of your-own-pictures.md: 60 each of circles, squares and stripes with noise, gray, RGB and RGBA mixed, and a file that is none.

Run: python3 make_shapes.py own   (needs nothing but Python 3). The result is the same byte for byte on every run.
"""
import pathlib
import random
import struct
import sys
import zlib

COUNT, SMALLEST, LARGEST = 60, 24, 90


def circle(x, y, middle, size):
    return (x - middle[0]) ** 2 + (y - middle[1]) ** 2 < size ** 2


def square(x, y, middle, size):
    return max(abs(x - middle[0]), abs(y - middle[1])) < size


def stripe(x, y, middle, size):
    return (x + y - sum(middle)) % (size * 0.8) < size * 0.4


def png(width, height, channels, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    color = {1: 0, 3: 2, 4: 6}[channels]
    pixels = b"".join(b"\0" + bytes(row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


def draw(draws, shape):
    width, height = draws.randint(SMALLEST, LARGEST), draws.randint(SMALLEST, LARGEST)
    size = min(width, height) * draws.uniform(0.3, 0.45)
    middle = draws.uniform(size, width - size), draws.uniform(size, height - size)
    channels = draws.choice([1, 3, 4])
    dark, bright = ([draws.randint(low, low + 70) for _ in range(min(channels, 3))] for low in (20, 160))

    def pixel(x, y):
        values = bright if shape(x, y, middle, size) else dark
        noisy = [min(255, max(0, value + draws.randint(-30, 30))) for value in values]
        return noisy + [255] if channels == 4 else noisy

    return png(width, height, channels, [[value for x in range(width) for value in pixel(x, y)] for y in range(height)])


folder = pathlib.Path(sys.argv[1])
draws = random.Random(1)
for name, shape in ("circles", circle), ("squares", square), ("stripes", stripe):
    (folder / name).mkdir(parents=True, exist_ok=True)
    for i in range(COUNT):
        (folder / name / f"{i:03}.png").write_bytes(draw(draws, shape))
(folder / "squares" / "broken.png").write_text("This is no picture.\n")
