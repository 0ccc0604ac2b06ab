"""The data panel: what the network is going to see."""
