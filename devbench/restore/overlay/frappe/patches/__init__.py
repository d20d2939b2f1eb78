"""The framework's own patches would be here; a site made by this bench starts with all of them done."""
