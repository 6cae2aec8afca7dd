"""What is played on the stage: stories as data, and the player."""
