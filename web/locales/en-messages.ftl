# Messages between people.
