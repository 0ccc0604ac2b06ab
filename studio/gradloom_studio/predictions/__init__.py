"""What the network says of a few samples, drawn in the form that suits them."""
