"""Linear algebra, over batches of matrices in the last two dims."""
