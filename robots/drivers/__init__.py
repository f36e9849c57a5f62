"""Drivers of real arms. Each imports its maker's SDK only when it connects, and each is an extra of the package."""
