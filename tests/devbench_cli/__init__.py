"""How devbench behaves when something goes wrong. These tests need no bench; each has a folder of its own."""
