"""What `truc demo` plays: one document's way over four tiers and back, and everything that can go wrong with it."""
