"""What a first notebook prints."""

import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.arange(12, dtype=torch.float32).reshape((3, 4))
print(x, x.shape, x.numel(), x.dtype, x.device, x.size(0), sep="\n")
print(torch.rand(2, 3), torch.randn(3), torch.zeros(2, 2, dtype=torch.long))
print(x > 5, x[1], x[1, 2], x[:, 1:3], x.T, x.sum(dim=0, keepdim=True), x.mean(), x.max(dim=1), sep="\n")
y = torch.ones(2, 2, requires_grad=True)
z = (y * 3).pow(2).mean()
z.backward()
print(y, z, y.grad, z.grad_fn.name(), y.is_leaf, sep="\n")
print(type(x), type(x.numpy()), type(torch.float32), x.type(), isinstance(x, torch.FloatTensor))
print(torch.tensor([1.5, float("nan"), float("inf")]), torch.tensor(3), torch.tensor([]), torch.empty(0, 3))
print(torch.linspace(0, 1e-5, 4), torch.tensor([1e10, 1.0]), torch.tensor([True, False]), 1000 * torch.eye(2))
print(nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2)))
print(nn.Linear(2, 1).weight, dict(nn.Linear(1, 1, bias=False).named_parameters()).keys())
try:
    x @ torch.ones(3, 2)
except RuntimeError as error:
    print(error)
try:
    x.view(5, 2)
except RuntimeError as error:
    print(error)
print(torch.cuda.is_available(), torch.device("cuda:0"), torch.Size([1, 2]), torch.get_default_dtype())
print(f"{z.item():.3f} {z:.2f} {x[0, 0]}", torch.tensor([1 + 2j]), torch.ones(2, dtype=torch.bfloat16))
print(torch.finfo(torch.float32).eps, torch.iinfo(torch.int32).max, len(x), x.tolist()[0], list(x[0]))
