"""What clients may send to the matching service, and see of it."""
