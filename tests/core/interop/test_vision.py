"""The parts of torchvision that scripts use."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gradloom
from gradloom.interop.vision import datasets, functional, pictures, transforms


@pytest.fixture
def picture() -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_pictures_become_tensors_and_pictures_again(picture: Image.Image) -> None:
    x = transforms.ToTensor()(picture)
    assert x.shape == (3, 20, 30)
    assert x.dtype is gradloom.float32
    assert float(x.max()) <= 1
    again = transforms.ToPILImage()(x)
    np.testing.assert_array_equal(np.asarray(again), np.asarray(picture))
    mean, std = (0.5, 0.4, 0.3), (0.2, 0.3, 0.4)
    by_hand = (x.numpy() - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    np.testing.assert_allclose(transforms.Normalize(mean, std)(x).numpy(), by_hand, rtol=1e-5, atol=1e-6)


SAME_ON_BOTH: list[Any] = [
    transforms.Resize((10, 15)),
    transforms.Resize(10),
    transforms.CenterCrop(12),
    transforms.CenterCrop(40),
    transforms.RandomCrop(16, padding=4),
    transforms.RandomHorizontalFlip(1.0),
    transforms.RandomVerticalFlip(1.0),
    transforms.Pad((1, 2), padding_mode="reflect"),
    transforms.RandomRotation(30),
    transforms.RandomResizedCrop(8),
    transforms.ColorJitter(0.4, 0.4, 0.4),
    transforms.Grayscale(3),
]


@pytest.mark.parametrize("transform", SAME_ON_BOTH, ids=repr)
def test_transforms_do_the_same_to_pictures_and_tensors(picture: Image.Image, transform: Any) -> None:
    gradloom.manual_seed(3)
    on_picture = functional.to_tensor(transform(picture))
    gradloom.manual_seed(3)
    on_tensor = transform(functional.to_tensor(picture))
    # A picture rounds to bytes after every step.
    np.testing.assert_allclose(on_picture.numpy(), on_tensor.numpy(), atol=3.5 / 255)


def test_transforms_show_what_they_do() -> None:
    chain = transforms.Compose(
        [transforms.Resize(8), transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]
    )
    assert repr(chain).splitlines()[2:] == ["    ToTensor()", "    Normalize(mean=(0.5,), std=(0.5,))", ")"]


def write_idx(path: Path, array: np.ndarray, packed: bool) -> None:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    body = head + array.astype(np.uint8).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(body) if packed else body)


@pytest.mark.parametrize("packed", [True, False])
def test_mnist_is_read_from_its_files(tmp_path: Path, packed: bool) -> None:
    images = np.arange(2 * 28 * 28).reshape(2, 28, 28) % 256
    end = ".gz" if packed else ""
    write_idx(tmp_path / "FashionMNIST/raw" / f"t10k-images-idx3-ubyte{end}", images, packed)
    write_idx(tmp_path / "FashionMNIST/raw" / f"t10k-labels-idx1-ubyte{end}", np.array([3, 9]), packed)
    dataset = datasets.FashionMNIST(tmp_path, train=False, transform=transforms.ToTensor())
    x, y = dataset[1]
    assert (len(dataset), y, dataset.classes[y]) == (2, 9, "Ankle boot")
    np.testing.assert_array_equal((x.numpy()[0] * 255).round(), images[1])
    with pytest.raises(RuntimeError, match="downloads nothing: put the four IDX files of FashionMNIST into"):
        datasets.FashionMNIST(tmp_path)


def test_digits_stand_in_for_mnist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    datasets._said.clear()
    train, test = datasets.MNIST(tmp_path, download=True), datasets.MNIST(tmp_path, train=False)
    assert (len(train), len(test)) == (4000, 1000)
    assert train.data.shape == (4000, 28, 28)
    assert sorted(set(train.targets.tolist())) == list(range(10))
    assert capsys.readouterr().err.count("its own 5,000 digits stand in") == 1
    assert repr(test).splitlines()[0] == "Dataset MNIST"


def test_folders_are_classes(tmp_path: Path, picture: Image.Image) -> None:
    for name in ("dog", "cat"):
        (tmp_path / name).mkdir()
        picture.save(tmp_path / name / "1.png")
    dataset = datasets.ImageFolder(tmp_path, transforms.ToTensor())
    assert (dataset.classes, dataset.class_to_idx, dataset.targets) == (
        ["cat", "dog"],
        {"cat": 0, "dog": 1},
        [0, 1],
    )
    assert dataset[1][0].shape == (3, 20, 30)


def test_what_would_be_downloaded_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"no torchvision.datasets.CIFAR10: nothing is downloaded"):
        datasets.CIFAR10("./data", download=True)


def test_fake_data_leave_the_stream_alone() -> None:
    gradloom.manual_seed(1)
    before = gradloom.rand(1).item()
    gradloom.manual_seed(1)
    dataset = datasets.FakeData(3, (3, 4, 4), transform=transforms.ToTensor())
    assert dataset[2][0].shape == (3, 4, 4)
    assert gradloom.rand(1).item() == before


def test_a_grid_holds_every_picture(tmp_path: Path) -> None:
    batch = gradloom.arange(5 * 4).reshape(5, 1, 2, 2).float()
    grid = pictures.make_grid(batch, nrow=3, padding=1, pad_value=-1.0)
    assert grid.shape == (3, 7, 10)
    np.testing.assert_array_equal(grid[0, 1:3, 4:6].numpy(), batch[1, 0].numpy())
    np.testing.assert_array_equal(grid[2, 4:6, 4:6].numpy(), batch[4, 0].numpy())
    assert float(grid[0, 4:6, 7:9].max()) == -1
    pictures.save_image(batch / 19, tmp_path / "grid.png", padding=0)
    assert np.asarray(Image.open(tmp_path / "grid.png")).shape == (2, 10, 3)
