"""What clients may send to the programs service, and see of it."""
