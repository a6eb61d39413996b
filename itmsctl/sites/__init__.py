"""Sites, subnets and site servers."""
