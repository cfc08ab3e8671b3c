"""Writes one small picture in each of the formats that docs/guide/images.md tells of, into the folder of this file.

All show the same 24 x 16 pixels in four quarters: red, green above; blue, white below. Gray pictures have levels instead of colours.
Run: python3 make_pictures.py   (needs Pillow with WebP; made with 9.4.0).
"""
import pathlib

from PIL import Image

FOLDER = pathlib.Path(__file__).parent
SIZE = WIDTH, HEIGHT = 24, 16
COLORS = [(200, 0, 0), (0, 160, 0), (0, 0, 120), (240, 240, 240)]
LEVELS = [0, 80, 160, 240]


def quarters(mode, values):
    picture = Image.new(mode, SIZE)
    for value, x, y in zip(values, (0, WIDTH // 2, 0, WIDTH // 2), (0, 0, HEIGHT // 2, HEIGHT // 2)):
        picture.paste(value, (x, y, x + WIDTH // 2, y + HEIGHT // 2))
    return picture


def save(picture, name, **options):
    picture.save(FOLDER / name, **options)


color, gray = quarters("RGB", COLORS), quarters("L", LEVELS)
jpeg = {"quality": 95, "subsampling": 0}   # every quarter keeps its colour up to its border

save(color, "color.png")
save(color, "color.bmp")
save(color, "color.webp", lossless=True)
save(color, "color.tiff")   # which Skia does not read
save(color.convert("P", palette=Image.Palette.ADAPTIVE, colors=4), "palette.png")
save(color.convert("P", palette=Image.Palette.ADAPTIVE, colors=4), "palette.gif")
save(gray, "gray.png")
save(Image.frombytes("I;16", SIZE, bytes(byte for level in gray.tobytes() for byte in (level, level))), "gray-16-bit.png")
save(quarters("RGBA", [(200, 0, 0, 255), (0, 160, 0, 128), (0, 0, 120, 64), (240, 240, 240, 0)]), "alpha.png")
save(color, "color.jpg", **jpeg)
save(gray, "gray.jpg", **jpeg)
save(color, "progressive.jpg", progressive=True, **jpeg)
save(color.convert("CMYK"), "cmyk.jpg", **jpeg)

# As a camera that was held upright stores it: the pixels lie on their side, and EXIF tells to turn them by 90 degrees clockwise.
exif = Image.Exif()
exif[0x0112] = 6
save(color.transpose(Image.Transpose.ROTATE_90), "exif-rotated.jpg", exif=exif, **jpeg)
