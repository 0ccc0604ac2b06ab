"""What layers and losses do, as one op each."""
