"""Image files as a model sees them: squares of red, green and blue, upright, whatever their format, size and sides."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from seq2seq_cli.data.captions import CHANNELS, Values
from seq2seq_cli.data.readers.sources import open_source
from seq2seq_cli.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 64_000_000
"""Of a file; one that claims more is not opened, for it may be made to fill the memory."""
FORMS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "ICO", "TGA")
"""What is read. Pillow knows others, of which some run other programs to be read (EPS) or are read nowhere else."""
GREY = (128, 128, 128)
"""Behind what is transparent, and where an image that is no square has no pixels."""


def pillow() -> ModuleType:
    """Return Pillow's module of images.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError("Pillow", "images", "reading image files") from None
    return Image


def read_image(path: Path, size: int) -> Values:
    """Read an image as (size, size, 3) of uint8.

    It is turned as its camera says (EXIF), made red, green and blue, made smaller or larger until its longer side is
    `size`, and centred on a grey square: nothing is cut off and nothing is stretched.

    Raises:
        DataError: it can't be read; the message says why, without a place in a list.
        MissingExtraError: Pillow is not installed.
    """
    Image = pillow()  # a module that is named like a class
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a large image: the limit here is ours; of odd metadata: it is not read
            with open_source(path) as file, Image.open(file, formats=FORMS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise DataError(f"{path}: {image.width:,} by {image.height:,} pixels are more than {MOST_PIXELS:,}")
                return _square(image, size)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{path}: it is no image of a form that is read (PNG, JPEG, GIF, WebP, TIFF, …)") from None
    except Image.DecompressionBombError:
        raise DataError(f"{path}: its pixels are more than {MOST_PIXELS:,}") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # a damaged file makes its decoder fail in many ways
        raise DataError(f"{path}: it is a damaged image ({type(error).__name__}: {error})") from None


def _square(image: Image, size: int) -> Values:
    """Return an opened image as a square array."""
    import numpy as np
    from PIL import ImageOps
    from PIL.Image import Resampling, new

    image.draft("RGB", (2 * size, 2 * size))  # a large JPEG is decoded small
    upright = _smaller(ImageOps.exif_transpose(image), size)
    if "transparency" in upright.info or upright.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        cut = _smaller(upright.convert("RGBA"), size)
        upright = new("RGB", cut.size, GREY)
        upright.paste(cut, mask=cut.getchannel("A"))
    scale = size / max(upright.size)
    sides = [max(1, round(side * scale)) for side in upright.size]
    plain = _smaller(_smaller(_eight_bits(upright), size).convert("RGB"), size)
    fitted = plain.resize((sides[0], sides[1]), Resampling.LANCZOS)
    square = new("RGB", (size, size), GREY)
    square.paste(fitted, ((size - fitted.width) // 2, (size - fitted.height) // 2))
    values: Values = np.array(square, dtype=np.uint8)
    assert values.shape == (size, size, CHANNELS)
    return values


def _smaller(image: Image, size: int) -> Image:
    """Return a large image as a smaller one that is still four times what is wanted, so that it is not held twice.

    Colours of a palette, numbers of more bits, and a colour that means transparent have no mean: they stay until they
    are converted.
    """
    factor = max(image.size) // (4 * size)
    has_mean = image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") and "transparency" not in image.info
    return image.reduce(factor) if factor > 1 and has_mean else image


def _eight_bits(image: Image) -> Image:
    """Return an image of 8 bits a channel; one of 16 or 32 would be cut off at 255 by a conversion."""
    if image.mode[0] not in "IF":
        return image
    low, high = image.getextrema()
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return image
    top = 65535.0 if high > 255 else 255.0
    return image.convert("F").point(lambda value: value * (255.0 / top) + 0.0).convert("L")
