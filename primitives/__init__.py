"""What a policy program may call."""
