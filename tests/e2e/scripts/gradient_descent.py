"""Plain gradient descent, by hand, as the first lessons do it."""

import torch
from torch.autograd import Variable

torch.manual_seed(1)
x = Variable(torch.randn(3, 2), requires_grad=True)
target = Variable(torch.ones(3, 2))
learning_rate = 0.1
for step in range(20):
    loss = ((x - target) ** 2).sum() + torch.abs(x).mean()
    loss.backward()
    x.data -= learning_rate * x.grad.data
    x.grad.data.zero_()
    if step % 5 == 0:
        print(step, loss.item())
print(x)

w = torch.tensor([1.0], requires_grad=True)
for i in range(3):
    y = w * 3 + 1
    y.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad = None
    print(i, y.data[0].item(), w.tolist())

a = torch.FloatTensor([[1, 2], [3, 4]])
print(a.mm(a), a.type(), a.size(), torch.LongTensor([1, 2]).dtype, a.numpy())
