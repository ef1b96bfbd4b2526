"""What is given to people on paper, as data, and how it is drawn."""
