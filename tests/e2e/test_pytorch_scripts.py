"""Training scripts written for PyTorch print the same losses when only their imports change."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pytest

IMPORTS = {
    "torch": """
        import torch
        import torch.nn as nn
        import torch.nn.functional as F
        import torch.optim as optim
        from torch.utils.data import DataLoader, TensorDataset, random_split
    """,
    "gradloom": """
        import gradloom as torch
        import gradloom.nn as nn
        import gradloom.nn.functional as F
        import gradloom.optim as optim
        from gradloom.utils.data import DataLoader, TensorDataset, random_split
    """,
}

MLP = """
    torch.manual_seed(0)
    dataset = TensorDataset(torch.from_numpy(images), torch.from_numpy(labels))
    train, test = random_split(dataset, [0.8, 0.2])
    loader = DataLoader(train, batch_size=32, shuffle=True)

    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses, correct = [], 0

    for epoch in range(4):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    model.eval()
    with torch.no_grad():
        for x, y in DataLoader(test, batch_size=100):
            predicted = model(x).argmax(dim=1)
            correct += (predicted == y).sum().item()
"""

CNN = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(1, 8, kernel_size=3, padding=1)
            self.norm1 = nn.BatchNorm2d(8)
            self.conv2 = nn.Conv2d(8, 16, 3, padding="same", bias=False)
            self.norm2 = nn.BatchNorm2d(16)
            self.dropout = nn.Dropout(0.25)
            self.fc1 = nn.Linear(64, 32)
            self.fc2 = nn.Linear(32, 10)

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
            x = F.relu(self.norm2(self.conv2(x)))
            x = F.avg_pool2d(x, 2)
            x = self.dropout(torch.flatten(x, 1))
            x = F.relu(self.fc1(x))
            return F.log_softmax(self.fc2(x), dim=1)

    torch.manual_seed(1)
    dataset = TensorDataset(torch.from_numpy(images), torch.from_numpy(labels))
    loader = DataLoader(dataset, batch_size=50, shuffle=True, drop_last=True)
    model = Net()
    optimizer = optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-4)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    losses, correct = [], 0

    for epoch in range(3):
        model.train()
        for data, target in loader:
            optimizer.zero_grad()
            loss = F.nll_loss(model(data), target)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=2.0)
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()

    model.eval()
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            losses.append(F.nll_loss(output, target, reduction="sum").item() / len(data))
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
"""


@pytest.fixture(scope="module")
def digits() -> dict[str, Any]:
    """400 noisy 8x8 images, each a blot where its class says."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 400)
    centres = rng.uniform(1, 6, (10, 2))
    rows, columns = np.mgrid[:8, :8]
    distance = (rows - centres[labels, 0, None, None]) ** 2 + (columns - centres[labels, 1, None, None]) ** 2
    images = np.exp(-distance / 4) + 0.2 * rng.standard_normal((400, 8, 8))
    return {"images": images[:, None].astype(np.float32), "labels": labels}


def run(script: str, framework: str, data: dict[str, Any]) -> dict[str, Any]:
    names = {key: value.copy() for key, value in data.items()}
    exec(textwrap.dedent(IMPORTS[framework]) + textwrap.dedent(script), names)
    return names


@pytest.mark.oracle
@pytest.mark.parametrize("script", [MLP, CNN], ids=["mlp", "cnn"])
def test_losses_are_pytorchs(script: str, digits: dict[str, Any]) -> None:
    pytest.importorskip("torch")
    ours, theirs = run(script, "gradloom", digits), run(script, "torch", digits)
    np.testing.assert_allclose(ours["losses"], theirs["losses"], rtol=0, atol=1e-4)
    assert ours["correct"] == theirs["correct"]


@pytest.mark.parametrize("script", [MLP, CNN], ids=["mlp", "cnn"])
def test_scripts_learn_and_repeat_to_the_bit(script: str, digits: dict[str, Any]) -> None:
    first, second = run(script, "gradloom", digits), run(script, "gradloom", digits)
    assert first["losses"] == second["losses"]
    assert np.mean(first["losses"][-3:]) < 0.75 * first["losses"][0]
