"""How samples are drawn: as pictures, and as points of a plane."""
