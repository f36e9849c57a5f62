"""How a policy program comes to be and is run: author, prompt, check, runner, trace, feedback, session."""
