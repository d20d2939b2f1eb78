"""The restoring of the framework, without a bench."""
