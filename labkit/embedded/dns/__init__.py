"""The cluster's DNS: messages on the wire, the records of Services, the program."""
