"""Transforms as functions, on pictures (PIL images) and on tensors (..., C, H, W)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from gradloom.creation import as_tensor, from_numpy
from gradloom.dtypes import dtype as DType
from gradloom.dtypes import float32, get_default_dtype
from gradloom.tensor import Tensor

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation",
    "center_crop", "convert_image_dtype", "crop", "get_image_size", "hflip", "invert", "normalize", "pad",
    "pil_to_tensor", "resize", "resized_crop", "rgb_to_grayscale", "rotate", "to_dtype", "to_grayscale",
    "to_image", "to_pil_image", "to_tensor", "vflip",
]  # fmt: skip


class InterpolationMode(Enum):
    """How values between pixels are found."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


def _resampling(mode: InterpolationMode | int) -> Any:
    from PIL.Image import Resampling

    if isinstance(mode, int):
        return Resampling(mode)
    return Resampling["NEAREST" if mode.name == "NEAREST_EXACT" else mode.name]


def _checked(img: Any) -> Any:
    from PIL.Image import Image

    if not isinstance(img, (Image, Tensor)):
        raise TypeError(f"img should be PIL Image or Tensor. Got {type(img)}")
    return img


def get_image_size(img: Image | Tensor) -> list[int]:
    """Width and height."""
    if isinstance(img, Tensor):
        return [int(img.shape[-1]), int(img.shape[-2])]
    return list(_checked(img).size)


# Between pictures and tensors


def pil_to_tensor(pic: Image) -> Tensor:
    """The picture's numbers as (C, H, W), in the dtype that they have."""
    pixels = np.array(pic.convert("L") if pic.mode == "1" else pic, copy=True)
    if pic.mode == "1":
        pixels //= 255
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    return from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


def to_tensor(pic: Any) -> Tensor:
    """A picture or an array (H, W, C) as a tensor (C, H, W); bytes become floats from 0 to 1."""
    if isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        pixels = pic[:, :, None] if pic.ndim == 2 else pic
        tensor = from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
    elif isinstance(pic, Tensor):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    else:
        tensor = pil_to_tensor(pic)
    if tensor.array.dtype != np.uint8:
        return tensor
    return from_numpy(tensor.array.astype(get_default_dtype().numpy) / np.float32(255))


def to_image(inpt: Any) -> Tensor:
    """A picture or an array (H, W, C) as a tensor (C, H, W) of the numbers that it has."""
    if isinstance(inpt, Tensor):
        return inpt
    if isinstance(inpt, np.ndarray):
        return from_numpy(np.ascontiguousarray(np.atleast_3d(inpt).transpose(2, 0, 1)))
    return pil_to_tensor(inpt)


def convert_image_dtype(image: Tensor, dtype: DType = float32) -> Tensor:
    """The same picture in another dtype, with the largest value that stands for white in each."""
    if image.dtype is dtype:
        return image
    if image.is_floating_point():
        if dtype.is_floating_point:
            return image.to(dtype)
        return (image * (np.iinfo(dtype.numpy).max + 1.0 - 1e-3)).to(dtype)
    if dtype.is_floating_point:
        return image.to(dtype) / np.iinfo(image.array.dtype).max
    raise NotImplementedError(
        f"Pictures are not converted from {image.dtype} to {dtype}; go through float32."
    )


def to_dtype(inpt: Tensor, dtype: DType = float32, scale: bool = False) -> Tensor:
    """Another dtype; with `scale` white stays white."""
    return convert_image_dtype(inpt, dtype) if scale else inpt.to(dtype)


def to_pil_image(pic: Any, mode: str | None = None) -> Image:
    """A tensor (C, H, W) or an array (H, W, C) as a picture; floats from 0 to 1 become bytes."""
    from PIL import Image

    if isinstance(pic, Tensor):
        if not 2 <= pic.ndim <= 3:
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        pixels = pic.detach().array
        pixels = pixels[None] if pixels.ndim == 2 else pixels
        if pixels.dtype.kind == "f" and mode != "F":
            pixels = (pixels * 255).astype(np.uint8)
        pixels = pixels.transpose(1, 2, 0)
    else:
        pixels = np.atleast_3d(pic)
    if pixels.shape[2] not in (1, 2, 3, 4):
        raise ValueError(f"pic should not have > 4 channels. Got {pixels.shape[2]} channels.")
    pixels = np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    made = Image.fromarray(pixels)
    return made if mode is None or made.mode == mode else made.convert(mode)


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """(tensor - mean) / std for each channel."""
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.ndim < 3:
        raise ValueError(
            "Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = "
            f"{tensor.shape}."
        )
    middle, spread = (as_tensor(each, dtype=tensor.dtype) for each in (mean, std))
    if bool((spread == 0).any()):
        raise ValueError(
            f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero."
        )
    if middle.ndim == 1:
        middle, spread = middle.view(-1, 1, 1), spread.view(-1, 1, 1)
    result = tensor if inplace else tensor.clone()
    return result.sub_(middle).div_(spread)


# Size


def _target_size(width: int, height: int, size: Any, longest: int | None) -> tuple[int, int]:
    """(height, width) for the size that a script gave: both, or the shorter side alone."""
    if not isinstance(size, int) and len(size) == 2:
        return int(size[0]), int(size[1])
    shorter = size if isinstance(size, int) else int(size[0])
    short, long = min(width, height), max(width, height)
    new_short, new_long = shorter, int(shorter * long / short)
    if longest is not None and new_long > longest:
        new_short, new_long = int(longest * new_short / new_long), longest
    return (new_long, new_short) if width <= height else (new_short, new_long)


def resize(
    img: Any,
    size: Any,
    interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """Brought to (height, width), or to a shorter side of that length with the same proportions."""
    width, height = get_image_size(_checked(img))
    new_height, new_width = _target_size(width, height, size, max_size)
    if (new_height, new_width) == (height, width):
        return img
    if isinstance(img, Tensor):
        return _resized_tensor(img, new_height, new_width, interpolation)
    return img.resize((new_width, new_height), _resampling(interpolation))


def _resized_tensor(img: Tensor, height: int, width: int, mode: InterpolationMode | int) -> Tensor:
    from PIL import Image

    planes = img.detach().array.reshape(-1, *img.shape[-2:]).astype(np.float32)
    made = np.stack(
        [np.asarray(Image.fromarray(p).resize((width, height), _resampling(mode))) for p in planes]
    )
    if not img.is_floating_point():
        made = np.clip(np.rint(made), 0, 255)
    return from_numpy(made.reshape(*img.shape[:-2], height, width).astype(img.array.dtype))


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """The part of this size at this place; what lies outside is black."""
    if not isinstance(img, Tensor):
        return _checked(img).crop((left, top, left + width, top + height))
    right, bottom = left + width - img.shape[-1], top + height - img.shape[-2]
    if min(top, left) < 0 or max(right, bottom) > 0:
        sides = [max(-left, 0), max(-top, 0), max(right, 0), max(bottom, 0)]
        img = pad(img, sides)
        top, left = max(top, 0), max(left, 0)
    return img[..., top : top + height, left : left + width]


def _pair(size: Any) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    return (int(size[0]), int(size[0])) if len(size) == 1 else (int(size[0]), int(size[1]))


def center_crop(img: Any, output_size: Any) -> Any:
    """The middle, of this (height, width); a smaller picture is padded with black first."""
    height, width = _pair(output_size)
    old_width, old_height = get_image_size(img)
    if width > old_width or height > old_height:
        x, y = max(width - old_width, 0), max(height - old_height, 0)
        img = pad(img, [x // 2, y // 2, (x + 1) // 2, (y + 1) // 2])
        old_width, old_height = get_image_size(img)
    top, left = round((old_height - height) / 2.0), round((old_width - width) / 2.0)
    return crop(img, top, left, height, width)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """`crop` and then `resize`."""
    return resize(crop(img, top, left, height, width), size, interpolation)


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """A border around the picture: one width, (left/right, top/bottom), or left, top, right, bottom."""
    widths = [padding] if isinstance(padding, int) else list(padding)
    left, top, right, bottom = (widths * 4)[:4] if len(widths) in (1, 4) else (widths * 2)[:4]
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    if isinstance(img, Tensor):
        return from_numpy(_padded(img.detach().array, -2, left, top, right, bottom, fill, padding_mode))
    _checked(img)
    if padding_mode == "constant":
        from PIL import ImageOps

        return ImageOps.expand(
            img, (left, top, right, bottom), fill=fill if isinstance(fill, int) else tuple(fill)
        )
    from PIL import Image

    return Image.fromarray(_padded(np.asarray(img), 0, left, top, right, bottom, fill, padding_mode))


def _padded(
    array: Any, first: int, left: int, top: int, right: int, bottom: int, fill: Any, mode: str
) -> Any:
    """`array` with a border along the dims `first` and `first + 1`."""
    widths = [(0, 0)] * array.ndim
    widths[first], widths[first + 1] = (top, bottom), (left, right)
    if mode == "constant":
        return np.pad(array, widths, constant_values=fill)
    return np.pad(array, widths, mode)  # type: ignore[call-overload]


# Place and direction


def hflip(img: Any) -> Any:
    """Mirrored left to right."""
    if isinstance(img, Tensor):
        return img.flip(-1)
    from PIL.Image import Transpose

    return _checked(img).transpose(Transpose.FLIP_LEFT_RIGHT)


def vflip(img: Any) -> Any:
    """Mirrored top to bottom."""
    if isinstance(img, Tensor):
        return img.flip(-2)
    from PIL.Image import Transpose

    return _checked(img).transpose(Transpose.FLIP_TOP_BOTTOM)


def rotate(
    img: Any,
    angle: float,
    interpolation: InterpolationMode | int = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Any = None,
    fill: Any = 0,
) -> Any:
    """Turned counter-clockwise by this many degrees; the corners are filled with `fill`."""
    turn = {"resample": _resampling(interpolation), "expand": expand, "center": center}
    if not isinstance(img, Tensor):
        return _checked(img).rotate(angle, fillcolor=fill, **turn)
    from PIL import Image

    planes = img.detach().array.reshape(-1, *img.shape[-2:]).astype(np.float32)
    made = np.stack([np.asarray(Image.fromarray(p).rotate(angle, fillcolor=fill, **turn)) for p in planes])
    return from_numpy(made.reshape(*img.shape[:-2], *made.shape[1:]).astype(img.array.dtype))


# Colour


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """Gray of the same brightness, in one channel or three equal ones."""
    if not isinstance(img, Tensor):
        return to_grayscale(img, num_output_channels)
    if img.shape[-3] == 1:
        gray = img
    else:
        weights = np.array([0.2989, 0.587, 0.114], np.float32)[:, None, None]
        gray = from_numpy((img.detach().array * weights).sum(-3, keepdims=True).astype(img.array.dtype))
    return gray if num_output_channels == 1 else gray.repeat_interleave(3, dim=-3)


def to_grayscale(img: Image, num_output_channels: int = 1) -> Image:
    """The picture in gray, in one channel or three equal ones."""
    gray = img.convert("L")
    return gray if num_output_channels == 1 else gray.convert("RGB")


def _enhanced(img: Any, kind: str, factor: float, blend: Any) -> Any:
    if factor < 0:
        raise ValueError(f"{kind.lower()}_factor ({factor}) is not non-negative.")
    if not isinstance(img, Tensor):
        from PIL import ImageEnhance

        return getattr(ImageEnhance, kind)(_checked(img)).enhance(factor)
    other = np.asarray(blend(img), np.float32)
    top = 1.0 if img.is_floating_point() else 255.0
    mixed = np.clip(factor * img.detach().array + (1.0 - factor) * other, 0, top)
    return from_numpy(mixed.astype(img.array.dtype))


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """Mixed with black: 0 gives black, 1 the picture, 2 twice the brightness."""
    return _enhanced(img, "Brightness", brightness_factor, lambda image: 0.0)


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """Mixed with its mean gray: 0 gives gray, 1 the picture."""

    def mean_gray(image: Tensor) -> Any:
        gray = rgb_to_grayscale(image).array.astype(np.float32)
        return gray.mean(axis=(-3, -2, -1), keepdims=True)

    return _enhanced(img, "Contrast", contrast_factor, mean_gray)


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """Mixed with its gray: 0 gives gray, 1 the picture."""
    return _enhanced(img, "Color", saturation_factor, lambda image: rgb_to_grayscale(image).array)


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """Every hue moved round the circle of colours by this share of it, -0.5 to 0.5."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if isinstance(img, Tensor):
        if img.shape[-3] == 1:
            return img
        turned = adjust_hue(to_pil_image(img), hue_factor)
        return to_tensor(turned) if img.is_floating_point() else pil_to_tensor(turned)
    if _checked(img).mode in ("L", "1", "I", "F"):
        return img
    from PIL import Image

    hue, saturation, value = img.convert("HSV").split()
    moved = (np.asarray(hue).astype(np.int32) + int(hue_factor * 255)) % 256
    merged = Image.merge("HSV", (Image.fromarray(moved.astype(np.uint8)), saturation, value))
    return merged.convert(img.mode)


def invert(img: Any) -> Any:
    """Light and dark exchanged."""
    if isinstance(img, Tensor):
        return (1.0 if img.is_floating_point() else 255) - img
    from PIL import ImageOps

    return ImageOps.invert(_checked(img))
