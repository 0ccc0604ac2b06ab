"""REINFORCE: walk along a corridor to the goal, by the policy gradient."""

from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

torch.manual_seed(5)
eps = torch.finfo(torch.float32).eps


class Corridor:
    """Seven places; the goal is the last. A step costs a little, and the floor is slippery."""

    def reset(self):
        self.place = 3
        return self.state()

    def state(self):
        return F.one_hot(torch.tensor(self.place), 7).float()

    def step(self, action):
        slipped = torch.rand(1).item() < 0.1
        self.place += 1 if (action == 1) != slipped else -1
        done = self.place in (0, 6)
        return self.state(), 1.0 if self.place == 6 else -0.05, done


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(7, 16)
        self.dropout = nn.Dropout(p=0.1)
        self.affine2 = nn.Linear(16, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = self.dropout(self.affine1(x))
        return F.softmax(self.affine2(F.relu(x)), dim=1)


policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=3e-2)


def select_action(state):
    probs = policy(state.unsqueeze(0))
    m = Categorical(probs)
    action = m.sample()
    policy.saved_log_probs.append(m.log_prob(action))
    return action.item(), m.entropy()


def finish_episode():
    R = 0
    policy_loss = []
    returns = deque()
    for r in policy.rewards[::-1]:
        R = r + 0.95 * R
        returns.appendleft(R)
    returns = torch.tensor(returns)
    if len(returns) > 1:
        returns = (returns - returns.mean()) / (returns.std() + eps)
    for log_prob, R in zip(policy.saved_log_probs, returns):
        policy_loss.append(-log_prob * R)
    optimizer.zero_grad()
    policy_loss = torch.cat(policy_loss).sum()
    policy_loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]
    return policy_loss.item()


env = Corridor()
for i_episode in range(1, 26):
    state, ep_reward = env.reset(), 0
    for t in range(1, 30):
        action, entropy = select_action(state)
        state, reward, done = env.step(action)
        policy.rewards.append(reward)
        ep_reward += reward
        if done:
            break
    loss = finish_episode()
    if i_episode % 5 == 0:
        print(
            f"Episode {i_episode}\tsteps {t}\treward {ep_reward:.2f}\tloss {loss:.5f}\tentropy {entropy.item():.5f}"
        )
