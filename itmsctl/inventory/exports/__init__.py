"""What the CMDB knows of computers, in the forms that other tools read."""
