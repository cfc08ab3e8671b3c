"""Writes digits.zip: the 1,797 handwritten digits of scikit-learn's load_digits() as 8-bit gray PNG files, value = 15 x pixel (0..240).

Path in the zip: <digit>/<train|test>-<row>.png. The first 1,437 rows train, the last 360 test: README.md says who wrote them.
Run: python3 make_digits.py   (needs scikit-learn; made with 1.2.1). The result is the same byte for byte on every run.
"""
import struct
import zipfile
import zlib

from sklearn.datasets import load_digits

TRAINING_ROWS = 1437


def png(pixels):
    height, width = pixels.shape

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(row) for row in pixels)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


digits = load_digits()
with zipfile.ZipFile("digits.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for row, (image, label) in enumerate(zip(digits.images, digits.target)):
        part = "train" if row < TRAINING_ROWS else "test"
        entry = zipfile.ZipInfo(f"{label}/{part}-{row:04}.png", date_time=(1998, 7, 1, 0, 0, 0))
        archive.writestr(entry, png((image * 15).astype("uint8")))
