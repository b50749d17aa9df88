"""Reading image files: whatever their format, sides and depth, the model sees a square; what is damaged is said."""

from __future__ import annotations

import os
import struct
import sys
import threading
import zlib

import numpy as np
import pytest

from seq2seq_cli.data.readers.images import GREY, read_image
from seq2seq_cli.errors import DataError

Image = pytest.importorskip("PIL.Image")


def saved(path, pixels: np.ndarray, mode: str | None = None, **options):
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def plain(colour: tuple[int, ...], height: int = 20, width: int = 20) -> np.ndarray:
    return np.broadcast_to(np.array(colour, dtype=np.uint8), (height, width, len(colour))).copy()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.webp", "a.tiff"])
def test_formats_give_the_same_square(tmp_path, name) -> None:
    found = read_image(saved(tmp_path / name, plain((200, 40, 90))), 12)
    assert (found.shape, found.dtype) == ((12, 12, 3), np.uint8)
    assert abs(found.astype(int) - (200, 40, 90)).max() <= 4


@pytest.mark.parametrize(("height", "width"), [(10, 40), (40, 10)])
def test_what_is_no_square_is_centred_and_not_stretched(tmp_path, height, width) -> None:
    found = read_image(saved(tmp_path / "a.png", plain((250, 0, 0), height, width)), 8)
    shown = (found == (250, 0, 0)).all(axis=2)
    grey = (found == GREY).all(axis=2)
    assert shown.sum() == 16
    assert (shown | grey).all()
    long, short = (shown.any(axis=0), shown.any(axis=1)) if width > height else (shown.any(axis=1), shown.any(axis=0))
    assert long.all()
    assert short.tolist() == [False] * 3 + [True] * 2 + [False] * 3


def test_an_image_is_turned_as_its_camera_says(tmp_path) -> None:
    pixels = plain((0, 0, 0), 16, 16)
    pixels[:8] = 255  # white above
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right, so that white is on the right
    found = read_image(saved(tmp_path / "a.jpg", pixels, exif=exif), 16)
    assert found[:, 12:].mean() > 240
    assert found[:, :4].mean() < 15


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_places_are_grey(tmp_path, mode) -> None:
    pixels = plain((250, 250, 250, 255))
    pixels[:10, :, 3] = 0
    image = Image.fromarray(pixels)
    if mode == "P":
        image = Image.fromarray(np.repeat([[0], [1]], 10, axis=0).repeat(20, axis=1).astype(np.uint8), mode="P")
        image.putpalette([9, 9, 9, 250, 250, 250])
        image.save(tmp_path / "a.png", transparency=0)
    else:
        image.convert(mode).save(tmp_path / "a.png")
    found = read_image(tmp_path / "a.png", 20)
    assert (found[:8] == GREY).all()
    assert (found[12:] == 250).all()


def test_sixteen_bits_are_scaled_and_not_cut_off(tmp_path) -> None:
    ramp = np.linspace(0, 65535, 16 * 16).reshape(16, 16).astype(np.uint16)
    found = read_image(saved(tmp_path / "a.png", ramp), 16)
    assert found.min() <= 2
    assert found.max() >= 253
    assert abs(int(found[7, 15, 0]) - 127) <= 3


def test_a_picture_in_grey_has_three_channels(tmp_path) -> None:
    found = read_image(saved(tmp_path / "a.png", plain((90, 90, 90)), "L"), 6)
    assert (found == 90).all()


@pytest.mark.parametrize(("mode", "name"), [("CMYK", "a.jpg"), ("YCbCr", "a.jpg"), ("1", "a.png"), ("P", "a.gif")])
def test_other_modes_become_red_green_and_blue(tmp_path, mode, name) -> None:
    pixels = plain((255, 255, 255))
    pixels[:10] = 0
    found = read_image(saved(tmp_path / name, pixels, mode), 20)
    assert found[:9].max() < 8
    assert found[11:].min() > 247


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.tiff"])
def test_of_a_picture_that_moves_the_first_is_read(tmp_path, name) -> None:
    first, second = (Image.fromarray(plain(colour)) for colour in ((250, 10, 10), (10, 10, 250)))
    first.save(tmp_path / name, save_all=True, append_images=[second])
    found = read_image(tmp_path / name, 8)
    assert abs(found.astype(int) - (250, 10, 10)).max() < 16


def test_a_line_of_pixels_is_a_picture(tmp_path) -> None:
    found = read_image(saved(tmp_path / "a.png", plain((250, 0, 0), 1, 900)), 8)
    assert (found == (250, 0, 0)).all(axis=2).sum() == 8
    assert (read_image(saved(tmp_path / "b.png", plain((9, 9, 9), 1, 1)), 8) == 9).all()


def test_what_another_program_would_have_to_read_is_no_image(tmp_path) -> None:
    Image.fromarray(plain((1, 2, 3))).save(tmp_path / "a.eps")
    with pytest.raises(DataError, match=r"a\.eps: it is no image of a form that is read"):
        read_image(tmp_path / "a.eps", 8)


def test_half_of_a_file_is_said_to_be_half(tmp_path) -> None:
    draw = np.random.default_rng(0)
    content = saved(tmp_path / "a.jpg", draw.integers(0, 256, (200, 200, 3), dtype=np.uint8)).read_bytes()
    (tmp_path / "half.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"half\.jpg: image file is truncated"):
        read_image(tmp_path / "half.jpg", 8)


def test_what_is_no_image_is_said(tmp_path) -> None:
    (tmp_path / "text.jpg").write_text("not an image")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    for name in ("text.jpg", "empty.png"):
        with pytest.raises(DataError, match=f"{name}: it is no image of a form that is read"):
            read_image(tmp_path / name, 8)
    with pytest.raises(DataError, match=r"none\.png: No such file"):
        read_image(tmp_path / "none.png", 8)
    with pytest.raises(DataError, match=r"folder\.png: it is a folder"):
        read_image(tmp_path / "folder.png", 8)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.tiff", "a.webp"])
def test_a_damaged_file_is_an_error_with_its_name_or_still_a_picture(tmp_path, name) -> None:
    """A file cut off or overwritten anywhere must neither end the program nor warn."""
    draw = np.random.default_rng(0)
    content = saved(tmp_path / name, draw.integers(0, 256, (40, 30, 3), dtype=np.uint8)).read_bytes()
    damaged = tmp_path / f"damaged-{name}"
    failed = 0
    for number in range(40):
        wrong = bytearray(content[: draw.integers(1, len(content))] if number % 2 else content)
        for place in draw.integers(0, len(wrong), 6):
            wrong[place] = draw.integers(256)
        damaged.write_bytes(wrong)
        try:
            assert read_image(damaged, 8).shape == (8, 8, 3)
        except DataError as error:
            failed += 1
            assert str(damaged) in str(error)
            assert "\n" not in str(error)
    assert failed


def test_a_file_that_claims_too_many_pixels_is_not_opened(tmp_path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side in (9_000, 40_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
        with pytest.raises(DataError, match="more than 64,000,000"):
            read_image(tmp_path / "bomb.png", 8)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are Unix's")
def test_a_pipe_is_read_and_one_that_nobody_writes_to_is_not_waited_for(tmp_path) -> None:
    content = saved(tmp_path / "a.png", plain((9, 8, 7))).read_bytes()
    os.mkfifo(tmp_path / "idle.png")
    with pytest.raises(DataError, match=r"idle\.png: it is no image"):
        read_image(tmp_path / "idle.png", 8)
    reader, writer = os.pipe()  # as a shell makes for <(command)
    threading.Thread(target=lambda: (os.write(writer, content), os.close(writer)), daemon=True).start()
    assert (read_image(f"/dev/fd/{reader}", 8) == (9, 8, 7)).all()
    os.close(reader)
    for path, kind in (("/dev/zero", "a device"), (tmp_path, "a folder")):
        with pytest.raises(DataError, match=f"it is {kind}, and no file"):
            read_image(path, 8)
    with pytest.raises(DataError, match="can't be a name"):
        read_image(tmp_path / "a\0b.png", 8)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "CMYK", "I;16"])
def test_a_large_image_is_what_a_small_one_is(tmp_path, mode) -> None:
    """It is made smaller before all else where it can be, so that several copies of it are never held."""
    pixels = plain((255, 255, 255), 60, 60)
    pixels[:30] = 0
    large = pixels.repeat(20, axis=0).repeat(20, axis=1)
    found = []
    for name, image in (("small", pixels), ("large", large)):
        made = Image.fromarray(image)
        made = Image.fromarray(image[..., 0].astype(np.uint16) * 257) if mode == "I;16" else made.convert(mode)
        path = tmp_path / f"{name}.{'tiff' if mode == 'CMYK' else 'png'}"
        made.save(path)
        found.append(read_image(path, 12).astype(int))
    assert abs(found[0] - found[1]).max() < 24
    assert found[1][0].max() < 8
    assert found[1][-1].min() > 247


def test_a_colour_that_means_transparent_is_not_mixed_with_others(tmp_path) -> None:
    pixels = plain((250, 0, 0), 600, 600)
    pixels[::2] = (0, 0, 255)  # of which only the exact colour is transparent
    Image.fromarray(pixels).save(tmp_path / "a.png", transparency=(0, 0, 255))
    assert abs(read_image(tmp_path / "a.png", 8).astype(int).mean(axis=(0, 1)) - (189, 64, 64)).max() < 24
