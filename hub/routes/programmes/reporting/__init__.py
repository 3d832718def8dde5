"""National reporting at the interface: regimes, who has sent, sums, and an agency's own reports until they are sent."""
