"""The build of bundles, on a small bench of its own. Needs Node.js and devbench's npm packages, no site."""
