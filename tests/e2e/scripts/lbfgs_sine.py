"""A sine, fitted by a small network with L-BFGS in double precision."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

np.random.seed(0)
torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
x = torch.from_numpy(np.linspace(-3, 3, 60).reshape(-1, 1))
y = torch.sin(2 * x) + torch.from_numpy(0.01 * np.random.randn(60, 1))


class Sequence(nn.Module):
    def __init__(self):
        super(Sequence, self).__init__()
        self.layers = nn.Sequential(
            nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 12), nn.Tanh(), nn.Linear(12, 1)
        )

    def forward(self, input):
        return self.layers(input)


seq = Sequence()
seq.double()
criterion = nn.MSELoss()
for rate, search in ((0.05, None), (1.0, "strong_wolfe")):
    optimizer = optim.LBFGS(seq.parameters(), lr=rate, max_iter=8, line_search_fn=search)
    for i in range(4):

        def closure():
            optimizer.zero_grad()
            loss = criterion(seq(x), y)
            loss.backward()
            return loss

        loss = optimizer.step(closure)
        print("STEP", i, "loss:", loss.item())
with torch.no_grad():
    print("test loss:", criterion(seq(x), torch.sin(2 * x)).item())
