"""Finding out where a camera is: the board, the views of it, the solution, and what is written down."""
