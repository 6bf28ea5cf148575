"""What clients may send to the meetings service, and see of it."""
