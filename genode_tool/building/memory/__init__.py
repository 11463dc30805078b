"""What evaluations observed, and what is kept between calls on the strength of it."""
