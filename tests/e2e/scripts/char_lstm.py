"""A character model with an LSTM: learns to spell one sentence."""

import torch
import torch.nn as nn

torch.manual_seed(7)
text = "the quick brown fox jumps over the lazy dog and runs away. " * 4
chars = sorted(set(text))
stoi = {ch: i for i, ch in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden=32, layers=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, 16)
        self.lstm = nn.LSTM(16, hidden, layers, batch_first=True, dropout=0.1)
        self.head = nn.Linear(hidden, vocab)

    def forward(self, x, state=None):
        out, state = self.lstm(self.embed(x), state)
        return self.head(out), state


model = CharRNN(len(chars))
optimizer = torch.optim.RMSprop(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
seq = 24
for step in range(30):
    starts = torch.randint(0, len(data) - seq - 1, (8,))
    x = torch.stack([data[s : s + seq] for s in starts])
    y = torch.stack([data[s + 1 : s + seq + 1] for s in starts])
    logits, (h, c) = model(x)
    loss = criterion(logits.reshape(-1, len(chars)), y.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 5 == 4:
        print(f"step {step + 1} loss {loss.item():.5f} hidden {tuple(h.shape)}")

model.eval()
out, state = [stoi["t"]], None
with torch.no_grad():
    for _ in range(30):
        logits, state = model(torch.tensor([[out[-1]]]), state)
        out.append(int(logits[0, -1].argmax()))
print(len("".join(chars[i] for i in out)))
