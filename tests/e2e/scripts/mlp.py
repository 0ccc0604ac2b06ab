"""Two interleaved half moons, told apart by a multilayer perceptron."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def moons(n):
    angle = torch.rand(n) * math.pi
    upper = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    lower = torch.stack([1 - torch.cos(angle), 0.5 - torch.sin(angle)], dim=1)
    points = torch.cat([upper, lower]) + 0.1 * torch.randn(2 * n, 2)
    labels = torch.cat([torch.zeros(n), torch.ones(n)]).long()
    return points, labels


class MLP(nn.Module):
    def __init__(self, hidden=32):
        super(MLP, self).__init__()
        self.hidden = nn.ModuleList([nn.Linear(2, hidden), nn.Linear(hidden, hidden)])
        self.out = nn.Linear(hidden, 2)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        for layer in self.hidden:
            x = self.drop(F.relu(layer(x)))
        return self.out(x)


train, test = random_split(TensorDataset(*moons(150)), [240, 60])
loader = DataLoader(train, batch_size=32, shuffle=True)
model = MLP().to(device)
print(model)
print(sum(p.numel() for p in model.parameters() if p.requires_grad), "parameters")
optimizer = optim.Adam(model.parameters(), lr=1e-2)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)

for epoch in range(10):
    model.train()
    total = 0.0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * x.size(0)
    scheduler.step()
    print(f"epoch {epoch + 1:2d} loss {total / len(train):.6f} lr {scheduler.get_last_lr()[0]:.4f}")

model.eval()
with torch.no_grad():
    x, y = zip(*test)
    correct = (model(torch.stack(x)).argmax(dim=1) == torch.stack(y)).float().mean()
print(f"accuracy {correct:.3f}", loss)
