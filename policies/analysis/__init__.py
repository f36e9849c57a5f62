"""What is known of a policy program before it runs: names, types, and the signatures it must keep to."""
