"""What an experiment file says: factors, points, and what each point is run as."""
