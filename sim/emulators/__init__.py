"""Stand-ins for arms' controllers: they speak the makers' protocols, and what moves is a simulated arm."""
