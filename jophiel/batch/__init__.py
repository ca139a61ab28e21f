"""The cycle that keeps tastes and feeds fresh, and the timings of all that takes long."""
