"""The story of `truc demo`: one document's way over four tiers and back, and everything that can go wrong with it."""
