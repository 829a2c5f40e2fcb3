"""Who may see a video and who may request one."""
