"""What all servers of ours share: where they listen, who may talk to them, what pages may load."""
