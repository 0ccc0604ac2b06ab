"""What the window says: the verdict on the run below, and messages above that never stand in the way."""
