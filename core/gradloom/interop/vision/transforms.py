"""Transforms of pictures, to be chained by `Compose`, with torchvision's chances for one seed."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any

from gradloom.creation import empty
from gradloom.dtypes import dtype as DType
from gradloom.dtypes import float32
from gradloom.interop.vision import functional
from gradloom.interop.vision.functional import InterpolationMode, get_image_size
from gradloom.nn.module import Module
from gradloom.random import rand, randint, randperm
from gradloom.tensor import Tensor

__all__ = [
    "CenterCrop", "ColorJitter", "Compose", "ConvertImageDtype", "Grayscale", "Identity", "InterpolationMode",
    "Lambda", "Normalize", "PILToTensor", "Pad", "RandomApply", "RandomChoice", "RandomCrop", "RandomErasing",
    "RandomGrayscale", "RandomHorizontalFlip", "RandomInvert", "RandomOrder", "RandomResizedCrop",
    "RandomRotation", "RandomVerticalFlip", "Resize", "ToDtype", "ToImage", "ToPILImage", "ToTensor",
    "functional",
]  # fmt: skip

Transform = Callable[[Any], Any]


class Compose:
    """Transforms one after the other.

    Args:
        transforms: the transforms in their order.
    """

    def __init__(self, transforms: Sequence[Transform]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        inside = "".join(f"\n    {transform}" for transform in self.transforms)
        return f"{type(self).__name__}({inside}\n)"


class Setting(Module):
    """A transform that prints with what it was made with."""

    shown: tuple[str, ...] = ()

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)}" for name in self.shown)
        return f"{type(self).__name__}({inside})"


def _uniform(low: float, high: float) -> float:
    return float(empty(1).uniform_(low, high).item())


class ToTensor(Setting):
    """A picture or an array (H, W, C) as a tensor (C, H, W); bytes become floats from 0 to 1."""

    def forward(self, pic: Any) -> Tensor:
        return functional.to_tensor(pic)


class PILToTensor(Setting):
    """A picture as a tensor (C, H, W) of the numbers that it has."""

    def forward(self, pic: Any) -> Tensor:
        return functional.pil_to_tensor(pic)


class ToImage(Setting):
    """A picture or an array (H, W, C) as a tensor (C, H, W) of the numbers that it has."""

    def forward(self, inpt: Any) -> Tensor:
        return functional.to_image(inpt)


class ToDtype(Setting):
    """A tensor in another dtype; with `scale` white stays white."""

    shown = ("scale",)

    def __init__(self, dtype: DType, scale: bool = False) -> None:
        super().__init__()
        self.dtype = dtype
        self.scale = scale

    def forward(self, inpt: Any) -> Any:
        return functional.to_dtype(inpt, self.dtype, self.scale) if isinstance(inpt, Tensor) else inpt


class ConvertImageDtype(Setting):
    """A tensor in another dtype, in which white stays white."""

    def __init__(self, dtype: DType = float32) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Tensor) -> Tensor:
        return functional.convert_image_dtype(image, self.dtype)


class ToPILImage(Setting):
    """A tensor (C, H, W) or an array (H, W, C) as a picture."""

    def __init__(self, mode: str | None = None) -> None:
        super().__init__()
        self.mode = mode

    def forward(self, pic: Any) -> Any:
        return functional.to_pil_image(pic, self.mode)


class Normalize(Setting):
    """(x - mean) / std for each channel."""

    shown = ("mean", "std")

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        super().__init__()
        self.mean = mean
        self.std = std
        self.inplace = inplace

    def forward(self, tensor: Tensor) -> Tensor:
        return functional.normalize(tensor, self.mean, self.std, self.inplace)


class Resize(Setting):
    """Brings to (height, width), or to a shorter side of that length."""

    shown = ("size", "interpolation", "max_size", "antialias")

    def __init__(
        self,
        size: Any,
        interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = size
        self.interpolation = interpolation
        self.max_size = max_size
        self.antialias = antialias

    def forward(self, img: Any) -> Any:
        return functional.resize(img, self.size, self.interpolation, self.max_size)


class CenterCrop(Setting):
    """Takes the middle, of this (height, width)."""

    shown = ("size",)

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = _two(size)

    def forward(self, img: Any) -> Any:
        return functional.center_crop(img, self.size)


def _two(size: Any) -> tuple[int, int]:
    if isinstance(size, numbers.Number):
        return int(size), int(size)  # type: ignore[call-overload]
    return (size[0], size[0]) if len(size) == 1 else (size[0], size[1])


class Pad(Setting):
    """Puts a border around."""

    shown = ("padding", "fill", "padding_mode")

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode

    def forward(self, img: Any) -> Any:
        return functional.pad(img, self.padding, self.fill, self.padding_mode)


class RandomCrop(Setting):
    """Takes a part of this (height, width) at a random place."""

    shown = ("size", "padding")

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size = _two(size)
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    def forward(self, img: Any) -> Any:
        if self.padding is not None:
            img = functional.pad(img, self.padding, self.fill, self.padding_mode)
        wide, high = get_image_size(img)
        height, width = self.size
        if self.pad_if_needed and wide < width:
            img = functional.pad(img, [width - wide, 0], self.fill, self.padding_mode)
        if self.pad_if_needed and high < height:
            img = functional.pad(img, [0, height - high], self.fill, self.padding_mode)
        wide, high = get_image_size(img)
        if high < height or wide < width:
            raise ValueError(
                f"Required crop size {(height, width)} is larger than input image size {(high, wide)}"
            )
        if (wide, high) == (width, height):
            return functional.crop(img, 0, 0, height, width)
        top = int(randint(0, high - height + 1, (1,)).item())
        left = int(randint(0, wide - width + 1, (1,)).item())
        return functional.crop(img, top, left, height, width)


class RandomResizedCrop(Setting):
    """Takes a part of random area and proportions and brings it to this size."""

    shown = ("size", "scale", "ratio")

    def __init__(
        self,
        size: Any,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: InterpolationMode | int = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = _two(size)
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation

    def forward(self, img: Any) -> Any:
        return functional.resized_crop(img, *self._box(*get_image_size(img)), self.size, self.interpolation)

    def _box(self, wide: int, high: int) -> tuple[int, int, int, int]:
        """Top, left, height and width of the part; the middle where ten tries did not fit."""
        logs = [math.log(each) for each in self.ratio]
        for _ in range(10):
            area = wide * high * _uniform(self.scale[0], self.scale[1])
            aspect = math.exp(_uniform(logs[0], logs[1]))
            width, height = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < width <= wide and 0 < height <= high:
                top = int(randint(0, high - height + 1, (1,)).item())
                left = int(randint(0, wide - width + 1, (1,)).item())
                return top, left, height, width
        width, height = wide, high
        if wide / high < min(self.ratio):
            height = round(wide / min(self.ratio))
        elif wide / high > max(self.ratio):
            width = round(high * max(self.ratio))
        return (high - height) // 2, (wide - width) // 2, height, width


class _Chance(Setting):
    """Does something to a picture with the chance `p`."""

    shown: tuple[str, ...] = ("p",)

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def change(self, img: Any) -> Any:
        raise NotImplementedError

    def forward(self, img: Any) -> Any:
        return self.change(img) if rand(1).item() < self.p else img


class RandomHorizontalFlip(_Chance):
    """Mirrors left to right."""

    def change(self, img: Any) -> Any:
        return functional.hflip(img)


class RandomVerticalFlip(_Chance):
    """Mirrors top to bottom."""

    def change(self, img: Any) -> Any:
        return functional.vflip(img)


class RandomInvert(_Chance):
    """Exchanges light and dark."""

    def change(self, img: Any) -> Any:
        return functional.invert(img)


class RandomGrayscale(_Chance):
    """Takes the colour away, and keeps the number of channels."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__(p)

    def change(self, img: Any) -> Any:
        channels = img.shape[-3] if isinstance(img, Tensor) else len(img.getbands())
        return functional.rgb_to_grayscale(img, channels)


class RandomRotation(Setting):
    """Turns by a random angle.

    Args:
        degrees: the range of angles; one number stands for (-degrees, degrees).
    """

    shown = ("degrees", "interpolation", "expand", "fill")

    def __init__(
        self,
        degrees: Any,
        interpolation: InterpolationMode | int = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Any = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        single = isinstance(degrees, numbers.Number)
        self.degrees = [-float(degrees), float(degrees)] if single else [float(each) for each in degrees]
        self.interpolation = interpolation
        self.expand = expand
        self.center = center
        self.fill = fill

    def forward(self, img: Any) -> Any:
        angle = _uniform(self.degrees[0], self.degrees[1])
        return functional.rotate(img, angle, self.interpolation, self.expand, self.center, self.fill)


class Grayscale(Setting):
    """Takes the colour away."""

    shown = ("num_output_channels",)

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        return functional.rgb_to_grayscale(img, self.num_output_channels)


class ColorJitter(Setting):
    """Changes brightness, contrast, saturation and hue at random, in random order.

    Args:
        brightness, contrast, saturation: a factor from [max(0, 1 - x), 1 + x], or from the range given.
        hue: a share of the circle from [-x, x], or from the range given.
    """

    shown = ("brightness", "contrast", "saturation", "hue")

    def __init__(self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0) -> None:
        super().__init__()
        self.brightness = self._range(brightness, 1.0)
        self.contrast = self._range(contrast, 1.0)
        self.saturation = self._range(saturation, 1.0)
        self.hue = self._range(hue, 0.0)

    @staticmethod
    def _range(value: Any, centre: float) -> tuple[float, float] | None:
        if isinstance(value, numbers.Number):
            width = float(value)  # type: ignore[arg-type]
            low = max(centre - width, 0.0) if centre else -width
            value = (low, centre + width)
        return None if value[0] == value[1] == centre else (float(value[0]), float(value[1]))

    def forward(self, img: Any) -> Any:
        changes = (
            (functional.adjust_brightness, self.brightness),
            (functional.adjust_contrast, self.contrast),
            (functional.adjust_saturation, self.saturation),
            (functional.adjust_hue, self.hue),
        )
        order = randperm(4).tolist()
        # All are drawn before the first is used, as torchvision does.
        drawn = [None if limits is None else _uniform(*limits) for _, limits in changes]
        for place in order:
            factor = drawn[place]
            if factor is not None:
                img = changes[place][0](img, factor)
        return img


class RandomErasing(_Chance):
    """Blots out a random rectangle of a tensor."""

    shown = ("p", "scale", "ratio", "value")

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__(p)
        self.scale = scale
        self.ratio = ratio
        self.value = value
        self.inplace = inplace

    def change(self, img: Tensor) -> Tensor:
        high, wide = img.shape[-2:]
        logs = [math.log(each) for each in self.ratio]
        for _ in range(10):
            area = wide * high * _uniform(self.scale[0], self.scale[1])
            aspect = math.exp(_uniform(logs[0], logs[1]))
            height, width = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if not (height < high and width < wide):
                continue
            top = int(randint(0, high - height + 1, (1,)).item())
            left = int(randint(0, wide - width + 1, (1,)).item())
            result = img if self.inplace else img.clone()
            result[..., top : top + height, left : left + width] = self.value
            return result
        return img


class Lambda(Setting):
    """A function of the script's own."""

    def __init__(self, lambd: Transform) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, img: Any) -> Any:
        return self.lambd(img)


class Identity(Setting):
    """Nothing."""

    def forward(self, img: Any) -> Any:
        return img


class RandomApply(_Chance):
    """Some transforms, all of them or none, with the chance `p`."""

    def __init__(self, transforms: Sequence[Transform], p: float = 0.5) -> None:
        super().__init__(p)
        self.transforms = transforms

    def change(self, img: Any) -> Any:
        return Compose(self.transforms)(img)


class RandomOrder(Compose):
    """Transforms one after the other, in random order."""

    def __call__(self, img: Any) -> Any:
        for place in randperm(len(self.transforms)).tolist():
            img = self.transforms[place](img)
        return img


class RandomChoice(Compose):
    """One of the transforms, each with the same chance."""

    def __call__(self, img: Any) -> Any:
        return self.transforms[int(randint(0, len(self.transforms), (1,)).item())](img)
