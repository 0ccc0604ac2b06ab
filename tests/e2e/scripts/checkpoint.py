"""Stop in the middle of a training, and go on from the file as if nothing had been."""

import os
import tempfile

import torch
import torch.nn as nn


def build():
    torch.manual_seed(11)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.1)
    return model, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)


def train(model, optimizer, scheduler, steps):
    for _ in range(steps):
        x = torch.randn(16, 4)
        loss = nn.functional.smooth_l1_loss(model(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    return loss.item()


model, optimizer, scheduler = build()
print(train(model, optimizer, scheduler, 5))
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pth")
torch.save(
    {
        "epoch": 5,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
    },
    path,
)
expected = train(model, optimizer, scheduler, 5)
model, optimizer, scheduler = build()
checkpoint = torch.load(path, map_location=torch.device("cpu"), weights_only=True)
print(model.load_state_dict(checkpoint["model_state_dict"]))
optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
scheduler.load_state_dict(checkpoint["scheduler"])
torch.set_rng_state(checkpoint["rng"])
model.train()
print(train(model, optimizer, scheduler, 5) == expected, expected, checkpoint["epoch"])
for name, tensor in model.state_dict().items():
    print(name, tensor.dtype, tensor.shape)
print(optimizer)
