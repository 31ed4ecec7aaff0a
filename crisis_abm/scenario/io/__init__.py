"""Reading and writing scenario files, and the tables beside them."""
