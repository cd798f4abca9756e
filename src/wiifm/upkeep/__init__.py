"""What is done with a store as a whole: proved, decided anew, told to a member, and rid of one."""
