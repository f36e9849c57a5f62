"""Tasks: a scene, an instruction, a judge and an expert program; the Gymnasium environments of the arm."""
