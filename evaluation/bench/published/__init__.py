"""Published numbers of earlier systems, a YAML file each with its source, to lay beside ours."""
