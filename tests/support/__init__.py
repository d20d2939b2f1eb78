"""What the fixtures of conftest.py are made of; test modules use the fixtures, not these modules."""
