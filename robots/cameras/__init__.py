"""Cameras of real cells: where their images come from, whether these can be trusted, and where the camera is."""
