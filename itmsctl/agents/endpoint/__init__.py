"""What runs on a computer as its agent, from Python 3.6 on; it knows nothing of a CMDB."""
