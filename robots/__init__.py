"""What an arm is: poses, protocols, kinematics, trajectories, planning, the safety supervisor."""
