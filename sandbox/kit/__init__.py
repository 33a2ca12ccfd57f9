"""What more than one simulated vendor needs; it knows none of them, nor the marketplace."""
