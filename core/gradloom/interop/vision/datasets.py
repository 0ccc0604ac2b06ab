"""Data sets of pictures as torchvision gives them, from files that are there: nothing is downloaded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gradloom.creation import from_numpy
from gradloom.data.dataset import Dataset
from gradloom.data.sources.from_idx import read as read_idx
from gradloom.random import get_rng_state, manual_seed, randint, randn, set_rng_state
from gradloom.tensor import Tensor

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "KMNIST",
    "MNIST",
    "DatasetFolder",
    "FakeData",
    "FashionMNIST",
    "ImageFolder",
    "VisionDataset",
]  # fmt: skip

Change = Callable[[Any], Any] | None


class VisionDataset(Dataset[tuple[Any, Any]]):
    """Pictures and their targets, each changed by a transform if there is one."""

    def __init__(
        self,
        root: Any = None,
        transforms: Any = None,
        transform: Change = None,
        target_transform: Change = None,
    ) -> None:
        self.root = str(root) if root is not None else None
        self.transforms = transforms
        self.transform = transform
        self.target_transform = target_transform

    def __len__(self) -> int:
        raise NotImplementedError

    def _changed(self, picture: Any, target: Any) -> tuple[Any, Any]:
        if self.transforms is not None:
            return self.transforms(picture, target)  # type: ignore[no-any-return]
        if self.transform is not None:
            picture = self.transform(picture)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return picture, target

    def extra_repr(self) -> str:
        """What to show besides the number of samples and the place."""
        return ""

    def __repr__(self) -> str:
        lines = [f"Dataset {type(self).__name__}", f"    Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"    Root location: {self.root}")
        lines += [f"    {line}" for line in self.extra_repr().splitlines()]
        if self.transform is not None:
            first, *rest = repr(self.transform).splitlines()
            lines += ["StandardTransform", f"Transform: {first}", *(f"           {line}" for line in rest)]
        return "\n".join(lines)


class MNIST(VisionDataset):
    """Handwritten digits, 28 x 28 gray, from the four IDX files below `root`, packed by gzip or not.

    Without them the 5,000 digits that come with Gradloom stand in, 4,000 to train and 1,000 to test on.
    """

    classes = [
        f"{digit} - {word}"
        for digit, word in enumerate(
            ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        )
    ]
    stands_in = True

    def __init__(
        self,
        root: Any,
        train: bool = True,
        transform: Change = None,
        target_transform: Change = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        images, labels = self._found() or self._stand_in()
        self.data: Tensor = from_numpy(images.copy())
        self.targets: Tensor = from_numpy(labels.astype(np.int64))

    def _found(self) -> tuple[Any, Any] | None:
        part = "train" if self.train else "t10k"
        images, labels = (
            _below(Path(self.root or "."), type(self).__name__, f"{part}-{name}")
            for name in ("images-idx3-ubyte", "labels-idx1-ubyte")
        )
        return None if images is None or labels is None else (read_idx(images), read_idx(labels))

    def _stand_in(self) -> tuple[Any, Any]:
        name = type(self).__name__
        if not self.stands_in:
            raise RuntimeError(
                f"Dataset not found. Gradloom downloads nothing: put the four IDX files of {name} into "
                f"{Path(self.root or '.') / name / 'raw'}."
            )
        from gradloom.data.sources import mnist5k

        samples = mnist5k()
        assert samples.held_out is not None
        rows = samples.held_out if not self.train else np.setdiff1d(np.arange(len(samples)), samples.held_out)
        _say_once(
            f"gradloom: no MNIST files below {self.root}, so its own 5,000 digits stand in "
            f"({len(samples) - len(samples.held_out):,} to train, {len(samples.held_out):,} to test on)."
        )
        return samples.x[rows, 0], samples.target[rows]

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        from PIL.Image import fromarray

        return self._changed(fromarray(self.data.array[index]), int(self.targets.array[index]))

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class."""
        return {name: number for number, name in enumerate(self.classes)}

    @property
    def raw_folder(self) -> str:
        """Where the files belong."""
        return str(Path(self.root or ".") / type(self).__name__ / "raw")

    def extra_repr(self) -> str:
        return f"Split: {'Train' if self.train else 'Test'}"


class FashionMNIST(MNIST):
    """Ten kinds of clothing, 28 x 28 gray, from the four IDX files below `root`."""

    classes = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot",
    ]  # fmt: skip
    stands_in = False


class KMNIST(MNIST):
    """Ten cursive Japanese characters, 28 x 28 gray, from the four IDX files below `root`."""

    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
    stands_in = False


_said: set[str] = set()


def _say_once(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        print(sentence, file=sys.stderr)  # noqa: T201 - a notice for whoever runs the script


def _below(root: Path, name: str, file: str) -> Path | None:
    """That file in one of the places where it is usually put."""
    for folder in (root / name / "raw", root / name, root / "raw", root):
        for suffix in ("", ".gz"):
            path = folder / f"{file}{suffix}"
            if path.is_file():
                return path
    return None


class DatasetFolder(VisionDataset):
    """Files in one folder for each class, whose name is the class's name."""

    def __init__(
        self,
        root: Any,
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | None = None,
        transform: Change = None,
        target_transform: Change = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.loader = loader
        self.extensions = extensions
        folder = Path(root)
        self.classes = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
        if not self.classes:
            raise FileNotFoundError(f"Couldn't find any class folder in {root}.")
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
        wanted = is_valid_file or (lambda path: path.lower().endswith(extensions or ("",)))
        self.samples = [
            (str(path), number)
            for name, number in self.class_to_idx.items()
            for path in sorted((folder / name).rglob("*"))
            if path.is_file() and wanted(str(path))
        ]
        self.targets = [number for _, number in self.samples]
        empty = sorted(set(range(len(self.classes))) - set(self.targets))
        if empty and not allow_empty:
            names = ", ".join(self.classes[number] for number in empty)
            raise FileNotFoundError(f"Found no valid file for the classes {names}.")

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self._changed(self.loader(path), target)


_SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def default_loader(path: str) -> Image:
    """The picture in that file, in three channels."""
    from PIL import Image

    with open(path, "rb") as file, Image.open(file) as picture:
        return picture.convert("RGB")


class ImageFolder(DatasetFolder):
    """Pictures in one folder for each class: root/cat/1.png, root/dog/1.png and so on."""

    def __init__(
        self,
        root: Any,
        transform: Change = None,
        target_transform: Change = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(
            root,
            loader,
            _SUFFIXES if is_valid_file is None else None,
            transform,
            target_transform,
            is_valid_file,
            allow_empty,
        )
        self.imgs = self.samples


class FakeData(VisionDataset):
    """Random pictures with random classes, the same ones every time."""

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, ...] = (3, 224, 224),
        num_classes: int = 10,
        transform: Change = None,
        target_transform: Change = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(transform=transform, target_transform=target_transform)
        self.size = size
        self.num_classes = num_classes
        self.image_size = image_size
        self.random_offset = random_offset

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        from gradloom.interop.vision.functional import to_pil_image

        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        state = get_rng_state()
        manual_seed(index + self.random_offset)
        picture = randn(*self.image_size)
        target = int(randint(0, self.num_classes, (1,)).item())
        set_rng_state(state)
        return self._changed(to_pil_image(picture), target)


def __getattr__(name: str) -> Any:
    """Data sets that would have to be downloaded can be named, but not used."""
    from gradloom.inert.refusal import Unavailable

    if name in _DOWNLOADED.split():
        return Unavailable(
            f"torchvision.datasets.{name}", "nothing is downloaded; use ImageFolder or a Dataset of yours"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_DOWNLOADED = """
    CIFAR10 CIFAR100 Caltech101 Caltech256 CelebA Cityscapes CocoCaptions CocoDetection EMNIST Flickr8k
    Flickr30k Food101 Flowers102 GTSRB Imagenette ImageNet LFWPairs LFWPeople LSUN Omniglot OxfordIIITPet
    Places365 QMNIST SBU SEMEION STL10 StanfordCars SVHN USPS VOCDetection VOCSegmentation
"""
