"""PyBullet simulation: world, bodies, cameras, faults, and the simulated robot that meets the `robots` protocols."""
