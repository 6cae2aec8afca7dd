"""The routes of the service, one file per group, over what a replica is made of."""
