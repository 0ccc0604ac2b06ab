"""The first network of many courses: 784-128-64-10 on pictures, here blots where the class says."""

import torch
from torch import nn, optim
import torch.nn.functional as F


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


torch.manual_seed(42)
labels = torch.randint(0, 10, (512,))
rows, columns = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
centres = 4 + 20 * torch.rand(10, 2)
near = (rows - centres[labels, 0].view(-1, 1, 1)) ** 2 + (columns - centres[labels, 1].view(-1, 1, 1)) ** 2
images = torch.exp(-near / 20).unsqueeze(1) + 0.3 * torch.randn(512, 1, 28, 28)
images = (images - 0.5) / 0.5
trainset = torch.utils.data.TensorDataset(images, labels)
trainloader = torch.utils.data.DataLoader(trainset, batch_size=64, shuffle=True, num_workers=0)

model = Network()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

epochs = 5
for e in range(epochs):
    running_loss = 0
    for images, labels in trainloader:
        optimizer.zero_grad()
        output = model(images)
        loss = criterion(output, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    else:
        print(f"Training loss: {running_loss / len(trainloader)}")

images, labels = next(iter(trainloader))
ps = F.softmax(model(images), dim=1)
top_p, top_class = ps.topk(1, dim=1)
equals = top_class == labels.view(*top_class.shape)
print(f"Accuracy: {torch.mean(equals.type(torch.FloatTensor)).item() * 100}%")
print(ps.shape, ps.sum().item())
