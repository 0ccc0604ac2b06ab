"""The matrix product, from registers outwards: a tile of sums, panels for it, and the walk over both."""
